# On a terminal the bar of the progress makes way for answers and messages, and is gone at the end.
make_catalogue
run 'python3 "$HERE/terminal.py" imgmatch-query cat photos --format=csv --top=1 | cut -d, -f 1-3'
run 'python3 "$HERE/terminal.py" imgmatch-query cat photos --top=1 | cut -c 1-32'
run 'python3 "$HERE/terminal.py" imgmatch-query cat missing.png --format=csv | cut -d, -f 1-3'
run 'python3 "$HERE/terminal.py" imgmatch-index add cat photos --brand=Acme'
imgmatch-index export cat > cat.jsonl
imgmatch-index create other > /dev/null
run 'python3 "$HERE/terminal.py" imgmatch-index import other cat.jsonl'
run 'python3 "$HERE/terminal.py" imgmatch-index merge other cat missing'
run 'python3 "$HERE/terminal.py" imgmatch-index reindex cat --model="$(dirname "$MODEL")/gem"'
