"""usage: bend_picture.py FILE: a.png with every part a little elsewhere, as another piece that is laid
out in the same way."""
import math
import pathlib
import sys

from make_pictures import HEIGHT, WIDTH, draw, encode_png

rows = draw(1)
bent = []
for y in range(HEIGHT):
    row = bytearray()
    for x in range(WIDTH):
        at = min(max(x + round(4 * math.sin(y / 20)), 0), WIDTH - 1)
        down = min(max(y + round(3 * math.sin(x / 15)), 0), HEIGHT - 1)
        row += rows[down][3 * at:3 * at + 3]
    bent.append(row)
pathlib.Path(sys.argv[1]).write_bytes(encode_png(bent))
