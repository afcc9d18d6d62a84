# Turned photos: alterations name the turn that was made, pdq_orientation the one that undoes it, as
# the manual page and fingerprint.h say.
make_catalogue
mkdir turned
python3 "$HERE/turn_picture.py" turned
run 'imgmatch-query cat turned --top=1 --format=csv | cut -d, -f1,8,17,24'
