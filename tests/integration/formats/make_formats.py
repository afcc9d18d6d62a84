#!/usr/bin/python3
"""Write one picture in many formats, and broken files, for test_formats.c.

usage: make_formats.py FOLDER

FOLDER/cases.txt then has one case a line:
  same FILE REFERENCE MEAN MAX FORMAT ORIENTATION ALPHA PROFILE
      FILE decodes to the pixels of REFERENCE (a PNG), at most MEAN apart on average and MAX anywhere.
      ALPHA and PROFILE are the flags reported with the picture: 0, 1, or -1 where it does not matter
  fail FILE REASON
      FILE is refused with this reason code
  frames FILE COUNT
      FILE has COUNT frames: refused (too_complex) under a limit of COUNT - 1
The files are the same at every run. Exit status 77: Pillow is missing.
"""

import os
import shutil
import struct
import subprocess
import sys
import zlib

try:
    from PIL import Image, ImageDraw, ImageFilter
except ImportError:
    print("python3-pil is not installed", file=sys.stderr)
    sys.exit(77)

WIDTH, HEIGHT = 240, 180
cases = []


def draw_reference():
    """A picture with gradients, edges and every kind of colour."""
    image = Image.new("RGB", (WIDTH, HEIGHT))
    image.putdata([(40 + x * 180 // WIDTH, 30 + y * 190 // HEIGHT, 200 - (x + y) * 150 // (WIDTH + HEIGHT))
                   for y in range(HEIGHT) for x in range(WIDTH)])
    draw = ImageDraw.Draw(image)
    draw.ellipse((20, 30, 110, 120), fill=(220, 60, 50))
    draw.rectangle((130, 20, 220, 80), fill=(30, 120, 60))
    draw.polygon([(150, 170), (190, 90), (235, 160)], fill=(235, 225, 120))
    draw.ellipse((90, 110, 150, 170), fill=(15, 15, 25))
    return image.filter(ImageFilter.GaussianBlur(1.2))


def same(name, reference, mean, most, kind, orientation=1, alpha=0, profile=0):
    cases.append(f"same {name} {reference} {mean} {most} {kind} {orientation} {alpha} {profile}")


def fail(name, reason):
    cases.append(f"fail {name} {reason}")


def write(name, data):
    with open(name, "wb") as stream:
        stream.write(data)


def read(name):
    with open(name, "rb") as stream:
        return stream.read()


# PNG in the forms that Pillow cannot write.

def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_rows(image, x0, y0, dx, dy, deep):
    width, height = image.size
    pixels = image.load()
    rows = bytearray()
    columns = range(x0, width, dx)
    if not columns:
        return b""
    for y in range(y0, height, dy):
        rows.append(0)
        for x in columns:
            value = pixels[x, y]
            for sample in value if isinstance(value, tuple) else (value,):
                rows += struct.pack(">H", sample * 257) if deep else bytes((sample,))
    return bytes(rows)


def write_png(name, image, deep=False, interlaced=False, extra=b""):
    passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2),
              (0, 1, 1, 2)] if interlaced else [(0, 0, 1, 1)]
    rows = b"".join(png_rows(image, *start, deep) for start in passes)
    colour = {"L": 0, "RGB": 2, "LA": 4, "RGBA": 6}[image.mode]
    header = struct.pack(">IIBBBBB", *image.size, 16 if deep else 8, colour, 0, 0, int(interlaced))
    write(name, b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra +
          chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


# ICC profiles of a matrix and a gamma.

def s15(value):
    return struct.pack(">i", round(value * 65536))


def xyz(values):
    return b"XYZ \0\0\0\0" + b"".join(s15(value) for value in values)


def icc_profile(space, tags):
    body = b""
    table = struct.pack(">I", len(tags))
    start = 128 + 4 + 12 * len(tags)
    for name, data in tags:
        data += b"\0" * (-len(data) % 4)
        table += name + struct.pack(">II", start + len(body), len(data))
        body += data
    header = struct.pack(">I4sI4s4s4s", start + len(body), b"lcms", 0x02100000, b"mntr", space, b"XYZ ")
    header += b"\0" * 12 + b"acsp" + b"\0" * 28 + s15(0.9642) + s15(1) + s15(0.8249)
    return header.ljust(128, b"\0") + table + body


def gamma_curve(gamma):
    return b"curv\0\0\0\0" + struct.pack(">IH", 1, round(gamma * 256))


def text(value):
    return b"desc\0\0\0\0" + struct.pack(">I", len(value) + 1) + value + b"\0" * 79


SRGB_TO_XYZ = ((0.4361, 0.3851, 0.1431), (0.2225, 0.7169, 0.0606), (0.0139, 0.0971, 0.7141))
WIDE_TO_XYZ = ((0.60974, 0.20528, 0.14919), (0.31111, 0.62567, 0.06322), (0.01947, 0.06087, 0.74457))


def inverse(m):
    (a, b, c), (d, e, f), (g, h, i) = m
    det = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g)
    return (((e * i - f * h) / det, (c * h - b * i) / det, (b * f - c * e) / det),
            ((f * g - d * i) / det, (a * i - c * g) / det, (c * d - a * f) / det),
            ((d * h - e * g) / det, (b * g - a * h) / det, (a * e - b * d) / det))


