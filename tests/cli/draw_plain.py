"""usage: draw_plain.py FOLDER: pictures with little in them: flat.png, and dot.png with a small one."""
import pathlib
import sys

from make_pictures import HEIGHT, WIDTH, encode_png

folder = pathlib.Path(sys.argv[1])
rows = [bytearray(b"\xf0" * (3 * WIDTH)) for _ in range(HEIGHT)]
(folder / "flat.png").write_bytes(encode_png(rows))
for y in range(100, 144):
    for x in range(100, 144):
        rows[y][3 * x:3 * x + 3] = bytes((255 * ((x // 11 + y // 11) % 2),) * 3)
(folder / "dot.png").write_bytes(encode_png(rows))
