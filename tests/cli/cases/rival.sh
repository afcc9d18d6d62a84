# One part of a photo has one source: beside it a look-alike loses its score and names it, in every
# format. A detail that is cut out of the genuine photo is no look-alike.
make_catalogue
cp "$PICTURES"/a.png listing.png
python3 "$HERE/bend_picture.py" look-alike.png
cp "$PICTURES"/a-cropped.png detail.png
run 'imgmatch-index add cat look-alike.png detail.png --quiet'
run 'imgmatch-query cat listing.png --top=3 --min-score=0 --format=csv > out.csv'
run 'cut -d, -f7,8,12,25 out.csv'
run 'python3 "$HERE/check_csv.py" < out.csv'
run 'imgmatch-query cat listing.png --top=3 --min-score=0 | cut -c 1-64'
run 'imgmatch-query cat listing.png --top=3 --min-score=0 --format=jsonl > out.jsonl'
run 'python3 "$HERE/check_schema.py" "$SOURCE/tools/schema/result.schema.json" out.jsonl'
run 'grep -o "\"rival\":[^}]*" out.jsonl'
# By fingerprints alone a photo listed twice stands out; the tiny model takes the look-alike for a
# double of it, too, so that only the detail is its rival.
cp listing.png again.png
run 'imgmatch-index add cat again.png --quiet'
run 'imgmatch-query cat listing.png --top=3 --min-score=0 --effort=fast --format=csv | cut -d, -f7,8,12,25'
run 'imgmatch-query cat listing.png --top=3 --min-score=0 --effort=fast | sed -E "s/0\.[0-9]+/N/g; s/ +/ /g"'
# Two photos have no rival.
run 'imgmatch-query --compare listing.png look-alike.png --format=csv | cut -d, -f3,8,25'
