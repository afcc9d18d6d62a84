"""HEIC, AVIF and TIFF files for the fuzz corpora that their checks of cost are about, bit by bit.

Most come in two: costly-NAME is within the bounds, so that the decoder sees it, and costly-NAME_over is over
them under the limits of image_limits.h, of 4.2 megapixels and 8,192 pixels a side.
"""
import struct
import zlib

SIDE = 2048  # Of the larger ones: 4.19 megapixels, of which four are allowed in all.
VIDEO, SEQUENCE, PICTURE, IDR, CRA = 32, 33, 34, 19, 21


class Bits:
    def __init__(self):
        self.text = ""

    def put(self, *pairs):
        """(value, bits) each."""
        for value, count in pairs:
            self.text += f"{value:0{count}b}" if count else ""
        return self

    def golomb(self, *values):
        for value in values:
            digits = f"{value + 1:b}"
            self.text += "0" * (len(digits) - 1) + digits
        return self

    def end(self):
        """With the bit that ends a unit."""
        self.text += "1"
        return self.bytes()

    def bytes(self):
        self.text += "0" * (-len(self.text) % 8)
        return bytes(int(self.text[i : i + 8], 2) for i in range(0, len(self.text), 8))


def unit(kind, payload):
    """HEVC's, with bytes that keep start codes out of it."""
    out, zeros = bytearray((kind << 1, 1)), 0
    for byte in payload:
        if zeros == 2 and byte <= 3:
            out.append(3)
            zeros = 0
        out.append(byte)
        zeros = zeros + 1 if byte == 0 else 0
    return bytes(out)


def put_profile(bits):
    return bits.put((3, 8), (1 << 28, 32), (9, 4), (0, 43), (0, 1), (90, 8))


def video_set():
    bits = put_profile(Bits().put((0, 4), (3, 2), (0, 9), (1, 1), (0xFFFF, 16)))
    return unit(VIDEO, bits.put((1, 1)).golomb(4, 0, 0).put((0, 6)).golomb(0).put((0, 2)).end())


def sequence_set(width, height, block_bits=6, buffers=1):
    bits = put_profile(Bits().put((0, 7), (1, 1))).golomb(0, 1, width, height).put((0, 1))
    bits.golomb(0, 0, 0).put((1, 1)).golomb(buffers - 1, 0, 0)
    bits.golomb(0, block_bits - 3, 0, min(3, block_bits - 2), 0, 0)
    return unit(SEQUENCE, bits.put((0, 4)).golomb(0).put((0, 5)).end())


def picture_set(number=0, rows_apart=0, tiles=0):
    bits = Bits().golomb(number, 0).put((0, 7)).golomb(0, 0, 0).put((0, 3)).golomb(0, 0)
    bits.put((0, 4), (tiles > 0, 1), (rows_apart, 1))
    if tiles:
        bits.golomb(tiles - 1, tiles - 1).put((1, 1), (0, 1))
    return unit(PICTURE, bits.put((0, 4)).golomb(0).put((0, 2)).end())


def piece(data, address=0, address_bits=0, kind=IDR, references=0, parts=False):
    """A slice; the first one of a picture where the address is 0."""
    bits = Bits().put((address == 0, 1), (0, 1)).golomb(0)
    bits.put((address, address_bits if address else 0)).golomb(2)
    if kind == CRA:  # Its number, and a set of references of its own.
        bits.put((0, 4), (0, 1)).golomb(references, 0)
        for _ in range(references):
            bits.golomb(0).put((1, 1))
    bits.golomb(0)  # The quantiser as it is.
    if parts:
        bits.golomb(0)
    return unit(kind, bits.end() + data)


