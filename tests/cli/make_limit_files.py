"""usage: make_limit_files.py FOLDER: write a photo for each limit that has more than the others of what is
limited, a list for the limits of lists, and print how much that is, as assignments for the shell."""
import io
import json
import pathlib
import sys

from PIL import Image

from make_pictures import chunk, draw, encode_png

folder = pathlib.Path(sys.argv[1])
(folder / "photos").mkdir(parents=True)


def picture(width=64, height=48, seed=1):
    rows = draw(seed)
    return Image.frombytes("RGB", (320, 240), b"".join(map(bytes, rows))).resize((width, height))


def encode(image, kind, **options):
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def png(*texts):
    data = encode_png([row[:3 * 64] for row in draw(2)[:48]])
    return data[:33] + b"".join(chunk(b"tEXt", b"a\0" + text) for text in texts) + data[33:]


progressive = encode(picture(seed=3), "JPEG", progressive=True, quality=60)
photos = {
    "bytes.bmp": encode(picture(89, 80), "BMP"),
    "chunks.png": png(b"1", b"2", b"3"),
    "frames.gif": encode(picture(), "GIF", save_all=True, append_images=[picture(seed=4)]),
    "large-chunk.png": png(b"x" * 298),
    "low.png": encode(picture(64, 40, seed=4), "PNG"),
    "many.jpg": encode(picture(100, 80, seed=5), "JPEG"),
    "profile.jpg": encode(picture(seed=6), "JPEG", icc_profile=b"x" * 400),
    "scans.jpg": progressive,
    "wide.jpg": encode(picture(150, 50, seed=6), "JPEG"),
}
for name, data in photos.items():
    (folder / "photos" / name).write_bytes(data)
# Millions of pixels take many times a millisecond.
(folder / "slow.png").write_bytes(encode(picture(2000, 1500), "PNG", compress_level=1))

path = "photos/frames.gif"
metadata = {"note": "x" * 100}
lines = [
    json.dumps({"path": path, "id": "line"}) + " " * 300 + "\n",
    json.dumps({"path": path, "id": "depth", "deep": [[[[1]]]]}) + "\n",
    json.dumps({"path": path, "id": "metadata"} | metadata) + "\n",
]
(folder / "list.jsonl").write_text("".join(lines), encoding="utf-8")

for name, amount in {
    "file_bytes": max(map(len, photos.values())),
    "pixels": 100 * 80,
    "side": 150,
    "min_side": 40,
    "frames": 2,
    "jpeg_scans": progressive.count(b"\xff\xda"),
    "png_chunks": 3,
    "chunk_bytes": 400,
    "line_bytes": len(lines[0]),
    "json_depth": 5,
    "metadata_bytes": len(json.dumps(metadata, separators=(",", ":"))),
}.items():
    print(f"{name}={amount}")
