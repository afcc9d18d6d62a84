# Answers in the three formats; every JSON line must match the schema.
make_catalogue
cp "$PICTURES"/a.png listing.png
run 'imgmatch-query cat listing.png --top=1 | cut -c 1-44'
run 'imgmatch-query cat listing.png --top=1 --format=csv | cut -d, -f1-5,7-9,12'
run 'imgmatch-query cat photos --top=1 --format=csv | cut -d, -f1-5,7-9,12'
run 'imgmatch-query cat "$PICTURES/f.png" --min-score=0.99 --format=csv | cut -d, -f2-5,7-8'
run 'imgmatch-query cat - --top=1 --format=csv < listing.png | cut -d, -f1-3,8'
run 'imgmatch-query cat photos listing.png missing.png --min-score=0 --top=3 --format=jsonl > out.jsonl'
run 'imgmatch-query cat photos --effort=fast --format=jsonl >> out.jsonl'
run 'imgmatch-query cat photos --effort=thorough --format=jsonl >> out.jsonl'
run 'imgmatch-query --compare listing.png photos/b.png --format=jsonl >> out.jsonl'
run 'imgmatch-query --compare missing.png photos/b.png --format=jsonl >> out.jsonl'
run 'python3 "$HERE/check_schema.py" "$SOURCE/tools/schema/result.schema.json" out.jsonl'
run 'imgmatch-query --compare listing.png photos/a.png --format=csv | cut -d, -f1,3,4,8'
run 'imgmatch-query --compare - photos/a.png --format=csv < listing.png | cut -d, -f1,3,4,8'
# Two photos, and neither a folder, however many photos are in it. One that cannot be used is named,
# whichever of the two it is.
mkdir two none
cp "$PICTURES"/a.png "$PICTURES"/b.png two/
run 'imgmatch-query --compare photos listing.png'
run 'imgmatch-query --compare two none'
run 'imgmatch-query --compare missing.png listing.png --format=csv | cut -d, -f1,3,5,6'
run 'imgmatch-query --compare listing.png missing.png --format=csv | cut -d, -f1,3,5,6'
run 'imgmatch-query --compare listing.png missing.png --errors=failed.jsonl --format=csv > /dev/null'
run 'cat failed.jsonl'
run 'imgmatch-query --compare - photos/a.png < photos'
# Rows of the CSV have as many fields as the head; tables are never wider than 100 columns.
run 'imgmatch-query cat photos missing.png --min-score=0 --format=csv | python3 "$HERE/check_csv.py"'
run 'imgmatch-query cat photos missing.png --min-score=0 2>&1 | awk "length > 100"'
# Whatever score is printed, as a threshold it lets its match through.
imgmatch-query cat "$PICTURES"/?.png --min-score=0 --top=3 --format=csv | tr -d '\r' | tail -n +2 > scores.csv
lost=0 seen=0
while IFS=, read -r path _ _ _ _ _ _ reference _ _ _ _ score _; do
    seen=$((seen + 1))
    imgmatch-query cat "$path" --min-score="$score" --top=3 --format=csv | cut -d, -f8 | grep -qxF "$reference" || lost=$((lost + 1))
done < scores.csv
run 'echo "$seen scores of CSV, $lost lost"'
lost=0 seen=0
for path in "$PICTURES"/?.png; do
    score=$(imgmatch-query cat "$path" --min-score=0 --format=jsonl | grep -o '"score":[^,]*' | head -n 1 | cut -d: -f2)
    seen=$((seen + 1))
    imgmatch-query cat "$path" --min-score="$score" --format=jsonl | grep -q '"rank":1' || lost=$((lost + 1))
done
run 'echo "$seen scores of JSON, $lost lost"'
# The answer does not depend on the number of threads.
imgmatch-query cat photos --format=csv --threads=1 --min-score=0 > one.csv
run 'imgmatch-query cat photos --format=csv --threads=3 --min-score=0 | cmp - one.csv'
# What an interrupted run has not printed comes from one that skips what it has.
imgmatch-query cat photos --format=csv > all.csv
imgmatch-query cat photos/a.png --format=csv > first.csv
run 'imgmatch-query cat photos --format=csv --skip=1 >> first.csv'
run 'cmp all.csv first.csv'
run 'imgmatch-query cat photos --skip=4'
run 'imgmatch-query --compare photos/a.png photos/b.png --skip=1'
# What the earlier run told of is not told again, and its file of failures goes on.
{ echo path; echo ,; echo photos/a.png; echo gone.png; echo photos/b.png; echo lost.png; } > list.csv
run 'imgmatch-query cat --manifest=list.csv --errors=failed.jsonl --quiet --format=csv | wc -l'
cp failed.jsonl both.jsonl
run 'imgmatch-query cat --manifest=list.csv --errors=both.jsonl --quiet --format=csv --skip=2 | wc -l'
run 'cut -d, -f1,2 failed.jsonl'
run 'cut -d, -f1,2 both.jsonl'
# Nothing to look up: an empty table has its head, and it is said that there was nothing.
mkdir empty notes
echo text > notes/readme.txt
echo path > header.csv
: > empty.jsonl
run 'imgmatch-query cat empty'
run 'imgmatch-query cat empty notes --manifest=header.csv --format=csv | cut -c 1-25'
run 'imgmatch-query cat --manifest=empty.jsonl --format=jsonl'
run 'imgmatch-query cat empty --format=csv --quiet | cut -c 1-25'
run 'imgmatch-query cat photos --skip=3 --format=csv'
# One photo under more ids than are looked at: all of them where that is asked for.
for i in $(seq 80); do echo "{\"path\":\"photos/a.png\",\"id\":\"again-$i\"}"; done > again.jsonl
imgmatch-index add --create --quiet many --manifest=again.jsonl
run 'imgmatch-query many photos/a.png --top=1000 --format=csv | tail -n +2 | wc -l'
run 'imgmatch-query many photos/a.png --top=1000 --max-candidates=1000 --format=csv | tail -n +2 | wc -l'
run 'imgmatch-query many photos/a.png --top=1000 --max-candidates=1000 --effort=fast --format=csv | tail -n +2 | wc -l'
