# Manifests: CSV and JSON Lines, bad entries named by line, paths relative to the manifest.
mkdir list
cp "$PICTURES"/[a-d].png list/
cat > list/items.csv <<'CSV'
path,id,product,brand,colour
a.png,sku-1-front,sku-1,Acme,red
b.png,"sku-1,back",sku-1,,"blue, dark"
c.png
d.png,sku-1-front,sku-9,Acme,green
missing.png,sku-3,sku-3,Acme,
CSV
run 'imgmatch-index add --create cat --manifest=list/items.csv --brand=Default'
run 'imgmatch-index list cat --format=csv | cut -d, -f1-4'
run 'imgmatch-index show cat sku-1-front | tail -n 1'
cat > list/items.jsonl <<'JSONL'
{"path": "c.png", "id": "sku-2", "product": "sku-2", "shop": {"id": 7}}
{"path": 
{"id": "no path"}
{"path": "d.png"}
JSONL
run 'imgmatch-index add cat --manifest=list/items.jsonl --errors=errors.jsonl'
run 'cut -c 1-90 errors.jsonl | sed "s/,\"message.*//"'
run 'imgmatch-index list cat'
run 'imgmatch-query cat --manifest=list/items.csv --top=1 --format=csv 2>/dev/null | cut -d, -f2,3,8'
run 'cd list; imgmatch-query ../cat --manifest=- --top=1 --format=csv < items.jsonl 2>/dev/null | cut -d, -f1-3; cd ..'
# What fails by its photo is named by its line, too, and a second id by where the first one came from.
cat > list/failing.jsonl <<'JSONL'
{"path": "a.png", "id": "twice"}

{"path": "missing.png", "id": "gone"}
{"path": "b.png", "id": "twice"}
JSONL
printf '{"path": "b.png", "id": "%01100d"}\n' 1 >> list/failing.jsonl
run 'imgmatch-index add cat --manifest=list/failing.jsonl --errors=errors.jsonl'
run 'sed "s/0*1\"/1\"/" errors.jsonl'
run 'imgmatch-query cat --manifest=list/failing.jsonl --errors=errors.jsonl --format=csv > /dev/null'
run 'cat errors.jsonl'
# A photo that cannot be used takes no id: not from one behind it, and neither in another batch.
printf 'path,id\nmissing.png,key\nitems.csv,key\na.png,key\nb.png,key\n' > list/late.csv
run 'imgmatch-index add cat --manifest=list/late.csv'
run 'imgmatch-index show cat key | grep source'
{ echo path,id; for i in $(seq 300); do echo "missing.png,far-$i"; done; } > list/far.csv
printf 'c.png,far-1\nd.png,far-1\n' >> list/far.csv
for i in $(seq 300); do echo "missing.png,gone-$i"; done >> list/far.csv
echo 'd.png,far-1' >> list/far.csv
run 'imgmatch-index add cat --manifest=list/far.csv --errors=errors.jsonl'
run 'grep -v not_found errors.jsonl'
mkdir other
cp list/a.png other/
echo '{"path": "../other/a.png", "id": "a.png"}' > list/again.jsonl
run 'imgmatch-index add cat other list/ list/b.png --manifest=list/again.jsonl'
# The name tells the format: CSV under another one is read as JSON Lines, which is said once.
cp list/items.csv list/items.txt
run 'imgmatch-index add cat --manifest=list/items.txt'
run 'imgmatch-index add cat --manifest=- < list/items.txt 2>&1 | head -n 1'
# A list without photos is no failure, but it is named.
echo path,id > list/header.csv
: > list/none.jsonl
run 'imgmatch-index add cat --manifest=list/header.csv'
run 'imgmatch-index add cat --quiet --manifest=list/none.jsonl'
run 'imgmatch-index add cat list/a.png --quiet --manifest=list/header.csv'
# What spreadsheets make of a list is refused with what is wrong with it, and nothing is added.
cp list/items.csv list/items.tsv
run 'imgmatch-index add cat --manifest=list/items.tsv'
sed '1s/.*/Path,ID,product,brand,colour/' list/items.csv > list/capitals.csv
run 'imgmatch-index add cat --manifest=list/capitals.csv'
iconv -t UTF-16 list/items.csv > list/utf16.csv
run 'imgmatch-index add cat --manifest=list/utf16.csv'
run 'imgmatch-index import cat list/utf16.csv'
# What spreadsheets of the Macintosh write: no line feed at all.
tr '\n' '\r' < list/items.csv > list/macintosh.csv
imgmatch-index create mac > /dev/null
run 'imgmatch-index add mac --manifest=list/macintosh.csv'
run 'imgmatch-index list mac --format=csv | cut -d, -f1'
