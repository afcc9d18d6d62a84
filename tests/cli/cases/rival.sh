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
# By fingerprints alone: two hashes that differ from the listing's by sixteen bits each, others.
hash=$(imgmatch-index export cat --format=pdq | tr -d '\r' | awk -F, '$2 == "a.png" { print $1; exit }')
inverse() { printf %s "$1" | tr 0123456789abcdef fedcba9876543210; }
printf '%s,%s\n' "$(inverse "${hash:0:4}")${hash:4}" first "${hash:0:60}$(inverse "${hash:60}")" second > hashes.csv
imgmatch-index create look-alikes > /dev/null
imgmatch-index import --quiet look-alikes hashes.csv
run 'imgmatch-query look-alikes listing.png --effort=fast | cut -d " " -f 2-'
run 'imgmatch-query look-alikes listing.png --effort=fast --format=csv --min-score=0 | cut -d, -f 3,5,7,8,12,25'
run 'imgmatch-query look-alikes listing.png --effort=fast --min-score=0 | sed -E "s/ 0\.[0-9]+/ N/g; s/ +/ /g"'
run 'imgmatch-query look-alikes listing.png --format=csv | cut -d, -f 3,5,7,8,12,25'
# Two photos have no rival.
run 'imgmatch-query --compare listing.png look-alike.png --format=csv | cut -d, -f3,8,25'
