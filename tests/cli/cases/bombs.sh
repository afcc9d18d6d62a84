# Small files that are much work, those of test_bombs, between sound photos: each gets its reason,
# in a worker and in the tool's own process, and the sound ones are answered right.
cp -r "$(dirname "$PICTURES")/bombs" in
cp "$PICTURES"/a.png "$PICTURES"/b.png "$PICTURES"/c.png in/
# reasons FILE: reason and path of each failure. verdicts FILE: path and verdict of each answer.
reasons() {
    grep -o '"path":"[^"]*"\|"reason":"[^"]*"' "$1" | paste - -
}
verdicts() {
    cut -d, -f1,3 "$1"
}
# Codecs' words differ from version to version.
run 'imgmatch-index add --create cat in --errors=add 2>said'
run 'reasons add'
run 'imgmatch-query cat in --errors=query --format=csv >answers 2>said'
run 'cmp <(reasons query) <(reasons add)'
run 'verdicts answers | grep -v undecidable'
run 'imgmatch-index add --create here in --no-isolate --errors=add-here 2>said'
run 'cmp <(reasons add-here) <(reasons add)'
run 'imgmatch-query here in --no-isolate --errors=query-here --format=csv >answers-here 2>said'
run 'cmp <(reasons query-here) <(reasons add)'
run 'cmp <(verdicts answers-here) <(verdicts answers)'
