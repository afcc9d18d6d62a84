# One network, described in another way: its embeddings are others, so nothing of the two is mixed.
make_catalogue
cp -r "$MODEL" swapped
sed -i 's/"channels": "RGB"/"channels": "BGR"/' swapped/manifest.json
cmp -s "$MODEL"/manifest.json swapped/manifest.json && printf 'nothing was swapped\n'
run 'imgmatch-query cat photos/a.png --model=swapped'
run 'imgmatch-index add cat "$PICTURES"/d.png --model=swapped'
imgmatch-index export cat > cat.jsonl
imgmatch-index create other --model=swapped
run 'imgmatch-index import other cat.jsonl'
run 'imgmatch-index merge other cat'
# An export of before says nothing of it.
sed '1s/,"model_settings":"[0-9a-f]*"//' cat.jsonl > old.jsonl
cmp -s cat.jsonl old.jsonl && printf 'nothing was left out\n'
run 'imgmatch-index import other old.jsonl'
run 'imgmatch-index reindex cat --model="$MODEL"'
run 'imgmatch-index reindex cat --model=swapped'
run 'imgmatch-query cat photos/a.png --model=swapped --format=csv | cut -d, -f4,6'
