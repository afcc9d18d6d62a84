# Names from attackers: nothing may leave its field, reach the terminal or start a formula, and
# every byte comes back.
mkdir in
i=0
for name in $'two\nlines.png' 'quo"te,comma.png' '=1+1.png' "'quoted.png" $'es\e[31mcape.png' \
    $'bad\xff\xfeutf8.png' $'turned\u202egnp.png' 'back\slash.png' 'größe-寸.png' $'c\u009b31mone.png' 'semi;=1+1;.png' \
    $'tab\t=1+1.png'; do
    cp "$PICTURES"/a.png "in/$name"
done
run 'imgmatch-index add --create cat in'
run 'imgmatch-index list cat'
run 'imgmatch-index list cat --format=csv | cut -d, -f1-4'
run 'imgmatch-index list cat --format=jsonl | sed "s/,\"sha256.*//"'
run 'imgmatch-query cat in --top=1 | cut -c 1-30'
imgmatch-index list cat --format=csv > list.csv
imgmatch-index list cat --format=jsonl > list.jsonl
imgmatch-query cat in --top=1 --format=csv > query.csv
imgmatch-query cat in --top=1 --format=jsonl > query.jsonl
run 'python3 "$HERE/check_names.py" in list.csv list.jsonl query.csv query.jsonl'
run 'imgmatch-query cat $'\''no\e[2Jsuch\n'\'
run 'imgmatch-index add cat $'\''in/no\xffsuch.png'\'' --errors=errors.jsonl'
run 'cat errors.jsonl'
# Catalogues have names of UTF-8, and folders whichever they have.
run 'imgmatch-index create named --name=$'\''\xff'\'
run 'imgmatch-index create $'\''b\xff'\'
run 'imgmatch-index stat $'\''b\xff'\'' --format=json | cut -c 1-30'
