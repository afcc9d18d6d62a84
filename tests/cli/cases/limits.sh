# Every limit, by its option, does what its name says, and nothing else: photos and lists that have just
# as much as all of them allow are read, and one less of any refuses what has the most of it.
python3 "$HERE/make_limit_files.py" in > amounts
. ./amounts
at=(--max-file-bytes="$file_bytes" --max-pixels="$pixels" --max-side="$side" --min-side="$min_side" --max-frames="$frames"
    --max-jpeg-scans="$jpeg_scans" --max-png-chunks="$png_chunks" --max-chunk-bytes="$chunk_bytes"
    --max-line-bytes="$line_bytes" --max-json-depth="$json_depth" --max-metadata-bytes="$metadata_bytes"
    --max-decode-ms=60000)
over() { # The option, where, and of what: what fails with it, and why.
    printf '%s, %s:\n' "$1" "$2"
    rm -rf new
    imgmatch-query cat "$3" --quiet --threads=1 "${at[@]}" "--$2" "$1" 2>&1 >/dev/null | sed 's/^/  /'
    imgmatch-index add --create new "$3" --quiet --threads=1 "${at[@]}" "--$2" "$1" 2>&1 | sed 's/^/  /'
}
imgmatch-index create cat > /dev/null
photos=(file-bytes=$((file_bytes - 1)) pixels=$((pixels - 1)) side=$((side - 1)) frames=$((frames - 1))
    jpeg-scans=$((jpeg_scans - 1)) png-chunks=$((png_chunks - 1)) chunk-bytes=$((chunk_bytes - 1)) chunk-bytes=299)
for place in isolate no-isolate; do
    run "imgmatch-query cat in/photos --manifest=in/list.jsonl \"\${at[@]}\" --$place --format=csv | wc -l"
    run "imgmatch-index add --create at-$place in/photos --manifest=in/list.jsonl \"\${at[@]}\" --$place --quiet"
    for option in "${photos[@]}"; do
        over "--max-$option" $place in/photos
    done
    over --min-side=$((min_side + 1)) $place in/photos
    # Whoever notices first, the worker or its pool.
    run "imgmatch-query cat in/slow.png --$place --max-decode-ms=1 2>&1 | grep -o '^imgm.*timeout'"
    run "imgmatch-index add cat in/slow.png --$place --max-decode-ms=1 2>&1 | grep -o '^imgm.*timeout'"
done
for option in line-bytes=$((line_bytes - 1)) json-depth=$((json_depth - 1)) metadata-bytes=$((metadata_bytes - 1)); do
    over "--max-$option" isolate --manifest=in/list.jsonl
done
# Those of queries: as many matches as references were verified; the mirrored view is the fourth.
imgmatch-index add --quiet cat "$PICTURES"/[a-d].png
for most in 2 3; do
    run "imgmatch-query cat \"\$PICTURES/a.png\" --top=9 --min-score=0 --max-candidates=$most --format=csv | tail -n +2 | wc -l"
done
for most in 3 4; do
    run "imgmatch-query --compare \"\$PICTURES/a-mirrored.png\" \"\$PICTURES/a.png\" --effort=thorough --max-views=$most --format=jsonl | grep -o '\"similarity\":[^,]*'"
done
