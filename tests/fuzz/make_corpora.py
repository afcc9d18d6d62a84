#!/usr/bin/python3
"""Write the corpora of the fuzz targets: corpus/TARGET/NAME, small files that reach each branch.

usage: make_corpora.py [FOLDER]    (default: the folder corpus beside this script)

The corpora are committed, so that a test needs neither Pillow nor vips. Findings of the fuzzers are
in corpus/TARGET/found-NAME; they are left alone.
"""
import base64
import io
import json
import pathlib
import struct
import subprocess
import sys
import tempfile

from PIL import Image

import costly_pictures

MAX_FILE_BYTES = 4096
MAX_CORPUS_BYTES = 100 << 10


def picture(mode="RGB", size=(40, 30)):
    """Gradients with a rectangle, in any of Pillow's modes."""
    image = Image.new("RGB", size)
    image.putdata([(6 * x % 256, 8 * y % 256, 200 if 8 < x < 20 and 5 < y < 20 else 30)
                   for y in range(size[1]) for x in range(size[0])])
    if mode in ("RGBA", "LA"):
        image.putalpha(Image.linear_gradient("L").resize(size))
    return image.convert(mode)


def encode(kind, mode="RGB", size=(40, 30), **options):
    out = io.BytesIO()
    picture(mode, size).save(out, kind, **options)
    return out.getvalue()


def exif(orientation, order="<"):
    mark = b"II*\0" if order == "<" else b"MM\0*"
    return (mark + struct.pack(order + "IHHHIHHI", 8, 1, 0x0112, 3, 1, orientation, 0, 0))


def vips(suffix):
    """HEIC and AVIF by libvips; None where it cannot write them."""
    with tempfile.TemporaryDirectory() as folder:
        source = pathlib.Path(folder, "in.png")
        target = pathlib.Path(folder, "out" + suffix)
        source.write_bytes(encode("PNG", size=(64, 64)))
        done = subprocess.run(["vips", "copy", source, f"{target}[Q=20]"], check=False,
                              capture_output=True)
        return target.read_bytes() if done.returncode == 0 else None


def profile(space, tags):
    """An ICC profile of a matrix, or of grey, with the gamma 1.8."""
    def s15(*values):
        return b"".join(struct.pack(">i", round(65536 * value)) for value in values)

    body = b""
    table = struct.pack(">I", len(tags))
    for name, values in tags.items():
        data = (b"XYZ \0\0\0\0" + s15(*values) if values
                else b"curv\0\0\0\0" + struct.pack(">IHH", 1, 461, 0))
        table += name + struct.pack(">II", 132 + 12 * len(tags) + len(body), len(data))
        body += data
    header = struct.pack(">I4sI4s4s4s12x4s28x", 132 + 12 * len(tags) + len(body), b"lcms", 0x02100000, b"mntr", space, b"XYZ ",
                         b"acsp") + s15(0.9642, 1, 0.8249)
    return header.ljust(128, b"\0") + table + body


WIDE = profile(b"RGB ", {b"wtpt": (0.9642, 1, 0.8249), b"rXYZ": (0.6097, 0.3111, 0.0195),
                         b"gXYZ": (0.2053, 0.6257, 0.0609), b"bXYZ": (0.1492, 0.0632, 0.7446),
                         b"rTRC": (), b"gTRC": (), b"bTRC": ()})
GREY = profile(b"GRAY", {b"wtpt": (0.9642, 1, 0.8249), b"kTRC": ()})