def times(m, v):
    return [sum(a * b for a, b in zip(row, v)) for row in m]


def light(value):
    value /= 255
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4


def encode(value, gamma):
    return round(255 * min(max(value, 0), 1) ** (1 / gamma))


def write_profiled(reference):
    """The reference's colours in the numbers of a wide colour space, whose profile is enclosed."""
    back = inverse(WIDE_TO_XYZ)
    wide = Image.new("RGB", reference.size)
    wide.putdata([tuple(encode(v, 2.2) for v in times(back, times(SRGB_TO_XYZ, [light(c) for c in pixel])))
                  for pixel in reference.getdata()])
    columns = list(zip(*WIDE_TO_XYZ))
    profile = icc_profile(b"RGB ", [(b"desc", text(b"wide")), (b"wtpt", xyz((0.9642, 1, 0.8249))),
                                    (b"rXYZ", xyz(columns[0])), (b"gXYZ", xyz(columns[1])),
                                    (b"bXYZ", xyz(columns[2])), (b"rTRC", gamma_curve(2.2)),
                                    (b"gTRC", gamma_curve(2.2)), (b"bTRC", gamma_curve(2.2))])
    wide.save("icc.png", icc_profile=profile)
    same("icc.png", "reference.png", 1, 6, "png", profile=1)
    wide.save("icc.jpg", quality=95, subsampling=0, icc_profile=profile)
    same("icc.jpg", "reference.png", 3, 40, "jpeg", profile=1)
    wide.save("icc.webp", lossless=True, icc_profile=profile)
    same("icc.webp", "reference.png", 1, 6, "webp", profile=1)
    wide.save("icc.tif", icc_profile=profile)
    same("icc.tif", "reference.png", 1, 6, "tiff", profile=1)
    wide.save("icc-damaged.png", icc_profile=profile[:200] + b"\xff" * 100)
    wide.save("wide.png")
    same("icc-damaged.png", "wide.png", 0, 0, "png")
    # Grey samples with a grey profile.
    grey = reference.convert("L")
    dark = grey.point([encode(light(level), 1.8) for level in range(256)])
    profile = icc_profile(b"GRAY", [(b"desc", text(b"grey")), (b"wtpt", xyz((0.9642, 1, 0.8249))),
                                    (b"kTRC", gamma_curve(1.8))])
    dark.save("icc-grey.png", icc_profile=profile)
    same("icc-grey.png", "grey.png", 1, 4, "png", profile=1)
    # Colours with that profile: it is for other samples.
    reference.save("icc-other.jpg", quality=95, subsampling=0, icc_profile=profile)
    same("icc-other.jpg", "reference.png", 3, 40, "jpeg", profile=0)
    reference.save("icc-other.tif", icc_profile=profile)
    same("icc-other.tif", "reference.png", 0, 0, "tiff", profile=0)


