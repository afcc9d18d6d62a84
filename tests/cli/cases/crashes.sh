# A decoder that crashes or hangs costs the photo that made it, and no other: in every command.
export IMGMATCH_DECODE_WORKER="$FAULTY_WORKER"
# A sanitizer would end the worker in its own way.
export ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}handle_segv=0"
mkdir in
cp "$PICTURES"/a.png "$PICTURES"/c.png "$PICTURES"/e.png in/
for fault in abort segv spin; do
    cat "$PICTURES"/b.png <(printf 'imx-fault:%s' "$fault") > "in/b-$fault.png"
done
run 'imgmatch-index add --create cat in --max-decode-ms=1500 --errors=errors.jsonl'
run 'cat errors.jsonl'
run 'imgmatch-index list cat --format=csv | cut -d, -f1'
run 'imgmatch-query cat in --max-decode-ms=1500 --format=csv | cut -d, -f1,2,4'
run 'imgmatch-query --compare in/a.png in/b-segv.png'
run 'imgmatch-query --compare in/a.png in/a.png | cut -c 1-50'
run 'imgmatch-index verify cat --id=gone.png --photo=in/b-abort.png'
run 'imgmatch-index calibrate cat --negatives=in --max-decode-ms=1500'
# Photos that decoded when they were added may not do so later.
cp in/b-segv.png in/a.png
run 'imgmatch-index reindex cat --model="$(dirname "$MODEL")/gem"'
run 'imgmatch-index list cat --format=csv | cut -d, -f1'
