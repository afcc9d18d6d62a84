"""Real photos in every format that imgmatch reads, as small files to damage."""
import io
import pathlib
import shutil
import subprocess
import tempfile

from PIL import Image

MOST_PIXELS = 320  # A side.
MOST_PHOTOS = 40
MOST_HEIF = 12  # Each is a process.

EXIF = Image.Exif()
EXIF[0x010F] = "imgmatch"  # The maker: with it, a WebP has more than one chunk.

# The name of the kind, the suffix, and what Pillow is told. PNGs come first: they are the references.
KINDS = (("png", "png", "PNG", {}),
         ("jpeg", "jpg", "JPEG", {"quality": 80}),
         ("progressive jpeg", "jpg", "JPEG", {"quality": 80, "progressive": True}),
         ("webp", "webp", "WEBP", {"quality": 80}),
         ("webp with exif", "webp", "WEBP", {"quality": 80, "exif": EXIF.tobytes()}),
         ("tiff", "tif", "TIFF", {"compression": "tiff_lzw"}),
         ("gif", "gif", "GIF", {}), ("bmp", "bmp", "BMP", {}))

# What Pillow does not write.
HEIF_KINDS = (("avif", "avif", "[Q=70,effort=0]"), ("heic", "heic", "[Q=70,effort=0]"))


class Photo:
    """One photo in one format; photos of one number show the same."""

    def __init__(self, number, suffix, data):
        self.number = number
        self.suffix = suffix
        self.data = data


def read_images(folders):
    paths = sorted(path for folder in folders for path in folder.iterdir()
                   if path.suffix in (".jpg", ".png"))
    for path in paths[:MOST_PHOTOS]:
        image = Image.open(path).convert("RGB")
        image.thumbnail((MOST_PIXELS, MOST_PIXELS))
        yield image


def without_chance(data):
    """A TIFF whose byte before the directory is 0: libtiff leaves there what was in memory."""
    tags = Image.open(io.BytesIO(data)).tag_v2
    end = max(map(sum, zip(tags[273], tags[279])))
    directory = int.from_bytes(data[4:8], "little")
    return data[:end] + bytes(directory - end) + data[directory:]


def by_pillow(number, image, suffix, kind, options):
    out = io.BytesIO()
    image.save(out, kind, **options)
    data = out.getvalue()
    return Photo(number, suffix, without_chance(data) if kind == "TIFF" else data)


def by_vips(photos, suffix, options):
    """PNGs as AVIF or HEIC. Returns photos, and why there are none."""
    if shutil.which("vips") is None:
        return [], "the program vips is not installed"
    made = []
    with tempfile.TemporaryDirectory() as folder:
        for photo in photos:
            source = pathlib.Path(folder, "in.png")
            target = pathlib.Path(folder, f"out.{suffix}")
            source.write_bytes(photo.data)
            done = subprocess.run(["vips", "copy", source, f"{target}{options}"], check=False,
                                  stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
            if done.returncode != 0:
                return [], " ".join(done.stderr.decode(errors="replace").split())
            made.append(Photo(photo.number, suffix, target.read_bytes()))
    return made, ""


def read_photos(folders):
    """Photos by the name of their kind. What cannot be made is said on standard output."""
    images = list(read_images(folders))
    photos = {name: [by_pillow(number, image, suffix, kind, options)
                     for number, image in enumerate(images)]
              for name, suffix, kind, options in KINDS}
    for name, suffix, options in HEIF_KINDS:
        made, why = by_vips(photos["png"][:MOST_HEIF], suffix, options)
        if made:
            photos[name] = made
        elif images:
            print(f"NO {name.upper()}: {why}")
    return photos
