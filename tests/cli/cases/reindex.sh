# Another model: the old catalogue answers until the new one is whole, and what cannot be made anew
# is named. What others put into its folder stays there, and a catalogue that is no beginning of this
# one is left alone.
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
# Between two runs the hash becomes another one.
printf '%064d,elsewhere\n' 7 > hash.csv
imgmatch-index import --quiet --on-conflict=replace cat hash.csv
mv b.png photos/b.png
echo kept > cat/NOTES.txt
run 'imgmatch-index reindex cat --model="$other"'
run 'ls'
run 'cat cat/NOTES.txt'
run 'imgmatch-index export cat --format=pdq | grep elsewhere | cut -c 57-'
run 'imgmatch-index list cat'
run 'imgmatch-index verify cat'
run 'imgmatch-index stat cat | grep -e kind -e hash'
run 'imgmatch-query cat photos/b.png --model="$other"'
run 'imgmatch-query cat photos/b.png 2>&1 | sed "s/(SHA-256[^)]*)/(ID)/; s/(....[0-9a-f]*\.\.\.)/(ID)/"'
rm photos/b.png
cp -r cat cat.reindex
run 'imgmatch-index reindex cat --model="$MODEL" --allow-missing 2>&1 | sed "s,[^ ]*/cat,cat,"'
run 'imgmatch-index list cat.reindex'
rm -r cat.reindex
mkdir brand
cp "$PICTURES"/d.png brand/
imgmatch-index add --create --quiet cat.reindex brand
run 'imgmatch-index reindex cat --model="$MODEL" --allow-missing 2>&1 | sed "s,[^ ]*/cat,cat,"'
run 'imgmatch-index list cat.reindex'
rm -r cat.reindex
run 'imgmatch-index reindex cat --model="$MODEL" --allow-missing'
run 'imgmatch-index list cat'
run 'imgmatch-index reindex nowhere'
