"""usage: turn_picture.py FOLDER: a.png turned by a quarter clockwise (cw.png) and counter-clockwise
(ccw.png), and mirrored before it is turned clockwise (mirrored-cw.png)."""
import pathlib
import sys

from make_pictures import draw, encode_png


def pixels_of(rows):
    return [[bytes(row[i:i + 3]) for i in range(0, len(row), 3)] for row in rows]


def clockwise(rows):
    """What was the left column, read upwards, is the top row."""
    return [list(reversed(column)) for column in zip(*rows)]


folder = pathlib.Path(sys.argv[1])
upright = pixels_of(draw(1))
turned = {"cw": clockwise(upright),
          "ccw": clockwise(clockwise(clockwise(upright))),
          "mirrored-cw": clockwise([row[::-1] for row in upright])}
for name, rows in turned.items():
    (folder / f"{name}.png").write_bytes(encode_png([b"".join(row) for row in rows]))
