# Output that cannot be written is a failure, never a silent loss.
make_catalogue
run 'imgmatch-query --help > /dev/full'
run 'imgmatch-query cat photos > /dev/full'
run 'imgmatch-query cat photos --format=jsonl > /dev/full'
run 'imgmatch-index list cat --format=csv > /dev/full'
run 'imgmatch-index stat cat > /dev/full'
run 'imgmatch-index add cat photos > /dev/full'
run 'imgmatch-index add cat missing.png --errors=/dev/full > /dev/null'
# The reader is gone before the first result.
run '{ sleep 0.2; imgmatch-query cat photos; echo "status $?" >&2; } | true'
run '{ sleep 0.2; imgmatch-index list cat; echo "status $?" >&2; } | true'
# Nobody has to read help to its end.
run '{ sleep 0.2; imgmatch-query --help; echo "status $?" >&2; } | true'
run 'imgmatch-index add --help | head -n 1'
