# Ctrl-C: what was added stays, and the same command goes on from there.
make_catalogue
run 'python3 "$HERE/interrupt.py" cat "$PICTURES/a.png"'
run 'imgmatch-index verify cat'
# A query has printed whole answers, and says where to go on.
run 'python3 "$HERE/interrupt_query.py" cat "$PICTURES/a.png"'
