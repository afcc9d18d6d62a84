# A path as long as the system takes (4,095 bytes), of bytes that every format has to escape, comes
# back as it went in: as a file, out of a folder, as a failure.
mkdir in
python3 "$HERE/make_long_path.py" "$PICTURES/a.png" in
python3 -c 'import os; os.execvp("imgmatch-index", ["imgmatch-index", "add", "--create", "cat", open("long-path", "rb").read()])'
imgmatch-index list cat --format=csv > list.csv
imgmatch-index list cat --format=jsonl > list.jsonl
imgmatch-query cat in --top=1 --format=csv > query.csv
imgmatch-query cat in --top=1 --format=jsonl > query.jsonl
run 'python3 "$HERE/check_long_path.py" list.csv:source list.jsonl:source query.csv:query query.jsonl:query'
run 'imgmatch-query cat in | cut -c 1-30 | tail -1 | wc -l'
run 'python3 -c "import os, sys; path = open(\"long-path\", \"rb\").read(); os.execvp(\"imgmatch-index\", [\"imgmatch-index\", \"add\", \"cat\", path[:-5] + b\"x.png\", \"--errors=errors.jsonl\"])"'
run 'python3 -c "p = open(\"long-path\", \"rb\").read(); open(\"long-path\", \"wb\").write(p[:-5] + b\"x.png\")"'
run 'python3 "$HERE/check_long_path.py" errors.jsonl:path'
