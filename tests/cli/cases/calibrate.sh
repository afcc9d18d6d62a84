# What a score means in one's own catalogue: measured, kept, shown, and set as a threshold.
make_catalogue
mkdir others
cp "$PICTURES"/d.png "$PICTURES"/e.png "$PICTURES"/f.png others/
cp "$PICTURES/a-cropped.png" listing.png
no_scores='s/0\.[0-9]{6}/SCORE/g'
run 'imgmatch-query cat listing.png --max-false-alerts=1000'
run 'imgmatch-index calibrate cat --negatives=others | sed -E "$no_scores" | head -n 10'
run 'imgmatch-index stat cat | tail -n 1'
run 'imgmatch-index stat cat --format=json | grep -o "\"calibrations.*"'
run 'imgmatch-query cat listing.png --top=1 | cut -c 1-53'
run 'imgmatch-query cat others --min-score=1 | cut -c 1-53'
run 'imgmatch-query cat listing.png --top=1 --format=csv | cut -d, -f12,15'
run 'imgmatch-query cat listing.png --format=jsonl > out.jsonl'
run 'python3 "$HERE/check_schema.py" "$SOURCE/tools/schema/result.schema.json" out.jsonl'
run 'grep -o "\"calibration\":\"[a-z_]*\"" out.jsonl'
# A threshold that three photos can show, and one that they cannot.
run 'imgmatch-query cat listing.png --top=1 --max-false-alerts=700000 --format=csv | cut -d, -f8,15'
run 'imgmatch-query cat listing.png --max-false-alerts=1'
run 'imgmatch-query cat listing.png --max-false-alerts=0'
run 'imgmatch-query --compare listing.png photos/a.png --max-false-alerts=5'
# No figure where it would not hold.
run 'imgmatch-query cat listing.png --top=1 --effort=fast --format=csv | cut -d, -f8,15'
run 'imgmatch-query cat listing.png --top=50 --min-score=0.9 --format=csv | cut -d, -f8,15'
run 'imgmatch-query cat listing.png --top=50 --max-false-alerts=700000'
# Twice as many items, and more.
mkdir more
for i in 1 2 3 4 5 6; do cp "$PICTURES/d.png" "more/$i.png"; done
run 'imgmatch-index add --quiet cat more'
run 'imgmatch-index stat cat | grep calibrated'
run 'imgmatch-query cat listing.png --top=1 --format=csv | cut -d, -f8,15'
run 'imgmatch-query cat listing.png --max-false-alerts=900000'
