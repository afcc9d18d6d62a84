# A command does not write over what it reads, by whatever name the file is given.
make_catalogue
mkdir list
cp photos/a.png photos/b.png list/
printf 'path,id\na.png,1\nb.png,2\n' > list/items.csv
cp list/items.csv before.csv
ln list/items.csv hard.csv
ln -s list/items.csv soft.csv
run 'imgmatch-index add cat --manifest=list/items.csv --errors=list/items.csv'
run 'imgmatch-index add cat --manifest=list/items.csv --errors=list/../hard.csv'
run 'imgmatch-index add cat --manifest=soft.csv --errors=list/items.csv'
run 'imgmatch-index add cat photos list/a.png --errors=list/a.png'
run 'imgmatch-index add cat --manifest=- --errors=list/items.csv < list/items.csv'
run 'imgmatch-query cat --manifest=list/items.csv --errors=soft.csv'
run 'imgmatch-query cat --manifest=list/items.csv --skip=1 --errors=soft.csv'
run 'imgmatch-query cat list/a.png --errors=list/a.png'
run 'cmp list/items.csv before.csv && cmp list/a.png photos/a.png'
# What the shell has been told to write there.
run '(imgmatch-query cat --manifest=list/items.csv --format=csv >> soft.csv)'
run '(imgmatch-index add cat --manifest=list/items.csv >> list/items.csv)'
run '(imgmatch-index remove cat --ids=list/items.csv >> list/items.csv)'
run '(imgmatch-index import cat list/items.csv >> list/items.csv)'
run '(imgmatch-index calibrate cat --pairs=list/items.csv >> list/items.csv)'
run 'cmp list/items.csv before.csv'
# What is to be labelled is not written over what is labelled.
run 'imgmatch-index calibrate cat --pairs=list/items.csv --review=soft.csv'
# What could not be used is not written over where it came from.
run 'imgmatch-index calibrate cat --pairs=list/items.csv --errors=soft.csv'
run 'imgmatch-index import cat list/items.csv --errors=soft.csv'
run 'cmp list/items.csv before.csv'
# Reports of results.
mkdir bench
printf 'query,reference,kind,strength\na.jpg,,crop,mild\n' > bench/truth.csv
printf 'query,reference,score\na.jpg,,\n' > results.csv
run 'imgmatch-eval score bench results.csv --csv=results.csv'
run 'imgmatch-eval score bench results.csv --html=bench/truth.csv'
run 'imgmatch-eval run bench --out=bench/truth.csv'
run 'wc -l results.csv bench/truth.csv'
# Where nothing can be lost, nothing is refused.
run 'imgmatch-index add cat --manifest=list/items.csv --errors=/dev/null < /dev/null > /dev/null'
# Nor is what no command may write over: a photo, whoever names it, and the files of a catalogue.
run 'imgmatch-query cat list --errors=photos/a.png'
run 'imgmatch-index merge cat cat --errors=cat/catalogue.lock'
ln -s cat/catalogue.db soft.db
run 'imgmatch-query cat photos --errors=soft.db'
run 'imgmatch-index reindex cat --errors=cat/catalogue.db'
run 'imgmatch-index calibrate cat --negatives=photos/c.png --errors=photos/c.png'
printf 'query,reference\n' > bench/variants.csv
run 'imgmatch-eval run bench --out=bench/variants.csv; imgmatch-eval score bench results.csv --json=photos/a.png'
run 'imgmatch-index verify cat'
# Closed streams are not what is opened next.
run 'imgmatch-index remove cat nobody >&-'
run 'imgmatch-query cat photos/a.png --format=csv >&-'
run 'imgmatch-query cat photos/a.png --format=csv --quiet 2>&- < /dev/null | cut -d, -f 1,4,6'
run 'imgmatch-index verify cat'