def write_turned(reference):
    undo = {1: None, 2: Image.FLIP_LEFT_RIGHT, 3: Image.ROTATE_180, 4: Image.FLIP_TOP_BOTTOM,
            5: Image.TRANSPOSE, 6: Image.ROTATE_90, 7: Image.TRANSVERSE, 8: Image.ROTATE_270}
    for orientation, turn in undo.items():
        stored = reference if turn is None else reference.transpose(turn)
        exif = Image.Exif()
        exif[0x0112] = orientation
        name = f"exif-{orientation}"
        stored.save(name + ".png", exif=exif.tobytes())
        same(name + ".png", "reference.png", 0, 0, "png", orientation)
        stored.save(name + ".jpg", quality=95, subsampling=0, exif=exif.tobytes())
        same(name + ".jpg", "reference.png", 2, 40, "jpeg", orientation)
        stored.save(name + ".webp", lossless=True, exif=exif.tobytes())
        same(name + ".webp", "reference.png", 0, 0, "webp", orientation)
        stored.save(name + ".tif", tiffinfo={274: orientation})
        same(name + ".tif", "reference.png", 0, 0, "tiff", orientation)


def write_jpegs(reference):
    reference.save("baseline.jpg", quality=90)
    reference.save("progressive.jpg", quality=90, progressive=True)
    reference.save("optimised-444.jpg", quality=95, subsampling=0, optimize=True)
    reference.save("restarts.jpg", quality=90, subsampling=1)
    for name in ("baseline", "progressive", "restarts"):
        same(name + ".jpg", "reference.png", 4, 90, "jpeg")
    same("optimised-444.jpg", "reference.png", 2, 40, "jpeg")
    reference.convert("CMYK").save("cmyk.jpg", quality=95)
    same("cmyk.jpg", "reference.png", 4, 60, "jpeg")
    reference.convert("L").save("grey.jpg", quality=95)
    same("grey.jpg", "grey.png", 2, 30, "jpeg")
    shutil.copy("baseline.jpg", "a-jpeg-in-truth.png")
    same("a-jpeg-in-truth.png", "reference.png", 4, 90, "jpeg")
    # Two thousand scans: the first one, which may be repeated, again and again.
    reference.resize((64, 48)).save("few-scans.jpg", quality=50, progressive=True)
    data = read("few-scans.jpg")
    start = data.index(b"\xff\xda")
    end = start + 2
    while data[end] != 0xFF or data[end + 1] == 0:
        end += 1
    write("scans-2000.jpg", data[:start] + data[start:end] * 2000 + data[end:])
    fail("scans-2000.jpg", "too_complex")


def write_pngs(reference):
    grey = reference.convert("L")
    few = reference.quantize(60)
    few.convert("RGB").save("few.png")
    few.save("palette.png")
    same("palette.png", "few.png", 0, 0, "png")
    grey.save("grey-8.png")
    same("grey-8.png", "grey.png", 0, 0, "png")
    write_png("rgb-16.png", reference, deep=True)
    same("rgb-16.png", "reference.png", 0, 0, "png")
    write_png("grey-16.png", grey, deep=True)
    same("grey-16.png", "grey.png", 0, 0, "png")
    write_png("interlaced.png", reference, interlaced=True)
    same("interlaced.png", "reference.png", 0, 0, "png")
    write_png("interlaced-16.png", reference, deep=True, interlaced=True)
    same("interlaced-16.png", "reference.png", 0, 0, "png")
    reference.convert("1").convert("RGB").save("bits.png")
    reference.convert("1").save("bilevel.png")
    same("bilevel.png", "bits.png", 0, 0, "png")
    # A gamma of 1.0 and no sRGB chunk: samples are light.
    linear = reference.point([round(255 * light(level)) for level in range(256)] * 3)
    write_png("gamma.png", linear, deep=True, extra=chunk(b"gAMA", struct.pack(">I", 100000)))
    same("gamma.png", "reference.png", 3, 20, "png")
    write_png("gamma-srgb.png", reference, extra=chunk(b"gAMA", struct.pack(">I", 45455)))
    same("gamma-srgb.png", "reference.png", 0, 0, "png")
    write_png("gamma-under-srgb.png", reference, extra=chunk(b"gAMA", struct.pack(">I", 100000)) +
              chunk(b"sRGB", b"\0"))
    same("gamma-under-srgb.png", "reference.png", 0, 0, "png")
    header = struct.pack(">IIBBBBB", 60000, 60000, 8, 2, 0, 0, 0)
    write("huge.png", b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"") + chunk(b"IEND", b""))
    fail("huge.png", "too_large")
    write_png("texts.png", reference, extra=chunk(b"tEXt", b"Comment\0x") * 1500)
    fail("texts.png", "too_complex")
    bomb = zlib.compress(b"\0" * 50_000_000, 9)
    write_png("profile-bomb.png", reference, extra=chunk(b"iCCP", b"x\0\0" + bomb))
    same("profile-bomb.png", "reference.png", 0, 0, "png")


