# Exports, imports and merges: what goes out comes back in, damaged lines are named, hashes of other
# systems are found, and shards that are merged in any order answer as one run does.
make_catalogue
run 'imgmatch-index export cat | python3 "$HERE/check_export.py"'
run 'imgmatch-index export cat --format=pdq'
imgmatch-index export cat > cat.jsonl
imgmatch-index create --name=cat copy > /dev/null
run 'imgmatch-index import copy cat.jsonl'
run 'imgmatch-index import copy - < cat.jsonl'
imgmatch-index export copy > copy.jsonl
run 'diff cat.jsonl copy.jsonl'
run 'imgmatch-index verify copy'
run 'imgmatch-query copy photos/b.png'

# Damaged lines cost themselves alone; another model's export is refused whole.
python3 "$HERE/damage_export.py" < cat.jsonl > damaged.jsonl
imgmatch-index create damaged > /dev/null
run 'imgmatch-index import damaged damaged.jsonl --errors=failed.jsonl'
run 'cat failed.jsonl'
run 'imgmatch-index list damaged'
run 'imgmatch-index verify damaged'
sed '1s/"model_sha256":"..../"model_sha256":"0000/' cat.jsonl > other.jsonl
run 'imgmatch-index import damaged other.jsonl 2>&1 | sed "s/(....[0-9a-f]*\.\.\.)/(...)/g; s/SHA-256 [0-9a-f]*/SHA-256 ID/"'
sed '1s/"dimension":[0-9]*/"dimension":7/' cat.jsonl > other.jsonl
run 'imgmatch-index import damaged other.jsonl'
run 'tail -n 1 cat.jsonl | imgmatch-index import damaged -'
run 'imgmatch-index import damaged nowhere.jsonl'

# Conflicts.
sed 's/"brand":"Acme"/"brand":"Bcme"/' cat.jsonl > changed.jsonl
run 'imgmatch-index import copy changed.jsonl'
run 'imgmatch-index import copy changed.jsonl --on-conflict=keep'
run 'imgmatch-index import copy changed.jsonl --on-conflict=replace'

# Bare hashes.
hash() { imgmatch-index list cat --format=csv | tr -d '\r' | awk -F, -v id="$1" '$1 == id { print $9 }'; }
imgmatch-index create hashes > /dev/null
{ printf 'quality,hash,id\n100,%s,from-elsewhere\n' "$(hash a.png)"; } > headed.csv
{ hash b.png; printf '%s,named\n%s,99,rated\nzz\n%s,101,bad\n' "$(hash c.png)" "$(hash c.png)" "$(hash c.png)"; } > bare.txt
run 'imgmatch-index import hashes headed.csv'
run 'imgmatch-index import hashes bare.txt'
run 'imgmatch-index list hashes'
run 'imgmatch-index show hashes from-elsewhere'
run 'imgmatch-index compact hashes'
run 'imgmatch-index verify hashes'
run 'imgmatch-query hashes photos/a.png --format=jsonl --top=1 > found.jsonl; python3 "$HERE/check_schema.py" "$SOURCE/tools/schema/result.schema.json" found.jsonl; grep -o "\"id\":\"from-elsewhere\"\|\"similarity\":[^,]*\|\"pdq_distance\":0" found.jsonl'

# Shards. Only generation and timing may differ.
mkdir all
cp "$PICTURES"/?.png all/
imgmatch-index add --create --quiet whole all
for part in ab cd ef; do
    imgmatch-index create --name=whole "shard-$part" > /dev/null
    imgmatch-index add --quiet "shard-$part" all/[$part].png
done
imgmatch-index create --name=whole merged > /dev/null
run 'imgmatch-index merge merged shard-ef shard-ab shard-cd'
run 'imgmatch-index merge merged shard-ab'
run 'imgmatch-index verify merged'
timing='s/"generation":[0-9]*//; s/"timing_ms":{[^}]*}//'
for catalogue in whole merged; do
    imgmatch-query $catalogue all --min-score=0 --format=jsonl | sed "$timing" > $catalogue.jsonl
done
run 'cmp whole.jsonl merged.jsonl && wc -l < merged.jsonl'
run 'imgmatch-index merge merged copy'
run 'imgmatch-index merge merged nowhere'
# What fails without end is not printed without end, and all of it goes to a file that is asked for.
for i in $(seq 25); do printf '%064d,9,item-%d\n' "$i" "$i"; done > once.csv
sed 's/,9,/,8,/' once.csv > again.csv
imgmatch-index create --name=cat one > /dev/null
imgmatch-index create --name=cat other > /dev/null
imgmatch-index import --quiet one once.csv
imgmatch-index import --quiet other again.csv
run 'imgmatch-index import one again.csv 2>&1 | tail -n 3'
run 'imgmatch-index import one again.csv --errors=failed.jsonl'
run 'wc -l < failed.jsonl; tail -n 1 failed.jsonl'
run 'imgmatch-index merge one other 2>&1 | tail -n 3'
run 'imgmatch-index merge one other --errors=failed.jsonl'
run 'wc -l < failed.jsonl; tail -n 1 failed.jsonl'
run 'imgmatch-index merge one other --errors=nowhere/failed.jsonl'
# Lines are bounded by an option, too.
printf '%064d,long-%0200d\n' 7 0 >long.csv
run 'imgmatch-index import merged long.csv --max-line-bytes=100'
