# imgmatch-eval: a benchmark of a few drawn pictures, and results that are worked out by hand.
run 'imgmatch-eval kinds'
mkdir photos
cp "$PICTURES"/[a-f].png photos/
cp photos/a.png photos/z-again.png
run 'imgmatch-eval make --quiet photos bench --references=4 --distractors=4 --queries=1 --variants=2'
run 'ls bench bench/references'
run 'head -n 3 bench/truth.csv; wc -l <bench/truth.csv; ls bench/queries | wc -l'
# The same picture twice: one of the two is named.
run 'grep -c near_duplicate bench/choice.csv'
run 'imgmatch-eval make --quiet photos bench --references=3 --distractors=3'
# A catalogue that was made before answers as the one that is made for the run, and results that were
# written give the figures of the run that wrote them.
run 'imgmatch-eval run --quiet bench --effort=fast --out=one.csv >one.txt'
run 'imgmatch-index add --create --quiet cat bench/references'
run 'imgmatch-eval run --quiet bench --effort=fast --catalogue=cat --threads=1 --out=two.csv >two.txt'
# Figures of a catalogue with ids of its own would be a matcher's that finds nothing.
run 'imgmatch-index add --create --quiet strange photos/a.png'
run 'imgmatch-eval run --quiet bench --effort=fast --catalogue=strange --out=strange.csv'
run 'imgmatch-index add --create --quiet part bench/references; imgmatch-index remove --quiet part d.png'
run 'imgmatch-eval run --quiet bench --effort=fast --catalogue=part --out=part.csv >part.txt'
run 'cut -d, -f1-6 one.csv >one; cut -d, -f1-6 two.csv | diff one - && echo the same'
run 'imgmatch-eval score bench one.csv >score.txt; diff <(grep -v second one.txt) <(grep -v second score.txt) && echo the same'
# The fast effort names no alterations, which is no share of 0. A benchmark without pairs has no share
# of pairs that are told apart either.
run 'grep "^alterations" one.txt'
run 'sed -i 2,\$d bench/variants.csv; imgmatch-eval run --quiet bench --variants --effort=fast --out=one.csv --json=one.json --html=one.html >pairs.txt'
run 'diff <(grep -v second one.txt) <(grep -v second pairs.txt) && echo the same'
run 'grep -c "\"variants\":null" one.json; grep -c -e "apart</span>" -e "is named</span>" one.html'
run 'mkdir empty; imgmatch-eval make --quiet empty other'
run 'imgmatch-eval make --quiet photos none --near=255'

# Two copies, two distractors, and a tie.
mkdir small
printf '%s\n' query,reference,kind,strength q1.jpg,a,crop,mild q2.jpg,b,crop,severe q3.jpg,,blur,mild \
    'q4.jpg,,"x<y>, z",medium' >small/truth.csv
printf '%s\n' query,reference,score q1.jpg,a,0.9 q2.jpg,a,0.4 q2.jpg,b,0.4 q3.jpg,a,0.6 \
    q4.jpg,a,0.7 elsewhere.jpg,a,1 >results.csv
run 'imgmatch-eval score small results.csv --json=out.json --csv=out.csv --html=out.html'
run 'cat out.json out.csv'
run 'grep -c "x<y>" out.html; grep -c "x&#60;y&#62;, z" out.html'
# What imgmatch-query prints is read, too.
printf '%s\n' query,verdict,score,reference,match_score q1.jpg,copy,0.9,a,0.9 q2.jpg,none,0.1,, >query.csv
run 'imgmatch-eval score small query.csv'
# As a threshold the score that is printed lets through what it was read off: never rounded up.
printf '%s\n' query,reference,score q1.jpg,a,-0.12345678 >fine.csv
run 'imgmatch-eval score small fine.csv | grep 99.0%'
printf '%s\n' query,reference,score q1.jpg,a,1234567.8 >fine.csv
run 'imgmatch-eval score small fine.csv | grep 99.0%'

