# Another model: the old catalogue answers until the new one is whole, and what cannot be made anew
# is named.
make_catalogue
other="$(dirname "$MODEL")/gem"
printf '%s,elsewhere\n' "$(imgmatch-index list cat --format=csv | awk -F, '$1 == "a.png" { print $9 }')" > hash.csv
imgmatch-index import --quiet cat hash.csv
imgmatch-index compact cat --index=ivf > /dev/null
run 'imgmatch-index reindex cat'
mv photos/b.png b.png
cp "$PICTURES"/d.png photos/c.png
run 'imgmatch-index reindex cat --model="$other"'
run 'imgmatch-index reindex cat --model="$other" --errors=failed.jsonl'
run 'cat failed.jsonl; rm failed.jsonl'
run 'imgmatch-query cat photos/a.png --min-score=0.9 --format=csv | cut -d, -f4-7 | head -n 2'
imgmatch-index remove --quiet cat c.png
mv b.png photos/b.png
run 'imgmatch-index reindex cat --model="$other"'
run 'ls'
run 'imgmatch-index list cat'
run 'imgmatch-index verify cat'
run 'imgmatch-index stat cat | grep -e kind -e hash'
run 'imgmatch-query cat photos/b.png --model="$other"'
run 'imgmatch-query cat photos/b.png 2>&1 | sed "s/(SHA-256[^)]*)/(ID)/; s/(....[0-9a-f]*\.\.\.)/(ID)/"'
rm photos/b.png
run 'imgmatch-index reindex cat --model="$MODEL" --allow-missing'
run 'imgmatch-index list cat'
run 'imgmatch-index reindex nowhere'
