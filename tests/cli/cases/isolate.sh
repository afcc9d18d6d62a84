# Photos are decoded in processes of their own unless somebody says otherwise; the answers are the
# same, and every limit can be set.
mkdir in
cp "$PICTURES"/a.png "$PICTURES"/b.png in/
run 'imgmatch-index add --create here in --no-isolate'
run 'imgmatch-index add --create there in'
run 'imgmatch-query here in --format=csv | cut -d, -f1,3-9 > here.csv'
run 'imgmatch-query there in --format=csv --no-isolate | cut -d, -f1,3-9 > there.csv'
run 'cmp here.csv there.csv'
run 'imgmatch-query here in --isolate --no-isolate'
# A worker that is missing is an error, never a silent return to decoding here.
run 'IMGMATCH_DECODE_WORKER=/nowhere/worker imgmatch-query here in/a.png'
run 'IMGMATCH_DECODE_WORKER=/nowhere/worker imgmatch-query here in/a.png --no-isolate'
run 'IMGMATCH_DECODE_WORKER=/nowhere/worker imgmatch-query --compare in/a.png in/b.png'
other="$(dirname "$MODEL")/gem"
run 'IMGMATCH_DECODE_WORKER=/nowhere/worker imgmatch-index reindex here --model="$other"'
run 'IMGMATCH_DECODE_WORKER=/nowhere/worker imgmatch-index verify here --id=a.png --photo=in/a.png'
# Limits reach the decoders in both places.
run 'imgmatch-index reindex here --model="$other" --max-pixels=1000'
run 'imgmatch-index verify here --id=a.png --photo=in/a.png --max-side=20'
for place in isolate no-isolate; do
    run "imgmatch-query here in/a.png --$place --max-pixels=1000"
    run "imgmatch-query here in/a.png --$place --max-side=20"
    run "imgmatch-query here in/a.png --$place --min-side=5000"
    run "imgmatch-query here in/a.png --$place --max-file-bytes=100"
done
run 'imgmatch-query here - --max-file-bytes=100 < in/a.png'
run 'imgmatch-query --compare in/a.png in/b.png --max-side=20'
printf 'path,note\nin/a.png,%0200d\n' 0 > long.csv
run 'imgmatch-query here --manifest=long.csv --max-line-bytes=100'
run 'imgmatch-index add here --manifest=long.csv --max-metadata-bytes=100'
run 'imgmatch-query here in/a.png --max-decode-ms=0'
