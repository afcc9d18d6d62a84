# Folders: in the order of the paths' bytes, without hidden files, safe with links that go round.
mkdir -p in/a in/b/deep in/.hidden
cp "$PICTURES"/a.png in/a/1.png
cp "$PICTURES"/b.png in/a.png
cp "$PICTURES"/c.png in/a0.PNG
cp "$PICTURES"/d.png in/b/deep/z.png
cp "$PICTURES"/e.png in/.hidden/e.png
ln -s .. in/b/deep/up
ln -s ../a in/b/again
echo text > in/readme.txt
run 'imgmatch-index add --create cat in'
run 'imgmatch-index list cat --format=csv | cut -d, -f1'
# A folder without photos is no failure, but it is named.
mkdir -p bare/deep
run 'imgmatch-index add cat bare'
run 'imgmatch-index add --quiet cat in bare/ in/b/deep'
echo text > bare/deep/readme.txt
touch bare/.hidden.png
run 'imgmatch-index add cat bare'
run 'imgmatch-query cat bare'
run 'imgmatch-query cat in/ --format=csv --top=1 --min-score=0.9 | cut -d, -f1-3 | tr -d "\r"'