# Photos are decoded in processes of their own, within the limits that are given.
run 'IMGMATCH_DECODE_WORKER=/nowhere/worker imgmatch-eval make --quiet photos bench3 --references=4 --distractors=4'
run 'IMGMATCH_DECODE_WORKER=/nowhere/worker imgmatch-eval run --quiet bench --effort=fast --out=three.csv >three.txt'
run 'IMGMATCH_DECODE_WORKER=/nowhere/worker imgmatch-eval score small results.csv >score2.txt'
run 'IMGMATCH_DECODE_WORKER=/nowhere/worker imgmatch-eval score small results.csv --html=out2.html >score2.txt'
run 'imgmatch-eval run --quiet bench --effort=fast --no-isolate --out=three.csv >three.txt; cut -d, -f1-6 three.csv | diff one - && echo the same'
run 'imgmatch-eval make --quiet photos bench3 --references=4 --distractors=4 --max-side=20'
run 'imgmatch-eval run --quiet bench --effort=fast --max-side=20 --out=four.csv 2>&1 >/dev/null | head -n 1; tail -n +2 four.csv | cut -d, -f5,8 | sort -u'

# Thin photos are left out, since little of their height is left when they are shrunk.
mkdir thin
cp photos/*.png thin/
python3 -c 'from PIL import Image; Image.effect_noise((4000, 100), 80).save("thin/thin.png")'
run 'imgmatch-eval make --quiet thin bench4 --references=3 --distractors=3 --queries=1; grep thin bench4/choice.csv'
# Nothing of a benchmark or of results reaches a terminal as it is, and no pair leads out of it.
mkdir escapes
printf 'query,reference,kind,strength\nq1.jpg,a,\033]0;title\a,mild\nq2.jpg,a,crop,mild\n' >escapes/truth.csv
printf 'query,reference,score,alterations\nq2.jpg,a,0.9,\033]0;other\a\n' >escapes.csv
run 'imgmatch-eval score escapes escapes.csv | tail -n 8'
printf '%s\n' query,reference,expected ../photos/a.png,a.png,copy >bench/variants.csv
run 'imgmatch-eval run --quiet bench --variants --effort=fast >pairs.txt'
printf '%s\n' query,reference,expected variants/x.jpg,../../photos/a.png,copy >bench/variants.csv
run 'imgmatch-eval run --quiet bench --variants --effort=fast >pairs.txt'

# Mistakes.
run 'imgmatch-eval'
run 'imgmatch-eval mak'
run 'imgmatch-eval make photos'
run 'imgmatch-eval make photos bench2 --queries=0'
run 'imgmatch-eval make --quiet nowhere bench2'
run 'imgmatch-eval make --quiet photos/a.png bench2'
run 'imgmatch-eval run nowhere'
run 'imgmatch-eval run bench --effort=extreme'
run 'imgmatch-eval run --quiet bench --catalogue=nowhere'
run 'imgmatch-eval score small results.csv --html=/nowhere/out.html >table; head -n 1 table'
run 'printf "query,reference\n" >broken.csv; imgmatch-eval score small broken.csv'
run 'printf "query,reference,score\nq1.jpg,a,0.9\nq2.jpg,a,abc\n" >broken.csv; imgmatch-eval score small broken.csv'
# Lines are held to their limit, of the benchmark and of the results.
run 'imgmatch-eval score small - --csv=piped.csv <results.csv >piped; cmp out.csv piped.csv'
run 'imgmatch-eval score small results.csv --max-line-bytes=10'
run '{ printf "query,reference,score\nq1.jpg,"; head -c 20000000 /dev/zero | tr "\0" x; } > endless.csv; imgmatch-eval score small endless.csv'
run 'imgmatch-eval score small endless.csv --max-line-bytes=30000000'
run 'imgmatch-eval run --quiet bench --effort=fast --max-line-bytes=10'
