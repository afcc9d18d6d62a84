# Imports: what file is taken for what, bare hashes against whole items, several views of an item,
# and dates.
make_catalogue
hash_a=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
hash_b=${hash_a//0/f}
hash_c=${hash_a//1/e}

# A file that is neither an export nor a list of hashes is refused whole.
imgmatch-index create new > /dev/null
printf 'path,id,product\na.png,1,sku-1\nb.png,2,sku-2\n' > photos.csv
run 'imgmatch-index import new photos.csv'
run 'imgmatch-index import new photos/a.png'
run 'printf "\"never closed\n" | imgmatch-index import new -'
run 'echo "{\"path\":\"a.png\"}" | imgmatch-index import new -'
run 'printf "hash,id\nzz,1\n" | imgmatch-index import new -'
# Spreadsheets put a byte order mark in front.
run 'printf "\xef\xbb\xbfid,hash\r\nmarked,$hash_a\r\n" | imgmatch-index import new -'
run 'imgmatch-index list new'

# Lines of one id that follow one another are views of one item: what export writes comes back in.
printf 'hash,id,quality\r\n%s,one,100\r\n%s,one,50\r\n%s,two,7\r\n' $hash_a $hash_b $hash_c > views.csv
imgmatch-index create views > /dev/null
run 'imgmatch-index import views views.csv'
run 'imgmatch-index export views --format=pdq | cmp - views.csv'
run 'imgmatch-index import views views.csv'
run 'imgmatch-index verify views'
# Ids with line ends and quotes come back, too, and lists whose lines end as those of the Macintosh.
printf 'hash,id,quality\r\n%s,"a\nb ""c""",100\r\n%s,"d\r\n\r\ne",50\r\n%s,f,7\r\n' $hash_a $hash_b $hash_c > ends.csv
imgmatch-index create ends > /dev/null
run 'imgmatch-index import ends ends.csv'
run 'imgmatch-index export ends --format=pdq | cmp - ends.csv'
run 'tr -d "\n" < views.csv | imgmatch-index import ends -'
run 'imgmatch-index list ends'
# A quote that is never closed costs its line and no more.
run 'printf "%s,\"g\r\n%s,h\r\n" $hash_a $hash_b | cat <(head -n 1 ends.csv) - | imgmatch-index import ends -'
# A changed one is one conflict; replaced, it has the views of the list and no others.
sed "s/,50/,51/" views.csv > changed.csv
run 'imgmatch-index import views changed.csv'
run 'imgmatch-index import views changed.csv --on-conflict=replace'
run 'imgmatch-index export views --format=pdq | cmp - changed.csv'
# Too many, and views that do not follow one another, whatever is to be done with conflicts.
printf '%s,three\n%s,three\n%s,three\n%s,four\n%s,three\n' $hash_a $hash_b $hash_c $hash_a $hash_c > many.csv
for what in fail keep replace; do
    rm -rf many
    imgmatch-index create many > /dev/null
    run "imgmatch-index import many many.csv --on-conflict=$what"
    run 'imgmatch-index export many --format=pdq | cut -d, -f2,3'
done
# Without an id the same hash is the same item.
run 'printf "%s\n%s\n" $hash_c $hash_c | imgmatch-index import many -'

# A bare hash never replaces what was made from a photo, also in an export and in a merge; a whole item
# replaces a bare hash.
printf '%s,a.png\n%s,free\n' $hash_a $hash_b > bare.csv
run 'imgmatch-index import cat bare.csv'
run 'imgmatch-index import cat bare.csv --on-conflict=keep'
run 'imgmatch-index import cat bare.csv --on-conflict=replace'
imgmatch-index create --name=cat bare > /dev/null
imgmatch-index import --quiet bare bare.csv
run 'imgmatch-index export bare | imgmatch-index import cat - --on-conflict=replace'
run 'imgmatch-index merge cat bare --on-conflict=replace'
run 'imgmatch-index list cat'
run 'imgmatch-index merge bare cat --on-conflict=replace'
run 'imgmatch-index list bare'

# Items keep the time at which they were added, from catalogue to file to catalogue. Dates are masked in
# transcripts, so days are counted.
imgmatch-index export cat | sed 's/"added_at":"[^"]*"/"added_at":"2020-02-29T23:59:59Z"/' > old.jsonl
days() { imgmatch-index list "$1" --format=jsonl | grep -o '"added_at":"[^"T]*' | cut -d'"' -f4 | sort | uniq -c; }
imgmatch-index create --name=cat old > /dev/null
run 'imgmatch-index import old old.jsonl'
run 'days old'
run 'imgmatch-index export old | cmp - old.jsonl'
run 'imgmatch-index verify old'
imgmatch-index create --name=cat merged > /dev/null
run 'imgmatch-index merge merged old'
run 'days merged'
# The time alone is no difference; what is replaced has that of what came; what has none is new.
run 'imgmatch-index import cat old.jsonl'
run 'days cat | grep -c 2020'
sed 's/"brand":"Acme"/"brand":"Bcme"/' old.jsonl > changed.jsonl
run 'imgmatch-index import cat changed.jsonl --on-conflict=replace'
run 'days cat | grep -c "3 2020-02-29"'
imgmatch-index create --name=cat undated > /dev/null
run 'sed "s/\"added_at\":\"[^\"]*\",//" old.jsonl | imgmatch-index import undated -'
run 'days undated | grep -c 2020'

# An export that was cut is told from a whole one by the number of items in its header, whatever was
# imported before; so is one that has more.
imgmatch-index create --name=cat cut > /dev/null
run 'head -n 2 old.jsonl | imgmatch-index import cut -'
run 'head -n 2 old.jsonl | imgmatch-index import cut - --quiet'
run 'head -n 1 old.jsonl | imgmatch-index import cut -'
run 'head -c -100 old.jsonl | imgmatch-index import cut - 2>&1 | cut -c 1-60'
run '{ cat old.jsonl; tail -n 1 old.jsonl; } | imgmatch-index import cut -'
run 'sed "1s/\"items\":[0-9]*,//" old.jsonl | head -n 2 | imgmatch-index import cut -'
run 'sed "1s/\"items\":/\"items\":-/" old.jsonl | imgmatch-index import cut -'
# Nothing at all is what is left of an export that had no room.
run 'imgmatch-index import cut /dev/null'
run 'printf "\n\n" | imgmatch-index import cut -'
# Exports behind one another: each has its own number, and those that do not fit are left out.
imgmatch-index export views > views.jsonl
sed '1s/"dimension":[0-9]*/"dimension":7/' old.jsonl > other.jsonl
imgmatch-index create --name=cat joined > /dev/null
run 'cat old.jsonl views.jsonl | imgmatch-index import joined -'
run '{ head -n 3 old.jsonl; cat views.jsonl; } | imgmatch-index import joined -'
run '{ cat views.jsonl other.jsonl; echo "{"; cat old.jsonl; } | imgmatch-index import joined -'
