# Calibrating with the catalogue's own photos, what a person says of them, and inputs that cannot be
# used.
make_catalogue
mkdir others
cp "$PICTURES"/d.png "$PICTURES"/e.png others/
cp photos/a.png photos/again.png
cp "$PICTURES/a-cropped.png" photos/crop.png
imgmatch-index add --quiet cat photos --brand=Acme
run 'imgmatch-index calibrate cat --review=pairs.csv | head -n 1'
run 'cut -d, -f1-3,5 pairs.csv | tr -d "\r" | head -n 3 | LC_ALL=C sort'
run 'printf "path,id,label\nphotos/crop.png,a.png,1\nphotos/crop.png,again.png,1\n" > labels.csv'
run 'imgmatch-index calibrate cat --pairs=labels.csv --review=more.csv --threads=3 | head -n 3'
run 'grep -c "crop.png,a.png\|a.png,crop.png" more.csv'
run 'imgmatch-index calibrate cat --quiet --review=more.csv'
run 'grep -c "path,id,label" more.csv'
run 'imgmatch-index calibrate cat --quiet --effort=fast --sample=2'
run 'imgmatch-index stat cat | grep calibrated'
# Inputs that cannot be used are named; without any other the calibration stays.
printf 'path,id,label\na.png,nobody,0\n,a.png,1\nb.png,a.png,maybe\nb.png,a.png\n' > bad.csv
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
run 'imgmatch-index calibrate cat --quiet --errors=failed.jsonl'
run 'cat failed.jsonl'
run 'imgmatch-index calibrate cat --quiet --errors=failed.jsonl --negatives=photos'
run 'cat failed.jsonl'
run 'imgmatch-index calibrate cat --quiet --review=nowhere/pairs.csv'
run 'imgmatch-index verify cat'
