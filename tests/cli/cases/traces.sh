# Deletion is deletion: after remove and compact no file holds the item's id or fingerprints.
mkdir photos
cp "$PICTURES"/?.png photos/
cp "$PICTURES"/b.png photos/removed-picture.png
rm photos/b.png
imgmatch-index add --create --quiet cat photos
imgmatch-index compact cat
imgmatch-index export cat > before.jsonl
where='s/byte [0-9]*/byte N/; s/index-[0-9]*/index-N/'
run 'imgmatch-index verify cat --id=removed-picture.png --fingerprint=before.jsonl | sed "$where" | sort'
imgmatch-index remove --quiet cat removed-picture.png
run 'imgmatch-index verify cat --id=removed-picture.png --fingerprint=before.jsonl | sed "$where" | sort'
run 'imgmatch-index compact cat'
run 'imgmatch-index verify cat --id=removed-picture.png --fingerprint=before.jsonl'
run 'imgmatch-index verify cat --id=removed-picture.png --photo=photos/removed-picture.png'
run 'imgmatch-index verify cat --id=removed-picture.png'
# The same photo under another id, and an id that others mention.
imgmatch-index add --quiet cat --id=twin photos/removed-picture.png
run 'imgmatch-index verify cat --id=removed-picture.png --fingerprint=before.jsonl'
run 'imgmatch-index verify cat --id=x'
run 'imgmatch-index verify cat --id=nobody --fingerprint=before.jsonl'
run 'imgmatch-index verify cat --id=nobody --fingerprint=photos'
run 'imgmatch-index verify cat --photo=photos/a.png'
run 'imgmatch-index verify cat'
# An export's line is found whatever the id is made of.
odd=$'tab\there, "quotes", back\\slash, new\nline, \b\f\r\x01\x7f, caf\xc3\xa9, \xff, \xed\xa0\x80, \xc0\xaf, \xf4\x90\x80\x80'
imgmatch-index add --quiet cat --id="$odd" "$PICTURES"/a-cropped.png
imgmatch-index export cat > odd.jsonl
imgmatch-index remove --quiet cat "$odd"
imgmatch-index compact cat
run 'imgmatch-index verify cat --id="$odd" --fingerprint=odd.jsonl'
# Lines of the export are held to their limit, which says itself where and how to go on.
run 'imgmatch-index verify cat --id="$odd" --fingerprint=odd.jsonl --max-line-bytes=100'
most="$(wc -L < before.jsonl)" # Without the line end.
run 'imgmatch-index verify cat --id=nobody --fingerprint=- --max-line-bytes="$most" < before.jsonl 2>&1 | sed "s/[0-9][0-9]*/N/g"'
run 'imgmatch-index verify cat --id=nobody --fingerprint=- --max-line-bytes="$((most + 1))" < before.jsonl'
run 'head -c 20000000 /dev/zero | imgmatch-index verify cat --id=nobody --fingerprint=-'
run 'imgmatch-index verify cat --id=nobody --fingerprint=nowhere.jsonl'
