# Every command once, with every kind of file that it writes: the shortest way through all of the
# tools. tests/analysis/run valgrind, where a command takes seconds, fails when one is not in it.
make_catalogue
cp "$PICTURES"/a-mirrored.png listing.png
mkdir others
cp "$PICTURES"/d.png "$PICTURES"/e.png others/
run 'imgmatch-index export cat > cat.jsonl; imgmatch-index export cat --format=pdq | wc -l'
run 'imgmatch-index create --name=cat other'
run 'imgmatch-index import other cat.jsonl'
run 'imgmatch-index merge other cat'
run 'imgmatch-index list other'
run 'imgmatch-index show other a.png --format=jsonl | wc -l'
run 'imgmatch-index compact other --index=hnsw'
run 'imgmatch-index remove other c.png nobody'
run 'imgmatch-index compact other'
run 'imgmatch-index stat other | grep -e items -e kind'
run 'imgmatch-index verify other --id=c.png --photo=photos/c.png'
run 'imgmatch-index calibrate cat --negatives=others --quiet > /dev/null'
run 'imgmatch-index reindex other --model="$(dirname "$MODEL")/gem"'
# Answers of every kind, pictures of them, and a page.
run 'imgmatch-query cat listing.png others/d.png missing.png --effort=thorough --overlay=out --format=csv | cut -d, -f1-3,8'
run 'ls out'
run 'imgmatch-query cat photos --format=jsonl --threads=2 | wc -l'
run 'imgmatch-query --compare listing.png photos/a.png --overlay=why.png | cut -c 1-24'
# A benchmark, its figures, and those of results.
run 'imgmatch-eval kinds | head -n 1'
run 'imgmatch-eval make --quiet photos bench --references=2 --distractors=1 --queries=1 --variants=1'
run 'imgmatch-eval run --quiet bench --variants --effort=fast --out=one.csv > one.txt'
run 'imgmatch-eval score bench one.csv --json=one.json --csv=figures.csv --html=one.html > score.txt; ls'
