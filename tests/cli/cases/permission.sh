# Files and folders that may not be read are named, and the rest is done. Root may read anything.
[ "$(id -u)" -ne 0 ] || exit 77
mkdir in in/closed
cp "$PICTURES"/a.png "$PICTURES"/b.png in/
cp "$PICTURES"/c.png in/closed/
chmod 0 in/b.png in/closed
run 'imgmatch-index add --create cat in'
run 'imgmatch-index calibrate cat --quiet --negatives=in --errors=failed.jsonl'
run 'cat failed.jsonl'
chmod 700 in/closed
