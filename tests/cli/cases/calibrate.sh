# What a score means in one's own catalogue: measured, kept, shown, and set as a threshold.
make_catalogue
mkdir others
cp "$PICTURES"/d.png "$PICTURES"/e.png "$PICTURES"/f.png others/
cp "$PICTURES/a-cropped.png" listing.png
no_scores='s/0\.[0-9]{6}/SCORE/g'
run 'imgmatch-query cat listing.png --max-false-alerts=1000'
run 'imgmatch-index calibrate cat --negatives=others | sed -E "$no_scores" | head -n 11'
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
# The catalogue's own photos, and what a person says of them.
cp photos/a.png photos/again.png
cp listing.png photos/crop.png
run 'imgmatch-index add --quiet cat photos --brand=Acme'
run 'imgmatch-index calibrate cat --review=pairs.csv | sed -E "$no_scores" | head -n 3'
run 'cut -d, -f1-3,5 pairs.csv | tr -d "\r" | head -n 3 | LC_ALL=C sort'
run 'printf "path,id,label\nphotos/crop.png,a.png,1\nphotos/crop.png,again.png,1\n" > labels.csv'
run 'imgmatch-index calibrate cat --pairs=labels.csv --review=pairs.csv --threads=3 | head -n 2'
run 'grep -c "crop.png,a.png\|a.png,crop.png" pairs.csv'
run 'imgmatch-index calibrate cat --quiet --effort=fast --sample=2'
run 'imgmatch-index stat cat | grep calibrated'
# Inputs that cannot be used are named; without any other the calibration stays.
printf 'path,id,label\na.png,nobody,0\n,a.png,1\nlisting.png,a.png,maybe\nlisting.png,a.png\n' > bad.csv
run 'imgmatch-index calibrate cat --pairs=bad.csv --quiet'
run 'imgmatch-index calibrate cat --pairs=nowhere.csv'
run 'imgmatch-index calibrate cat --pairs=photos/a.png'
mkdir empty
echo text > others/broken.jpg
cp photos/b.png others/
run 'imgmatch-index calibrate cat --negatives=empty'
run 'imgmatch-index calibrate cat --negatives=nowhere'
run 'imgmatch-index calibrate cat --negatives=others --quiet'
run 'imgmatch-index calibrate cat --negatives=-'
run 'imgmatch-index calibrate cat --effort=slow'
run '(cd / && imgmatch-index calibrate "$OLDPWD/cat" --quiet 2>&1 | tail -n 2)'
run 'imgmatch-index calibrate nowhere'
# Interrupted, it leaves what there was. What is written to the pipe is more than fits into it, so
# the program is reading when the signal comes.
before=$(imgmatch-index stat cat | grep calibrated)
mkfifo pipe
imgmatch-index calibrate cat --pairs=- < pipe > out.txt 2> err.txt &
exec 3> pipe
{ echo path,id,label; yes '' | head -n 200000; } >&3
kill -TERM $!
run 'wait $!'
exec 3>&-
run 'cat out.txt err.txt'
run 'test "$(imgmatch-index stat cat | grep calibrated)" = "$before"'
rm photos/c.png
cp photos/b.png photos/a.png
run 'imgmatch-index calibrate cat --quiet'
run 'imgmatch-index calibrate cat --quiet --review=nowhere/pairs.csv'
run 'imgmatch-index verify cat'
# Twice as many items, and more.
mkdir more
for i in 1 2 3 4 5 6; do cp "$PICTURES/d.png" "more/$i.png"; done
run 'imgmatch-index add --quiet cat more'
run 'imgmatch-index stat cat | grep calibrated'
run 'imgmatch-query cat listing.png --top=1 --format=csv | cut -d, -f8,15'
run 'imgmatch-query cat listing.png --max-false-alerts=900000'
