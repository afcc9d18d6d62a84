# Names with everything that a format has to escape come back byte by byte from every output in which
# they occur. They fit into the columns of tables, which cut longer ones.
mkdir in
i=0
for name in $'two\nlines' 'quo"te,comma' '=1+1' "'quoted" $'es\e[31mcape' $'bad\xff\xfeutf8' \
    $'turned\u202egnp' 'back\slash\n\x41' 'größe-寸' $'tab\tcr\r' '<b>&amp;"' ' blank' '%41?#&' \
    $'cut\xe5\xaf'; do
    # Different bytes, of pictures that take turns.
    pictures=("$PICTURES"/[a-f].png)
    cp "${pictures[i++ % 6]}" "in/$name"
    printf '%d' "$i" >>"in/$name"
    mv "in/$name" "in/$name.png"
done
(cd in && printf '%s\0' *) >ids
printf '%s\0' in/* >paths
check() { run "python3 \"\$HERE/check_paths.py\" $*"; }

run 'imgmatch-index add --create cat in'
for format in table csv jsonl; do
    imgmatch-index list cat --format=$format >list.$format
    imgmatch-query cat in --top=1 --format=$format >query.$format
done
check ids list.{table:ID,csv:id,jsonl:id} query.{csv:query_id,jsonl:id}
check paths list.{csv,jsonl}:source query.{table:QUERY,csv:query,jsonl:query}
mapfile -d '' -t ids <ids
imgmatch-index show cat "${ids[@]}" >all.show
imgmatch-index show cat "${ids[@]}" --format=jsonl >show.jsonl
check ids all.show:id show.jsonl:id
check paths all.show:source show.jsonl:source

# A catalogue goes out, in, and out again.
imgmatch-index export cat >export.jsonl
imgmatch-index export cat --format=pdq >ids.pdq
imgmatch-index create --name=cat copy >/dev/null
run 'imgmatch-index import copy export.jsonl'
imgmatch-index export copy >again.jsonl
run 'cmp export.jsonl again.jsonl'
check paths again.jsonl:source
check ids again.jsonl:id ids.pdq:id
imgmatch-index create hashes >/dev/null
imgmatch-index import --quiet hashes ids.pdq
imgmatch-index list hashes --format=jsonl >hashes.jsonl
check ids hashes.jsonl:id

# A page of matches, and the addresses of its pictures.
imgmatch-query cat in --top=1 --overlay=out --format=csv >answer
check paths out/matches.html:h2 out/matches.html:file:some
(cd out && printf '%s\0' *.jpg) >pictures
check pictures out/matches.html:src

# What fails, as messages and in a file.
mapfile -d '' -t missing < <(printf '%s.x\0' in/*)
printf '%s\0' "${missing[@]}" >gone
imgmatch-index add cat "${missing[@]}" >/dev/null 2>add.err
imgmatch-index add cat "${missing[@]}" --errors=add.jsonl >/dev/null
imgmatch-query cat "${missing[@]}" >lost.table 2>query.err
imgmatch-query cat "${missing[@]}" --errors=query-failed.jsonl >/dev/null
check gone add.err:not_found query.err:not_found add.jsonl:path query-failed.jsonl:path lost.table:QUERY

# Photos that calibrate a catalogue: all of them look like one in it.
mkdir others
cp in/* others/
mkdir photos
cp "$PICTURES"/[a-c].png photos/
imgmatch-index add --create --quiet few photos
printf '%s\0' others/* >negatives
imgmatch-index calibrate few --negatives=others --review=review.csv >rates.table
check negatives review.csv:path:set rates.table:PHOTO:some
mkdir broken
for name in "${ids[@]}"; do printf 'no photo' >"broken/$name"; done
printf '%s\0' broken/* >unsupported
imgmatch-index calibrate few --negatives=others --negatives=broken >/dev/null 2>calibrate.err
check unsupported calibrate.err:unsupported

# A benchmark of them.
imgmatch-eval make --quiet in bench --references=3 --distractors=3 --queries=1 >/dev/null
imgmatch-eval run --quiet bench --effort=fast --out=bench/results.csv --html=bench/page.html >/dev/null
check ids bench/choice.csv:photo bench/truth.csv:photo:some
(cd bench/references && printf '%s\0' *; printf '\0') >references
check references bench/{truth,results}.csv:reference:some
(cd bench && printf '%s\0' queries/*; cd references && printf '%s\0' *) >shown
check shown bench/page.html:span:some
