"""Packs a folder tree of photos, shrunk once, into one file that training can map into memory.

usage: prepare.py SETTINGS DATA OUT

DATA holds one folder for each photo set that SETTINGS names under "sets". OUT gets photos.bin
(uint8 RGB, one photo after another) and photos.json (offset, width, height, name of each).
Photos on a plain background are added a second time as a cut-out on pure white: this is how most
product catalogues look, and few of the free photos do.
"""

import json
import os
import sys
import zlib

import numpy as np
from PIL import Image

from mask import cut_out, grab_mask


def list_photos(root, entry):
    """The names below `root` that the settings let in, sorted."""
    if "list" in entry:
        with open(os.path.join(root, entry["list"]), encoding="utf-8") as file:
            base = os.path.dirname(entry["list"])
            return [os.path.join(base, line.split(",")[0].strip()) for line in file if line.strip()]
    found = []
    start = os.path.join(root, entry.get("folder", ""))
    for folder, _, names in os.walk(start):
        relative = os.path.relpath(folder, root)
        if any(part in entry.get("leave_out", []) for part in relative.split(os.sep)):
            continue
        found += [
            os.path.join(relative, name)
            for name in names
            if name.lower().endswith((".jpg", ".jpeg", ".png"))
        ]
    return sorted(found)


def read_small(path, side):
    """A photo as RGB with its longer side at most `side`; None if it cannot be read."""
    try:
        with Image.open(path) as photo:
            photo.draft("RGB", (side, side))
            photo = photo.convert("RGB")
            photo.thumbnail((side, side), Image.BILINEAR, reducing_gap=None)
            return np.asarray(photo)
    except (OSError, SyntaxError, ValueError):
        return None


def is_validation(name, share):
    """By a checksum of the name, so that adding a set moves no photo of another."""
    return zlib.crc32(name.encode()) % 1000 < share * 1000


class Pack:
    def __init__(self, folder):
        os.makedirs(folder, exist_ok=True)
        self.folder = folder
        self.file = open(os.path.join(folder, "photos.bin"), "wb")
        self.rows = []

    def add(self, pixels, **row):
        row.update(offset=self.file.tell(), height=pixels.shape[0], width=pixels.shape[1])
        self.file.write(np.ascontiguousarray(pixels).tobytes())
        self.rows.append(row)

    def close(self):
        self.file.close()
        with open(os.path.join(self.folder, "photos.json"), "w", encoding="utf-8") as file:
            json.dump(self.rows, file)


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    with open(sys.argv[1], encoding="utf-8") as file:
        settings = json.load(file)
    pack = Pack(sys.argv[3])
    for entry in settings["sets"]:
        root = os.path.join(sys.argv[2], entry["name"])
        cuts = bad = 0
        names = list_photos(root, entry)
        for name in names:
            pixels = read_small(os.path.join(root, name), settings["stored_side"])
            if pixels is None or min(pixels.shape[:2]) < 32:
                bad += 1
                continue
            full = f"{entry['name']}/{name}"
            validation = is_validation(full, settings["validation_share"])
            pack.add(pixels, name=full, validation=validation, cut=False)
            mask = grab_mask(pixels, entry.get("subject_fills", False))
            if mask is not None:
                pack.add(cut_out(pixels, mask), name=full, validation=validation, cut=True)
                cuts += 1
        print(
            f"{entry['name']}: {len(names)} photos, {bad} unreadable, {cuts} cut-outs", flush=True
        )
    pack.close()


if __name__ == "__main__":
    main()
