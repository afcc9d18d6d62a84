# Output that cannot be written is a failure, never a silent loss.
make_catalogue
run 'imgmatch-query --help > /dev/full'
run 'imgmatch-query cat photos > /dev/full'
run 'imgmatch-query cat photos --format=jsonl > /dev/full'
run 'imgmatch-index list cat --format=csv > /dev/full'
run 'imgmatch-index stat cat > /dev/full'
run 'imgmatch-index export cat > /dev/full'
run 'imgmatch-index add cat photos > /dev/full'
run 'imgmatch-index add cat missing.png --errors=/dev/full > /dev/null'
# Of more than a buffer holds, the first write that failed tells the cause, not the last one.
hash=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
seq -f "$hash,number-%05g" 5000 > hashes.csv
imgmatch-index create many > /dev/null
imgmatch-index import --quiet many hashes.csv
run 'imgmatch-index list many > /dev/full'
run 'imgmatch-index export many > /dev/full'
run 'imgmatch-index export many --format=pdq > /dev/full'
run 'imgmatch-index show many number-0{1000..1100} > /dev/full'
for i in $(seq 300); do echo "{\"path\":\"missing-$i.png\"}"; done > list.jsonl
run 'imgmatch-query cat --manifest=list.jsonl --format=jsonl > /dev/full 2> failed.txt; tail -n 1 failed.txt'
run 'imgmatch-index add cat --manifest=list.jsonl --errors=/dev/full > /dev/null'
# A reader that has seen enough is no failure: neither before the first result, nor within the output.
run '{ sleep 0.2; imgmatch-query cat photos; echo "status $?" >&2; } | true'
run '{ sleep 0.2; imgmatch-index list cat; echo "status $?" >&2; } | true'
run '{ sleep 0.2; imgmatch-query --help; echo "status $?" >&2; } | true'
run '{ sleep 0.2; imgmatch-index remove cat nobody; echo "status $?" >&2; } | true'
run 'imgmatch-index add --help | head -n 1'
# More than a pipe and a buffer hold.
run '{ imgmatch-index list many; echo "status $?" >&2; } | head -n 2'
run '{ imgmatch-index list many --format=csv; echo "status $?" >&2; } | head -n 1'
run '{ imgmatch-index export many; echo "status $?" >&2; } | head -c 18; echo'
run '{ imgmatch-index export many --format=pdq; echo "status $?" >&2; } | head -n 1'
# A search of a list without an end ends with its reader. Failures that are kept in a file are wanted
# without a reader, too: 300 photos are two batches.
run 'yes "{\"path\":\"missing.png\"}" 2> /dev/null | { imgmatch-query cat --manifest=- --format=jsonl 2> failed.txt; echo "status $?" >&2; } | head -n 1 | cut -c 1-29'
run '{ sleep 0.2; imgmatch-query cat --manifest=list.jsonl --format=jsonl --errors=errors.jsonl; echo "status $?" >&2; } | true'
run 'wc -l < errors.jsonl'