def write_alphas(reference):
    alpha = Image.new("L", reference.size)
    alpha.putdata([min(255, x * 300 // WIDTH) for _ in range(HEIGHT) for x in range(WIDTH)])
    white = Image.new("RGB", reference.size, (255, 255, 255))
    Image.composite(reference, white, alpha).save("on-white.png")
    clear = reference.copy()
    clear.putalpha(alpha)
    clear.save("alpha.png")
    same("alpha.png", "on-white.png", 0.6, 1, "png", alpha=1)
    write_png("alpha-interlaced-16.png", clear, deep=True, interlaced=True)
    same("alpha-interlaced-16.png", "on-white.png", 0.6, 1, "png", alpha=1)
    clear.save("alpha.webp", lossless=True, exact=True)
    same("alpha.webp", "on-white.png", 0.6, 1, "webp", alpha=1)
    clear.save("alpha.tif")
    same("alpha.tif", "on-white.png", 0.6, 1, "tiff", alpha=1)
    # A palette with one clear colour.
    few = reference.quantize(60)
    few.save("alpha-palette.png", transparency=7)
    few.save("alpha.gif", transparency=7)
    clear = few.convert("RGB")
    clear.paste((255, 255, 255), mask=few.point([255 * (i == 7) for i in range(256)], "1"))
    clear.save("few-on-white.png")
    same("alpha-palette.png", "few-on-white.png", 0, 0, "png", alpha=1)
    same("alpha.gif", "few-on-white.png", 0, 0, "gif", alpha=1)


def write_others(reference):
    few = reference.quantize(60)
    reference.save("lossless.webp", lossless=True)
    same("lossless.webp", "reference.png", 0, 0, "webp")
    reference.save("lossy.webp", quality=90)
    same("lossy.webp", "reference.png", 5, 90, "webp")
    few.save("still.gif")
    few.save("interlaced.gif", interlace=1)
    others = [few.transpose(Image.FLIP_LEFT_RIGHT), few.transpose(Image.ROTATE_180)]
    few.save("animated.gif", save_all=True, append_images=others, duration=50)
    for name in ("still", "interlaced", "animated"):
        same(name + ".gif", "few.png", 0, 0, "gif", alpha=-1)
    reference.save("animated.webp", save_all=True, lossless=True, duration=50,
                   append_images=[other.convert("RGB") for other in others])
    same("animated.webp", "reference.png", 0, 0, "webp", alpha=-1)
    cases.append("frames animated.gif 3")
    cases.append("frames animated.webp 3")
    for compression in ("raw", "tiff_lzw", "tiff_adobe_deflate", "packbits"):
        reference.save(compression + ".tif", compression=compression)
        same(compression + ".tif", "reference.png", 0, 0, "tiff")
    few.save("palette.tif")
    same("palette.tif", "few.png", 0, 0, "tiff")
    reference.convert("CMYK").save("cmyk.tif")
    same("cmyk.tif", "reference.png", 1, 2, "tiff")
    reference.convert("L").save("grey.tif")
    same("grey.tif", "grey.png", 0, 0, "tiff")
    reference.save("rgb.bmp")
    same("rgb.bmp", "reference.png", 0, 0, "bmp")
    few.save("palette.bmp")
    same("palette.bmp", "few.png", 0, 0, "bmp")
    reference.convert("L").save("grey.bmp")
    same("grey.bmp", "grey.png", 0, 0, "bmp")
    reference.convert("RGBA").save("rgba.bmp")
    same("rgba.bmp", "reference.png", 0, 0, "bmp", alpha=-1)


def write_with_vips():
    """What Pillow cannot write; left out where the vips program is missing."""
    if shutil.which("vips") is None:
        return

    def vips(*arguments):
        done = subprocess.run(["vips", *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return done.returncode == 0

    if vips("copy", "reference.png", "photo.avif[Q=90]"):
        same("photo.avif", "reference.png", 6, 90, "heif")
        cut("photo.avif")
    if vips("copy", "reference.png", "tiles.tif[tile,pyramid,compression=deflate]"):
        same("tiles.tif", "reference.png", 0, 0, "tiff")
    if vips("colourspace", "reference.png", "rgb-16.tif", "rgb16"):
        same("rgb-16.tif", "reference.png", 1, 1, "tiff")
    if vips("colourspace", "reference.png", "lab.tif", "lab"):
        same("lab.tif", "reference.png", 1.5, 8, "tiff")
    for name, kind in (("icc-cmyk.tif", "tiff"), ("icc-cmyk.jpg", "jpeg")):
        if vips("icc_export", "reference.png", name, "--output-profile", "cmyk"):
            same(name, "reference.png", 16, 120, kind, profile=1)


def write_tiffs_with_tools():
    """Strips, tiles, planes and codecs as other programs write them."""
    if shutil.which("vips") is not None:
        for side in (16, 128, 256, 512, 1024):
            for codec, mean, most in (("deflate", 0, 0), ("jpeg,Q=95", 5, 90)):
                name = f"tiles-{side}-{codec.split(',')[0]}.tif"
                options = f"[tile,tile-width={side},tile-height={side},compression={codec}]"
                if subprocess.run(["vips", "copy", "reference.png", name + options], check=False).returncode == 0:
                    same(name, "reference.png", mean, most, "tiff")
    if shutil.which("tiffcp") is None:
        return
    for name, mean, most, options in (
            ("big-endian", 0, 0, "-B"), ("big-tiff", 0, 0, "-8"), ("big-tiff-tiles", 0, 0, "-8 -t -w 64 -l 128"),
            ("planes", 0, 0, "-p separate"), ("planes-one-strip", 0, 0, "-p separate -r 180 -c lzw:2"),
            ("one-strip", 0, 0, "-r 180 -c zip:2"), ("one-row", 0, 0, "-r 1 -c packbits"),
            ("jpeg-strips", 6, 90, "-c jpeg:95 -r 16"), ("jpeg-one-strip", 6, 90, "-c jpeg:95 -r 180"),
            ("jpeg-rgb", 6, 90, "-c jpeg:r:95 -r 64"), ("jpeg-tiles", 6, 90, "-c jpeg:95 -t -w 64 -l 64"),
            ("zstd", 0, 0, "-c zstd"), ("lzma", 0, 0, "-c lzma"), ("webp-lossy", 6, 90, "-c webp:95")):
        done = subprocess.run(["tiffcp", *options.split(), "raw.tif", name + ".tif"], stderr=subprocess.DEVNULL,
                              check=False)
        if done.returncode == 0:  # Otherwise a codec that this libtiff does not have.
            same(name + ".tif", "reference.png", mean, most, "tiff")


def write_tiff(name, tags, data):
    """`tags`: {tag: values}, shorts where they fit. The data comes right behind the head of 8 bytes."""
    wide, entries = b"", b""
    places = 8 + len(data) + 2 + 12 * len(tags) + 4
    for tag, values in sorted(tags.items()):
        kind = "I" if max(values) > 0xFFFF else "H"
        packed = struct.pack(f"<{len(values)}{kind}", *values)
        if len(packed) > 4:
            packed, wide = struct.pack("<I", places + len(wide)), wide + packed
        entries += struct.pack("<HHI4s", tag, 4 if kind == "I" else 3, len(values), packed.ljust(4, b"\0"))
    write(name, b"II*\0" + struct.pack("<I", 8 + len(data)) + data + struct.pack("<H", len(tags)) + entries +
          bytes(4) + wide)


def write_old_tiffs(reference):
    """Strips without places or sizes: what old programs wrote is read, what is missing is not made up."""
    rows = 60
    strips = HEIGHT // rows
    size = 3 * WIDTH * rows
    pixels = reference.tobytes()
    common = {256: [WIDTH], 257: [HEIGHT], 258: [8, 8, 8], 262: [2], 277: [3], 284: [1]}
    whole = common | {259: [1], 273: [8 + i * size for i in range(strips)], 278: [rows], 279: [size] * strips}
    write_tiff("strips.tif", whole, pixels)
    same("strips.tif", "reference.png", 0, 0, "tiff")
    for missing in (1, strips - 1):
        for tag in (273, 279):
            name = f"strips-{tag}-{missing}.tif"
            write_tiff(name, whole | {tag: whole[tag][:strips - missing]}, pixels)
            fail(name, "corrupt")
    del whole[279]
    write_tiff("strips-no-sizes.tif", whole, pixels)
    fail("strips-no-sizes.tif", "corrupt")
    planes = common | {259: [1], 273: [8 + i * WIDTH * HEIGHT for i in range(3)], 278: [HEIGHT], 284: [2]}
    write_tiff("planes-no-sizes.tif", planes, b"".join(band.tobytes() for band in reference.split()))
    same("planes-no-sizes.tif", "reference.png", 0, 0, "tiff")
    # One strip: its rows and its size may be missing.
    write_tiff("no-rows.tif", common | {259: [1], 273: [8], 279: [len(pixels)]}, pixels)
    write_tiff("no-size.tif", common | {259: [1], 273: [8]}, pixels)
    write_tiff("all-rows.tif", common | {259: [1], 273: [8], 278: [0xFFFFFFFF], 279: [len(pixels)]}, pixels)
    for name in ("no-rows", "no-size", "all-rows"):
        same(name + ".tif", "reference.png", 0, 0, "tiff")


def cut(name):
    """Every twentieth of a file."""
    data = read(name)
    for part in range(1, 20):
        stem, ending = os.path.splitext(name)
        cut_name = f"cut-{stem}-{part:02d}{ending}"
        write(cut_name, data[:len(data) * part // 20])
        fail(cut_name, "truncated")


def main():
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        sys.exit(2)
    shutil.rmtree(sys.argv[1], ignore_errors=True)
    os.makedirs(sys.argv[1])
    os.chdir(sys.argv[1])
    reference = draw_reference()
    reference.save("reference.png")
    reference.convert("L").convert("RGB").save("grey.png")
    write_turned(reference)
    write_jpegs(reference)
    write_pngs(reference)
    write_alphas(reference)
    write_others(reference)
    write_profiled(reference)
    for name in ("baseline.jpg", "progressive.jpg", "interlaced.png", "alpha.png", "lossy.webp",
                 "lossless.webp", "animated.webp", "still.gif", "animated.gif", "raw.tif", "tiff_lzw.tif",
                 "rgb.bmp"):
        cut(name)
    write_with_vips()
    write_tiffs_with_tools()
    write_old_tiffs(reference)
    write("empty.jpg", b"")
    fail("empty.jpg", "empty")
    write("text.jpg", b"This is no photo, whatever its name says.\n")
    fail("text.jpg", "unsupported")
    Image.new("RGB", (8, 8)).save("tiny.png")
    fail("tiny.png", "too_small")
    os.mkdir("folder.jpg")
    fail("folder.jpg", "not_a_file")
    fail("missing.jpg", "not_found")
    write("cases.txt", "".join(case + "\n" for case in cases).encode())


if __name__ == "__main__":
    main()
