# The life of a catalogue: made, filled, listed, changed, emptied, checked.
mkdir photos photos/more
cp "$PICTURES"/a.png "$PICTURES"/b.png photos/
cp "$PICTURES"/c.png photos/more/
run 'imgmatch-index add cat photos'
run 'imgmatch-index create cat --name="Acme, autumn"'
run 'imgmatch-index create cat'
run 'imgmatch-index add cat photos --brand=Acme'
run 'imgmatch-index list cat'
run 'imgmatch-index list cat --format=csv'
run 'imgmatch-index list cat --format=jsonl'
run 'imgmatch-index show cat a.png'
run 'imgmatch-index show cat more/c.png b.png --format=jsonl'
run 'imgmatch-index show cat a.png nobody'
run 'imgmatch-index stat cat'
run 'imgmatch-index stat cat --format=json'
# The same again changes nothing; other bytes, or other details, replace.
run 'imgmatch-index add cat photos --brand=Acme'
cp "$PICTURES"/d.png photos/b.png
run 'imgmatch-index add cat photos --brand=Acme'
run 'imgmatch-index add cat photos/a.png --brand=Bcme --product=sku-1'
run 'imgmatch-index list cat'
# Another folder with the same names in it takes the places of the first one's photos, and that is said,
# unless a prefix keeps them apart. The same photo elsewhere, and a file under another name, are none.
mkdir winter
cp "$PICTURES"/e.png winter/a.png
cp "$PICTURES"/f.png winter/b.png
run 'imgmatch-index add cat winter --id-prefix=winter/'
run 'imgmatch-index add cat winter/a.png winter --id-prefix=winter/ --brand=Acme'
run 'imgmatch-index list cat --format=csv | cut -d, -f1,4'
run 'imgmatch-index add cat winter'
run 'imgmatch-index add cat photos --brand=Acme --quiet'
cp "$PICTURES"/f.png photos/a.png
run 'imgmatch-index add cat ./photos/ --brand=Acme'
mkdir moved
cp photos/a.png moved/
run 'imgmatch-index add cat moved'
run 'imgmatch-index remove cat winter/a.png winter/b.png'
cp "$PICTURES"/a.png photos/a.png
run 'imgmatch-index add --quiet cat photos --brand=Acme'
run 'imgmatch-index add cat --id=front - < "$PICTURES/e.png"'
run 'imgmatch-index add --quiet cat photos/a.png'
run 'imgmatch-index remove cat front nobody'
printf 'a.png\nb.png\n' > ids.txt
run 'imgmatch-index remove cat --ids=ids.txt'
run 'imgmatch-index remove cat --ids=nowhere.txt'
run 'imgmatch-index list cat'
run 'imgmatch-index verify cat'
run 'imgmatch-index compact cat'
run 'imgmatch-index verify cat'
run 'imgmatch-index add --create other photos/a.png'
run 'imgmatch-index stat nowhere'
# No path is said twice.
mkdir -p shop/full/photos
run 'imgmatch-index create shop/full'
run 'imgmatch-index create shop/full/'
run 'imgmatch-index create nowhere/cat'
run 'imgmatch-index create ""'
mkdir empty
run 'imgmatch-index list empty'
run 'imgmatch-index add other empty'
