# Answers come one by one and in order, whatever is still to be named or looked up.
make_catalogue
run 'python3 "$HERE/stream_query.py" cat photos/a.png'
# Any number of threads gives the same, with failures of the list in their place among the others.
for i in $(seq 60); do
    echo "{\"path\":\"photos/a.png\",\"id\":\"$i\"}"
    test $((i % 7)) != 0 || echo "{\"path\":\"missing-$i.png\"}"
    test $((i % 11)) != 0 || echo 'no JSON'
done > list.jsonl
one='imgmatch-query cat --manifest=list.jsonl --min-score=0.99 --effort=fast --format=csv'
run "$one --threads=1 --errors=one.jsonl > one.csv"
run "$one --threads=5 --errors=five.jsonl | cmp - one.csv"
run 'cmp one.jsonl five.jsonl; wc -l < one.csv; cut -d, -f1,3,4 one.jsonl | head -n 5'
# Hundreds of lines that are no photos, and then one: none is looked up twice.
{ yes 'no JSON' | head -n 700; echo '{"path":"photos/b.png"}'; } > odd.jsonl
cat odd.jsonl odd.jsonl > twice.jsonl
run 'imgmatch-query cat --manifest=twice.jsonl --min-score=0.99 --errors=odd.txt --format=csv | cut -d, -f2,3'
run 'wc -l < odd.txt'
# A photo on standard input does not keep the answer of another one waiting.
mkfifo pipe
{
    exec 3> pipe
    for _ in $(seq 600); do
        grep -q 'a.png,copy' early.csv && break
        sleep 0.1
    done
    grep -c 'a.png,copy' early.csv > seen.txt
    cat photos/b.png >&3
} &
run 'imgmatch-query cat photos/a.png - --min-score=0.99 --format=csv < pipe > early.csv'
wait
run 'cat seen.txt; cut -d, -f2,3 early.csv'
