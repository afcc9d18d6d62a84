# A path as long as the system takes (4,095 bytes), of bytes that every format has to escape, comes
# back as it went in: as a file, out of a folder, as a failure.
mkdir in
python3 "$HERE/make_long_path.py" "$PICTURES/a.png" in
mapfile -d '' -t lines <long-path
path=${lines[0]}
printf '%s\0' "${path##*/}" >name
check() { run "python3 \"\$HERE/check_paths.py\" $*"; }

imgmatch-index add --create cat "$path"
for format in csv jsonl; do
    imgmatch-index list cat --format=$format >list.$format
    imgmatch-query cat in --top=1 --format=$format >query.$format
done
imgmatch-index show cat "${path##*/}" >item.show
imgmatch-index show cat "${path##*/}" --format=jsonl >show.jsonl
check long-path list.{csv,jsonl}:source query.{csv,jsonl}:query item.show:source show.jsonl:source
check name list.{csv,jsonl}:id item.show:id show.jsonl:id
imgmatch-index export cat >export.jsonl
imgmatch-index create --name=cat copy >/dev/null
imgmatch-index import --quiet copy export.jsonl
imgmatch-index export copy >again.jsonl
check long-path export.jsonl:source again.jsonl:source
# A table shows the end, as the help says.
run 'imgmatch-query cat in | cut -c 1-30'
imgmatch-query cat in --top=1 --overlay=out/ --format=csv >answer
check long-path out/matches.html:{h2,file}
(cd out && printf '%s\0' *.jpg) >pictures
check pictures out/matches.html:src

# A photo that calibrates another catalogue.
imgmatch-index add --create --quiet few "$PICTURES/b.png"
imgmatch-index calibrate few --negatives=in --review=review.csv >/dev/null
check long-path review.csv:path
# And one that cannot.
mkdir broken
printf 'no photo' >text
python3 "$HERE/make_long_path.py" text broken
imgmatch-index calibrate few --negatives=in --negatives=broken >/dev/null 2>calibrate.err
check long-path calibrate.err:unsupported

# It is not there: as long a one; and one of 4,096 bytes, which is too long.
missing() {
    printf '%s\0' "$1" >missing
    imgmatch-index add cat "${@:2}" >/dev/null 2>add.err
    imgmatch-index add cat "${@:2}" --errors=add.jsonl >/dev/null
    imgmatch-query cat "${@:2}" --format=csv >lost.csv 2>query.err
    imgmatch-query cat "${@:2}" --format=jsonl --errors=query-failed.jsonl >lost.jsonl
    check missing {add,query}.err:not_found {add,query-failed}.jsonl:path lost.{csv,jsonl}:query
    run 'sed "s/.*message\":\(.*\)}/\1/" add.jsonl query-failed.jsonl'
}
missing "${path%.png}.pnx" "${path%.png}.pnx"
missing "${path%.png}.xpng" "${path%.png}.xpng"
quoted=${path%.png}.xpng
quoted=${quoted//\"/\"\"}
printf 'path,id\n"%s",long\n' "$quoted" >list.csv
missing "${path%.png}.xpng" --manifest=list.csv
python3 - <<'PYTHON'
import json
with open("missing", "rb") as file:
    path = file.read()[:-1]
assert len(path) == 4096
with open("list.jsonl", "w") as file:
    print(json.dumps({"path": path.decode("utf-8", "surrogateescape"), "id": "long"}), file=file)
PYTHON
missing "${path%.png}.xpng" --manifest=list.jsonl

# The reason stands behind a path, and does not get lost with the path's middle.
run 'imgmatch-query cat --manifest="${path%.png}.csv" 2>&1 | tail -c 50'
run 'imgmatch-index import cat "${path%.png}.csv" 2>&1 >/dev/null | tail -c 50'
run 'imgmatch-index stat "${path%/*}" 2>&1 | tail -c 50'
run 'imgmatch-eval run "${path%/*}" 2>&1 | tail -c 50'
