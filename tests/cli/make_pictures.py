#!/usr/bin/env python3
"""Write the pictures that the command-line cases use: random shapes, the same on every machine."""
import pathlib
import struct
import sys
import zlib

WIDTH, HEIGHT = 320, 240


class Random:
    """A linear congruential generator: Python's own may change from version to version."""

    def __init__(self, seed):
        self.state = seed * 7919 + 1

    def below(self, limit):
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) % 2**64
        return (self.state >> 33) % limit


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def encode_png(rows):
    head = struct.pack(">IIBBBBB", len(rows[0]) // 3, len(rows), 8, 2, 0, 0, 0)
    body = zlib.compress(b"".join(b"\0" + bytes(row) for row in rows), 6)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b""))


def draw(seed):
    random = Random(seed)
    ground = bytes(random.below(256) for _ in range(3))
    rows = [bytearray(ground * WIDTH) for _ in range(HEIGHT)]
    for _ in range(60):
        colour = bytes(random.below(256) for _ in range(3))
        left, top = random.below(WIDTH - 8), random.below(HEIGHT - 8)
        width = min(8 + random.below(90), WIDTH - left)
        height = min(8 + random.below(70), HEIGHT - top)
        slope = random.below(3)
        for y in range(height):
            start = left + (0, y, height - y)[slope] * width // (2 * height)
            length = width - (0, y, height - y)[slope] * width // height
            rows[top + y][3 * start:3 * (start + length)] = colour * length
    return rows


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for seed, name in enumerate("abcdef", 1):
        (folder / f"{name}.png").write_bytes(encode_png(draw(seed)))
    # a.png seen in a mirror, and its middle.
    rows = draw(1)
    mirrored = [b"".join(bytes(row[3 * x:3 * x + 3]) for x in reversed(range(WIDTH))) for row in rows]
    (folder / "a-mirrored.png").write_bytes(encode_png(mirrored))
    cropped = [row[3 * 40:3 * 280] for row in rows[30:210]]
    (folder / "a-cropped.png").write_bytes(encode_png(cropped))


if __name__ == "__main__":
    main()
