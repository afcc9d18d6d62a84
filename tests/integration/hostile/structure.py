"""The parts that photo files are made of, and what an attacker does to them: swaps, drops, repeats
and changes parts, so that all the rest still fits.

A part is (start, end). Those of one family are siblings: a file stays well formed around them when
one takes another's place. The files may be damaged already: what cannot be read ends the family.
"""
import struct
import zlib

PNG_MARK = b"\x89PNG\r\n\x1a\n"
# Boxes of ISO-BMFF that hold boxes, and how many bytes come before those.
CONTAINERS = {b"meta": 4, b"iprp": 0, b"ipco": 0, b"dinf": 0, b"dref": 8, b"iinf": 6, b"iref": 4}


class Family:
    """Parts that lie in the same one, and the sizes that count what they take: (start, order)."""

    def __init__(self, parts, sizes=()):
        self.parts = parts
        self.sizes = sizes

    def put(self, data, start, end, new):
        """Replaces bytes of a part; what encloses it has the right size afterwards."""
        data[start:end] = new
        for at, order in self.sizes:
            size = int.from_bytes(data[at:at + 4], order) + len(new) - (end - start)
            data[at:at + 4] = (size & 0xFFFFFFFF).to_bytes(4, order)


def png_parts(data):
    parts = []
    at = 8
    while at + 12 <= len(data):
        end = at + 12 + int.from_bytes(data[at:at + 4], "big")
        if end > len(data):
            break
        parts.append((at, end))
        at = end
    return [Family(parts)]


def jpeg_parts(data):
    """Segments; a scan's data belongs to it, up to a marker that is no restart."""
    parts = []
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF and data[at + 1] != 0xD9:
        end = at + 2 + int.from_bytes(data[at + 2:at + 4], "big")
        if data[at + 1] == 0xDA:
            while end + 1 < len(data) and (data[end] != 0xFF or data[end + 1] == 0
                                           or 0xD0 <= data[end + 1] <= 0xD7):
                end += 1
        if end > len(data):
            break
        parts.append((at, end))
        at = end
    return [Family(parts)]


def webp_parts(data):
    parts = []
    at = 12
    while at + 8 <= len(data):
        size = int.from_bytes(data[at + 4:at + 8], "little")
        end = at + 8 + size + size % 2
        if end > len(data):
            break
        parts.append((at, end))
        at = end
    return [Family(parts, [(4, "little")])]


def gif_parts(data):
    """Extensions and pictures, each with its blocks."""
    if len(data) < 13:
        return []
    parts = []
    at = 13 + (6 << (data[10] & 7) if data[10] & 0x80 else 0)
    while at + 10 < len(data) and data[at] in (0x21, 0x2C):
        end = at + 2
        if data[at] == 0x2C:
            end = at + 11 + (6 << (data[at + 9] & 7) if data[at + 9] & 0x80 else 0)
        while end < len(data) and data[end] != 0:
            end += 1 + data[end]
        if end >= len(data):
            break
        parts.append((at, end + 1))
        at = end + 1
    return [Family(parts)]


def tiff_parts(data):
    """The entries of the first directory, without a look at the count: repeated, they push the last
    ones out of it."""
    order = {b"II": "<", b"MM": ">"}.get(bytes(data[:2]))
    if order is None or len(data) < 8:
        return []
    at = struct.unpack(order + "I", data[4:8])[0]
    if at + 2 > len(data):
        return []
    count = struct.unpack(order + "H", data[at:at + 2])[0]
    ends = range(at + 14, len(data) + 1, 12)
    return [Family([(end - 12, end) for end in ends[:count]])]


def box_parts(data, start=0, end=None, enclosing=()):
    """Boxes; those in each box that holds some are a family of their own."""
    end = len(data) if end is None else end
    parts, inner = [], []
    at = start
    while at + 8 <= end:
        size = int.from_bytes(data[at:at + 4], "big")
        kind = bytes(data[at + 4:at + 8])
        if size < 8 or at + size > end:
            break
        parts.append((at, at + size))
        if kind in CONTAINERS and len(enclosing) < 8:
            inner += box_parts(data, at + 8 + CONTAINERS[kind], at + size,
                               (*enclosing, (at, "big")))
        at += size
    return [Family(parts, enclosing), *inner]


READERS = {"png": png_parts, "jpg": jpeg_parts, "webp": webp_parts, "gif": gif_parts,
           "tif": tiff_parts, "avif": box_parts, "heic": box_parts}


def families(data, suffix):
    """Those that have parts; none in formats without any, as BMP."""
    return [family for family in READERS.get(suffix, lambda _: [])(data) if family.parts]


def swap_parts(data, rng, family, _):
    if len(family.parts) < 2:
        return
    first, second = sorted(rng.sample(family.parts, 2))
    data[first[0]:second[1]] = (data[slice(*second)] + data[first[1]:second[0]]
                                + data[slice(*first)])


def drop_part(data, rng, family, _):
    family.put(data, *rng.choice(family.parts), b"")


def repeat_part(data, rng, family, _):
    start, end = rng.choice(family.parts)
    family.put(data, start, end, data[start:end] * rng.choice((2, 2, 3, 30)))


def kind_of(data, part):
    """What PNG, WebP and boxes have at one of two places, JPEG and TIFF in two bytes."""
    return bytes(data[part[0]:part[0] + 2]), bytes(data[part[0] + 4:part[0] + 8])


def borrow_part(data, rng, family, relative):
    """A part of another photo of this format in the place of one; of the same kind, if it has some."""
    start, end = rng.choice(family.parts)
    others = [part for other in families(relative.data, relative.suffix) for part in other.parts]
    kind = kind_of(data, (start, end))
    same = [part for part in others
            if any(a == b for a, b in zip(kind, kind_of(relative.data, part)))]
    if others:
        family.put(data, start, end, relative.data[slice(*rng.choice(same or others))])


def change_part(data, rng, family, _):
    """Bytes inside of one part: of small ones, as headers are, as often as of large ones."""
    start, end = rng.choice(family.parts)
    for _ in range(rng.choice((1, 1, 2, 4))):
        at = rng.randrange(start, end)
        data[at] = rng.choice((0, 1, 0x7F, 0x80, 0xFF, data[at] ^ 1 << rng.randrange(8)))


def repair_sums(data):
    """Right checksums in every chunk of a PNG: else nothing but the check would be tested."""
    if data[:8] != PNG_MARK:
        return
    for start, end in png_parts(data)[0].parts:
        data[end - 4:end] = zlib.crc32(data[start + 4:end - 4]).to_bytes(4, "big")
