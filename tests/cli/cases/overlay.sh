# Pictures of the best match: one file for one photo, a folder for several, and never a picture that
# shows something else than what was compared.
make_catalogue
cp "$PICTURES"/a-mirrored.png listing.png
cp "$PICTURES"/f.png other.png
run 'imgmatch-query cat listing.png --top=1 --overlay=why.png --format=csv | cut -d, -f1,3,8'
run 'imgmatch-query cat listing.png --top=1 -o why.jpeg --no-isolate --effort=thorough --format=csv | cut -d, -f3'
run 'imgmatch-query cat - --overlay=stdin.png --format=csv < listing.png | cut -d, -f3'
run 'cmp why.png stdin.png'
run 'imgmatch-query --compare listing.png photos/a.png --overlay=compared.png --format=csv | cut -d, -f3'
run 'cmp why.png compared.png'
run 'python3 "$HERE/check_picture.py" why.png why.jpeg'
# Several photos: a picture for each that matches, with its number among them.
mkdir out
run 'imgmatch-query cat other.png missing.png listing.png photos --min-score=0.99 --overlay=out --format=csv | cut -d, -f2,3 | sort -u'
run 'ls out'
# A page of them: each match with its evidence, and names that are text and nothing else.
run 'tail -n +7 out/matches.html | sed "s/[0-9]* of 256/N of 256/; s/[0-9]* local/N local/; s/[0-9]\.[0-9]*/X/g; s/[0-9]*%/N%/g" | grep -v "^[.:@*a-z].*{"'
mkdir pages
cp listing.png "pages/<b>&'q'.png"
run 'imgmatch-query cat pages other.png listing.png --skip=1 --overlay=out --format=csv | cut -d, -f2,3'
run 'ls out | grep html; grep -c "<article>" out/matches-2.html'
run 'imgmatch-query cat pages --overlay=out --format=csv | cut -d, -f3; grep -e "<b>&" -e "<img" out/matches.html'
mkdir -p blocked/matches.html
run 'imgmatch-query cat pages --overlay=blocked --format=csv > answer; ls blocked'
run 'python3 "$HERE/check_picture.py" out/000003-listing.jpg'
run 'imgmatch-query cat listing.png --overlay=again.jpg --format=csv > answer; cmp again.jpg out/000003-listing.jpg'
run 'imgmatch-query cat other.png --min-score=0.99 --overlay=out --quiet --format=csv | cut -d, -f3'
# The folder is made when a slash or several photos tell that it is one.
run 'imgmatch-query cat listing.png --overlay=made/ > answer; ls made'
run 'imgmatch-query cat photos --overlay=made/below > answer; ls made/below'
run 'imgmatch-query --compare listing.png photos/a.png --overlay=pair/ > answer; ls pair'
# What cannot be.
run 'imgmatch-query cat listing.png photos/b.png --overlay=two.png'
run 'imgmatch-query cat photos --overlay=two.png'
run 'imgmatch-query cat listing.png --overlay=nowhere/pictures/'
run 'imgmatch-query cat photos --overlay=answer'
run 'imgmatch-query cat listing.png --overlay=why.gif'
run 'imgmatch-query cat listing.png --overlay=pictures'
run 'imgmatch-query cat listing.png --overlay='
run 'imgmatch-query cat listing.png --overlay=nowhere/why.png > answer'
run 'imgmatch-query cat listing.png --overlay=listing.png > answer'
run 'imgmatch-query cat listing.png --overlay=photos/a.png > answer'
run 'imgmatch-query cat listing.png --overlay=why.png --effort=fast'
# The reference's photo is another one by now, or gone: the answer stands, without a picture.
cp photos/b.png photos/a.png
run 'imgmatch-query cat listing.png --overlay=late.png --format=csv > late.csv'
run 'cut -d, -f3,8 late.csv'
rm photos/a.png
run 'imgmatch-query cat listing.png --overlay=late.png --errors=errors.jsonl --format=csv > gone.csv'
run 'cmp late.csv gone.csv'
run 'cat errors.jsonl'
run 'imgmatch-query --compare listing.png photos/a.png --overlay=late.png > answer'
run 'ls'
