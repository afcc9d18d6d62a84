# One broken photo never stops the others, and each has its reason: exit status 3.
mkdir in
cp "$PICTURES"/a.png in/good.png
cp "$PICTURES"/b.png in/wrong-suffix.jpg
cp "$PICTURES"/c.png in/no-suffix
head -c 1500 "$PICTURES"/d.png > in/cut.png
: > in/empty.png
printf 'this is no photo\n' > in/garbage.jpg
printf 'this is no photo, and does not say so\n' > in/notes.txt
printf '\211PNG\r\n\032\n\0\0\0\rIHDR\0\0\352\140\0\0\352\140\010\002\0\0\0\0\0\0\0' > in/huge.png
printf 'hidden' > in/.hidden.jpg
mkfifo in/pipe.png
ln -s nowhere in/dangling.png
run 'imgmatch-index create cat'
run 'imgmatch-index add cat in missing.png --errors=errors.jsonl'
run 'cat errors.jsonl'
run 'imgmatch-index list cat --format=csv | cut -d, -f1'
run 'imgmatch-query cat missing.png in/cut.png in/good.png --format=csv | cut -d, -f1,3,5-8'
run 'imgmatch-query cat in/empty.png'
run 'imgmatch-query cat in/garbage.jpg --format=jsonl | sed "s/\"sha256.*//"'
run 'imgmatch-query --compare in/cut.png in/good.png'
run 'imgmatch-query cat - < /dev/null'
run 'imgmatch-query cat in/good.png --errors=/nowhere/errors.jsonl'
run 'imgmatch-query cat in/good.png --model=/nowhere'
run 'imgmatch-query cat in/good.png --model="$MODEL/model.onnx" 2>&1 | sed "s:$MODEL:MODEL:"'
run 'imgmatch-query cat in/good.png --manifest=/nowhere.csv'
# A damaged catalogue is an error, not an answer.
printf 'garbage' | dd of=cat/catalogue.db conv=notrunc status=none
run 'imgmatch-query cat in/good.png 2>&1 | wc -l'
run 'imgmatch-query cat in/good.png > /dev/null 2>&1'
run 'imgmatch-index verify cat > /dev/null 2>&1'
