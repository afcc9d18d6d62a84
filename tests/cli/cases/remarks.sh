# Photos that go in and can hardly be found again: add counts them, list shows which.
mkdir photos
cp "$PICTURES"/a.png photos/
python3 "$HERE/draw_plain.py" photos
run 'imgmatch-index add --create cat photos'
run 'imgmatch-index list cat'
run 'imgmatch-index add --quiet cat photos --brand=Acme'
run 'imgmatch-index add cat photos/a.png'