def images():
    jpeg = encode("JPEG", quality=40)
    prefixed = b"Exif\0\0" + exif(6)
    yield "image_jpeg", {
        "baseline": jpeg,
        "progressive": encode("JPEG", quality=40, progressive=True),
        "grey": encode("JPEG", "L", quality=40),
        "cmyk": encode("JPEG", "CMYK", quality=40),
        "444": encode("JPEG", quality=40, subsampling=0),
        "turned": encode("JPEG", quality=40, exif=prefixed),
        "restart": jpeg[:2] + b"\xff\xdd\0\4\0\2" + jpeg[2:],
        "profile": encode("JPEG", quality=40, icc_profile=b"\0" * 200),
        "wide": encode("JPEG", quality=40, icc_profile=WIDE),
    }
    png = encode("PNG")
    yield "image_png", {
        "rgb": png,
        "grey": encode("PNG", "L"),
        "palette": encode("PNG", "P"),
        "rgba": encode("PNG", "RGBA"),
        "grey_alpha": encode("PNG", "LA"),
        "bits": encode("PNG", "1"),
        "16": encode("PNG", "I"),
        "turned": encode("PNG", exif=exif(8)),
        "transparent": encode("PNG", "P", transparency=3),
        "wide": encode("PNG", icc_profile=WIDE),
        "grey_profile": encode("PNG", "L", icc_profile=GREY),
    }
    yield "image_webp", {
        "lossy": encode("WEBP", quality=30),
        "lossless": encode("WEBP", lossless=True),
        "alpha": encode("WEBP", "RGBA", quality=30),
        "frames": encode("WEBP", quality=30, save_all=True, append_images=[picture().rotate(90)]),
        "turned": encode("WEBP", quality=30, exif=exif(3)),
        "wide": encode("WEBP", quality=30, icc_profile=WIDE),
    }
    yield "image_tiff", {
        "raw": encode("TIFF", size=(20, 17)),
        "lzw": encode("TIFF", compression="tiff_lzw"),
        "deflate": encode("TIFF", compression="tiff_adobe_deflate"),
        "packbits": encode("TIFF", "L", compression="packbits"),
        "fax": encode("TIFF", "1", compression="group4"),
        "jpeg": encode("TIFF", compression="jpeg"),
        "cmyk": encode("TIFF", "CMYK", size=(20, 17)),
        "palette": encode("TIFF", "P"),
        "wide": encode("TIFF", compression="tiff_lzw", icc_profile=WIDE),
    } | dict(costly_pictures.tiff_files(encode("WEBP", size=(32, 32), quality=30),
                                              encode("JPEG", "L", size=(32, 32), quality=40)))
    yield "image_gif", {
        "one": encode("GIF"),
        "frames": encode("GIF", save_all=True, append_images=[picture().rotate(90)]),
        "grey": encode("GIF", "L"),
    }
    yield "image_bmp", {
        "24": encode("BMP", size=(20, 17)),
        "8": encode("BMP", "P", size=(20, 17)),
        "1": encode("BMP", "1"),
        "32": encode("BMP", "RGBA", size=(17, 16)),
    }
    heif = {name: data for name, data in (("avif", vips(".avif")), ("heic", vips(".heic"))) if data}
    yield "image_heif", heif | dict(costly_pictures.heif_files())
    yield "image_broken", {
        "empty": b"",
        "cut_jpeg": jpeg[:-200],
        "cut_png": png[:len(png) // 2],
        "two": jpeg[:300] + png[8:],
        "huge_png": png[:16] + struct.pack(">II", 50000, 50000) + png[24:],
        "text": b"<svg xmlns='http://www.w3.org/2000/svg' width='40' height='30'/>",
    }


def texts():
    yield "exif", {f"{order}{turn}".replace("<", "le").replace(">", "be"): exif(turn, order)
                   for order in "<>" for turn in (1, 6, 8, 9)} | {"prefix": b"Exif\0\0" + exif(5)}
    yield "json_reader", {
        "object": b'{"a":[1,2.5,-3e2,true,false,null],"b":{"c":"d\\n\\u00e9\\ud83d\\ude00"}}',
        "bytes": b'{"path":"a\\udcff\\udc80"}',
        "twice": b'{"a":1,"a":2}',
        "deep": b"[" * 40 + b"]" * 40,
        "number": b"[1e999,-0,0.1,9223372036854775807,9223372036854775808]",
        "bad_utf8": b'["\xff"]',
        "scalar": b'"text"',
    }
    yield "json_writer", {
        "texts": b'\0plain\0\0quo"te\\\n\x01\0\0\xff\xc3\xa9\xf0\x9f\x98\x80\xed\xa0\x80\0',
        "numbers": b"".join(b"\2" + struct.pack("<dB", value, 6)
                            for value in (0.0, -0.0, 1e300, 5e-324, float("nan"), float("inf"))),
        "integers": b"".join(b"\1" + struct.pack("<q", value) for value in (0, -1, 2**63 - 1, -2**63)),
        "mixed": b"\3\1\4inner\0\3\0\0end\0",
    }
    head = "path,id,product,brand,source,colour\n"
    yield "list_csv", {
        "plain": (head + "a.jpg,1,p,b,s,red\nb.jpg,2,,,,\n").encode(),
        "quoted": (head + '"a,""b"".jpg","two\nlines",,,,\r\n').encode(),
        "open_quote": (head + '"never closed\nb.jpg,2,,,,\n').encode(),
        "columns": b"id,path\n1\n1,a,b\n,\n2,c",
        "no_path": b"id,product\n1,2\n",
        "bytes": b"path\n\xff\xfe.jpg\na\0b\n\n\r\nlast",
        "long": b"path\n" + b"x" * 400 + b"\ny.jpg\n",
        "mark": b"\xef\xbb\xbfpath,id\na,b\n",
    }
    yield "list_jsonl", {
        "plain": b'{"path":"a.jpg","id":"1","brand":"b","colour":"red"}\n{"path":"b.jpg"}\n',
        "bytes": b'{"path":"a\\udcff.jpg"}\n\n{"path":""}\n{"id":"1"}\n[1]\n',
        "kinds": b'{"path":1}\n{"path":"a","n":[1,{"x":null}],"id":2}\n',
        "long": b'{"path":"' + b"x" * 400 + b'"}\n{"path":"b"}',
        "broken": b'{"path":"a"\n{"path":"b"}}\nnull\n',
    }
    digest = "ab" * 32
    yield "manifest", {
        "whole": f'''{{"name":"m","version":"1","licence":"MIT","file":"m.onnx","sha256":"{digest}",
"preprocessing_version":1,"input":{{"name":"image","width":64,"height":64,"layout":"NCHW",
"channels":"RGB","resize":"stretch-triangle","mean":[0.5,0.4,0.3],"std":[0.2,0.2,0.2]}},
"output":{{"name":"e","dimension":8,"normalised":true,"pooling":"gem","gem_p":3.0,
"whitening":{{"file":"w.f32","sha256":"{digest}"}}}},"background":null}}'''.encode(),
        "folder": f'{{"name":"m","version":"1","licence":"MIT","file":"../m.onnx","sha256":"{digest}"}}'.encode(),
        "empty": b"{}",
    }


def binaries():
    yield "pixels", {
        "flat": struct.pack("<HHB", 79, 49, 0) + b"\xff",
        "odd": struct.pack("<HHB", 66, 62, 7) + bytes(range(256)),
        "tiny": struct.pack("<HHB", 0, 0, 0) + b"\1\2\3",
        "line": struct.pack("<HHB", 639, 0, 0xF1) + bytes(range(0, 250, 7)),
        "large": struct.pack("<HHB", 639, 479, 0xF5) + bytes(i * i % 251 for i in range(900)),
    }
    # A sketch of 60 x 40 pixels: thumbnail 48 x 32, chroma 16 x 11, two features.
    size = struct.pack("<IIH", 60, 40, 60) + struct.pack("<4H", 2560, 1280, 640, 320)
    luma = bytes((5 * x + 7 * y) % 256 for y in range(32) for x in range(48))
    features = b"".join(struct.pack("<HHBB", 9000 * i, 5000 * i, 40 * i, 60) + bytes(range(32))
                        for i in (1, 2))
    yield "sketch", {
        "two": b"SK\1\0" + size + struct.pack("<H", 2) + luma + b"\x80" * 352 + features,
        "none": b"SK\1\0" + size + struct.pack("<H", 0) + luma + b"\x80" * 352,
        "version": b"SK\2\0" + size,
        "short": b"SK",
    }
    header = 336  # bytes; then the sections: seqs, views, ranks, entry starts, entry rows, ...
    graph = header + 866
    yield "index_file", {
        "sound": b"\3",
        "sound_lists": b"\13",
        "sound_graph": b"\23",
        "raw_header": b"\0" + bytes(8) + b"\1",
        "kind": b"\3" + bytes(56) + b"\3",
        "rows": b"\3" + bytes(48) + b"\1",
        "order": b"\3" + bytes(header) + b"\xff",
        "views": b"\3" + bytes(header + 48) + b"\7",
        "ranks": b"\3" + bytes(header + 54) + b"\xff" * 8,
        "entry_starts": b"\3" + bytes(header + 102) + b"\1",
        "entry_rows": b"\3" + bytes(header + 130) + b"\x10",
        "hashes": b"\1" + bytes(header + 154) + b"\1",
        "row_entries": b"\3" + bytes(header + 346) + b"\x80" * 4,
        "scales": b"\3" + bytes(header + 370) + b"\xff" * 4,
        "halves": b"\3" + bytes(header + 418) + b"\x7c" * 8,
        "list_starts": b"\13" + bytes(header + 154) + b"\1" * 4,
        "graph_count": b"\23" + bytes(graph + 8) + b"\1",
        "graph_metric": b"\23" + bytes(graph + 33) + b"\1",
        "graph_odds": b"\23" + bytes(graph + 37) + b"\xff" * 8,
        "graph_cut": b"\27" + struct.pack("<H", 3000),
        "cut": b"\7" + struct.pack("<H", 300),
        "cut_table": b"\4" + struct.pack("<H", 4096),
    }
    item = (b"id-1\0product\0brand\0source.jpg\0{}\0" + b"a" * 64 + b"\0" + struct.pack("<Q", 100) +
            struct.pack("<HH", 60, 40) + bytes(8) + b"\1" + struct.pack("<H", 2) +
            struct.pack("<32e", *[0.17] * 32) + bytes(64) + bytes(range(34)) + b"\4SK\1\0\1")
    yield "store", {
        "one": item,
        "two": item + item.replace(b"id-1", b"id-2"),
        "same_id": item + item,
        "nan": item.replace(struct.pack("<e", 0.17), b"\0\x7e"),
        "no_views": item.replace(bytes(8) + b"\1", bytes(8) + b"\0"),
        "none": b"",
    }


def export_header(**other):
    """Of the catalogues that the tests' samples are in."""
    return json.dumps({"imgmatch_export": 1, "dimension": 32, "hash_version": 1,
                       "preprocessing_version": 1, "sketch_version": 1, "items": 1, "name": "sample",
                       "model": "sample", "model_sha256": "a" * 64} | other)


def export_item(**other):
    view = {"pdq": "0123456789abcdef" * 4, "quality": 90, "unstable": 3,
            "embedding": base64.b64encode(struct.pack("<32e", *[0.17678] * 32)).decode()}
    return json.dumps({"id": "a", "product": "p", "brand": "b", "source": "a.jpg", "sha256": "ab" * 32,
                       "added_at": "2026-01-31T12:00:00Z", "size_bytes": 9, "width": 60, "height": 40,
                       "features": 0, "metadata": {"n": [1, {"x": None}]}, "remarks": ["flat"],
                       "views": [view], "sketch": None} | other)


def exchanged():
    digits = "0123456789abcdef" * 4
    luma = bytes((5 * x + 7 * y) % 256 for y in range(32) for x in range(48))
    size = struct.pack("<IIH", 60, 40, 60) + struct.pack("<4H", 2560, 1280, 640, 320)
    sketch = base64.b64encode(b"SK\1\0" + size + struct.pack("<H", 0) + luma + b"\x80" * 352).decode()
    bare = {"pdq": digits, "quality": 100, "unstable": 0, "embedding": None}
    exports = {
        "one": [export_header(), export_item()],
        "sketch": [export_header(), export_item(sketch=sketch)],
        "bare_hash": [export_header(), export_item(views=[bare], sha256="", added_at=None)],
        "two_views": [export_header(), export_item(views=[bare, bare | {"pdq": "f" * 64}])],
        # What is done with an id that is there depends on the size of the input.
        **{f"conflict_{name}": [export_header(items=3), export_item(), export_item(width=61), export_item(),
                                (blanks - 1) * " "] for blanks, name in enumerate(("a", "b", "c"), 1)},
        "cut": [export_header(items=7), export_item()[:300]],
        "two_exports": [export_header(), export_item(), export_header(dimension=8), export_item(id="b"),
                        export_header(), export_item(id="c")],
        "other_model": [export_header(model_sha256="b" * 64), export_item()],
        "broken_lines": [export_header(items=4), "{", export_item(id=""), export_item(views=[]), "[1]"],
        "bytes": [export_header(), export_item(id="\udcff\n", metadata={"k": "\udc80"}, source="\x07")],
        "long": [export_header(), '{"id":"' + "x" * 3300 + '"}'],
        "metadata": [export_header(), export_item(metadata={"n": "x" * 250})],
        "deep": [export_header(), export_item(metadata={"n": [[[[[[1]]]]]]})],
    }
    yield "import", {name: "\n".join(lines).encode() + b"\n" for name, lines in exports.items()} | {
        "hashes": f"{digits}\n{digits.upper()}\r\n\n{digits[:63]}\n{'0' * 64}".encode(),
        "hashes_csv": (f'id,quality,pdq\r\n"a\nb",90,{digits}\r\n"a\nb",80,{"f" * 64}\r\n'
                       f"c,101,{digits}\r\n").encode(),
        "hashes_columns": (f"{digits},90,a\n{'f' * 64},90,a\n{'0' * 64},90,a\n"
                           f"{digits},,b\n{digits},9,a\n").encode(),
        "hashes_cr": f"hash,id\r{digits},a\r{digits},b\r".encode(),
        "mark": b"\xef\xbb\xbfhash\n" + digits.encode(),
        "open_quote": f'hash,id\n{digits},"a\n{digits},b\n'.encode(),
        "nothing": b"path,id\na.jpg,1\n",
        "empty": b"",
    }
    whole = {"version": 1, "score": "0123456789abcdef", "looks": 64, "views": 28, "items": 1000,
             "made_at": "2026-01-31T12:00:00Z", "negatives": 500, "own": 100,
             "steps": [[2**53, 1, 0], [2**52, 2, 1], [2**51 + 1, 40, 9], [0, 500, 100]]}
    yield "calibration", {name: json.dumps(text).encode() for name, text in {
        "whole": whole,
        "one_step": whole | {"steps": [[0, 500, 100]]},
        "same_steps": whole | {"steps": [[2**52, 1, 0], [2**52, 2, 1]]},
        "rising": whole | {"steps": [[2**52, 2, 1], [2**53, 1, 0]]},
        "too_many": whole | {"steps": [[2**52, 501, 0]]},
        "large": whole | {"negatives": 2**63 - 1, "own": 2**63 - 1, "steps": [[2**53, 2**63 - 1, 2**63 - 1]]},
        "no_steps": whole | {"steps": []},
        "other_version": {"version": 2},
        "time": whole | {"made_at": "yesterday"},
        "deep": whole | {"steps": [[[[[1]]]]]},
    }.items()} | {"empty": b"", "cut": json.dumps(whole).encode()[:-9]}


def main():
    here = pathlib.Path(__file__).resolve().parent
    folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else here / "corpus"
    for source in (images(), texts(), binaries(), exchanged()):
        for corpus, files in source:
            target = folder / corpus
            target.mkdir(parents=True, exist_ok=True)
            for old in target.iterdir():
                if not old.name.startswith("found-"):
                    old.unlink()
            for name, data in files.items():
                if len(data) > MAX_FILE_BYTES:
                    sys.exit(f"{corpus}/{name}: {len(data)} bytes, over {MAX_FILE_BYTES}")
                (target / name).write_bytes(data)
            if sum(path.stat().st_size for path in target.iterdir()) > MAX_CORPUS_BYTES:
                sys.exit(f"{corpus}: over {MAX_CORPUS_BYTES} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