def pieces(count, blocks, data, **options):
    address_bits = (blocks - 1).bit_length()
    return [piece(data, i * blocks // count, address_bits, **options) for i in range(count)]


def box(kind, *parts):
    body = b"".join(parts)
    return struct.pack(">I4s", 8 + len(body), kind) + body


def full_box(kind, *parts):
    return box(kind, bytes(4), *parts)


def heif(brand, kind, width, height, configuration, data):
    """A file of one item."""
    size = full_box(b"ispe", struct.pack(">II", width, height))
    head = box(b"ftyp", brand, bytes(4), brand, b"mif1")

    def index(offset):
        return full_box(
            b"meta",
            full_box(b"hdlr", bytes(4), b"pict", bytes(13)),
            full_box(b"pitm", b"\0\1"),
            full_box(b"iloc", struct.pack(">5HII", 0x4400, 1, 1, 0, 1, offset, len(data))),
            full_box(b"iinf", b"\0\1", box(b"infe", b"\2\0\0\0\0\1\0\0", kind, b"\0")),
            box(
                b"iprp",
                box(b"ipco", size, configuration),
                full_box(b"ipma", struct.pack(">IHBBB", 1, 1, 2, 1, 2)),
            ),
        )

    return head + index(len(head) + len(index(0)) + 8) + box(b"mdat", data)


def heic(width, height, sets, slices):
    sets = [video_set(), *sets]
    arrays = b"".join(struct.pack(">BHH", 0x80 | one[0] >> 1, 1, len(one)) + one for one in sets)
    fixed = b"\1\3" + bytes(10) + b"\x5A\xF0\0\xFC\xFD\xF8\xF8\0\0\x0F" + bytes((len(sets),))
    data = b"".join(struct.pack(">I", len(one)) + one for one in slices)
    return heif(b"heic", b"hvc1", width, height, box(b"hvcC", fixed, arrays), data)


def hevc_files():
    some = bytes(range(0x21, 0x61))
    small, large = sequence_set(64, 64, 4), sequence_set(SIDE, SIDE)
    picture = picture_set()
    blocks = (SIDE // 64) ** 2
    whole = some * 2  # As much as a picture of the larger side has to have, and more.
    yield "costly-hevc_sets", heic(64, 64, [small, *map(picture_set, range(4))], [piece(some)])
    yield "costly-hevc_sets_over", heic(
        SIDE, SIDE, [large, *map(picture_set, range(8))], [piece(whole)]
    )
    yield "costly-hevc_slices", heic(64, 64, [small, picture], pieces(4, 16, some))
    yield "costly-hevc_slices_over", heic(SIDE, SIDE, [large, picture], pieces(9, blocks, some))
    yield "costly-hevc_references", heic(
        64, 64, [sequence_set(64, 64, 4, 4), picture], [piece(some, kind=CRA, references=2)]
    )
    yield "costly-hevc_references_over", heic(
        SIDE,
        SIDE,
        [sequence_set(SIDE, SIDE, 6, 4), picture],
        [piece(whole, kind=CRA, references=3)],
    )
    rows = picture_set(rows_apart=1)
    yield "costly-hevc_rows", heic(64, 64, [small, rows], pieces(2, 16, some, parts=True))
    yield "costly-hevc_rows_over", heic(
        16, 8192, [sequence_set(16, 8192, 4), rows], pieces(2, 512, some, parts=True)
    )
    tiles = picture_set(tiles=2)
    yield "costly-hevc_tiles", heic(64, 64, [small, tiles], pieces(2, 16, some, parts=True))
    yield "costly-hevc_empty_over", heic(SIDE, SIDE, [large, picture], [piece(some[:8])])


def av1_unit(kind, payload):
    return bytes((kind << 3 | 2, len(payload))) + payload


def av1_sequence(side):
    """One that is no still picture, and has no tools."""
    bits = Bits().put((0, 5), (0, 2), (0, 5), (0, 12), (8, 5), (0, 1), (15, 4), (15, 4))
    bits.put((side - 1, 16), (side - 1, 16), (0, 1), (1, 1), (0, 12), (0, 1), (0, 1), (0, 1))
    return av1_unit(1, bits.put((1, 1), (0, 2), (0, 1), (0, 1)).end())


def av1_picture(shown, data):
    """A key frame; a hidden one is kept in the first place."""
    bits = Bits().put((0, 1), (0, 2), (shown, 1), (3, 0 if shown else 2), (1, 1), (0, 1))
    bits.put((1, 0 if shown else 8), (0, 1), (1, 1), (100, 8), (0, 6), (0, 16), (0, 2))
    return av1_unit(6, bits.bytes() + data)


def avif(side, hidden):
    data = av1_unit(2, b"") + av1_sequence(side)
    data += av1_picture(False, b"\x55" * 20) * hidden + av1_picture(True, b"\x55" * 20)
    return heif(b"avif", b"av01", side, side, box(b"av1C", b"\x81\x08\x0C\0"), data)


def tiff(tags, data):
    """One strip or tile, behind the head."""
    out = b"II*\0" + struct.pack("<I", 8 + len(data) + len(data) % 2) + data + bytes(len(data) % 2)
    wide, entries = b"", b""
    places = len(out) + 2 + 12 * len(tags) + 4
    for tag, values in sorted(tags.items()):
        kind = 4 if max(values) > 0xFFFF else 3
        packed = struct.pack(f"<{len(values)}{'I' if kind == 4 else 'H'}", *values)
        if len(packed) > 4:
            packed, wide = struct.pack("<I", places + len(wide)), wide + packed
        entries += struct.pack("<HHI4s", tag, kind, len(values), packed.ljust(4, b"\0"))
    return out + struct.pack("<H", len(tags)) + entries + bytes(4) + wide


def big_tiff(tags, data):
    """BigTIFF, of {tag: (type, count, value or place)}."""
    out = b"II+\0\x08\0\0\0" + struct.pack("<Q", 16 + len(data)) + data + struct.pack("<Q", len(tags))
    entries = (struct.pack("<HHQQ", tag, *entry) for tag, entry in sorted(tags.items()))
    return out + b"".join(entries) + bytes(8)


def jpeg_tile(jpeg, table_bytes):
    """A tile of 32 x 32 whose JPEG goes on from that many bytes of tables, the quantiser's at first."""
    table = jpeg.index(b"\xff\xdb")
    tables = b"\xff\xd8" + jpeg[table : table + 69] + b"\xff\xd9"
    numbers = {256: 32, 257: 32, 258: 8, 259: 7, 262: 1, 277: 1, 322: 32, 323: 32}
    tags = {tag: (3, 1, number) for tag, number in numbers.items()}
    tags |= {324: (4, 1, 16), 325: (4, 1, len(jpeg))}
    tags[347] = (7, table_bytes or len(tables), 16 + len(jpeg))
    return big_tiff(tags, jpeg + tables)


def two_strips(places):
    tags = {256: [32], 257: [32], 258: [8], 262: [1], 277: [1], 278: [16], 279: [512, 512]}
    return tiff(tags | {273: places}, bytes(range(256)) * 4)


def strip(compression, colours, data, side=32, samples=3, bits=8, floats=False, tile=0):
    tags = {
        256: [side],
        257: [side],
        258: [bits] * samples,
        259: [compression],
        262: [colours],
        277: [samples],
        284: [1],
        339: [3 if floats else 1] * samples,
    }
    if tile:
        tags |= {322: [tile], 323: [tile], 324: [8], 325: [len(data)]}
    else:
        tags |= {273: [8], 278: [side], 279: [len(data)]}
    return tiff(tags, data)


def tiff_files(webp, jpeg):
    """`webp` and `jpeg`, a grey one, are of 32 x 32 pixels. Samples of many bits make codecs' room too large where so few
    pixels are allowed; LogLuv has as many as it has, and needs a tile that is larger than it."""
    pixar_log, log_luv, lerc, in_webp = 32909, 34677, 34887, 50001
    rgb, luv = 2, 32845
    zeros = zlib.compress(bytes(2 * 3 * 32 * 32))
    colours = b"\x80\x40\x20" * 32 * 32
    yield "costly-pixar_log", strip(pixar_log, rgb, zeros)
    yield "costly-pixar_log_over", strip(pixar_log, rgb, zeros, SIDE, samples=16, bits=1)
    yield "costly-log_luv", strip(log_luv, luv, colours, bits=16)
    yield "costly-log_luv_over", strip(log_luv, luv, colours[:96], SIDE, bits=16, tile=2 * SIDE)
    yield "costly-lerc", strip(lerc, 1, zeros, samples=1, bits=32, floats=True)
    yield "costly-lerc_over", strip(lerc, rgb, zeros, SIDE, samples=16, bits=32, floats=True)
    yield "costly-webp", strip(in_webp, rgb, webp)
    yield "costly-webp_over", strip(in_webp, rgb, webp, SIDE, samples=16, bits=64)
    yield "costly-jpeg_tables", jpeg_tile(jpeg, 0)
    yield "costly-jpeg_tables_over", jpeg_tile(jpeg, 2**64 - len(jpeg))  # Their sum would be 0.
    yield "costly-strips", two_strips([8, 8 + 512])
    yield "costly-strips_over", two_strips([8])


def heif_files():
    yield from hevc_files()
    yield "costly-av1_hidden", avif(64, 3)
    yield "costly-av1_hidden_over", avif(800, 8)
