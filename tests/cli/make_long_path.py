"""usage: make_long_path.py PHOTO FOLDER: copy PHOTO to a path below FOLDER that has 4,095 bytes, the
most that Linux takes, with line ends, quotes and bytes that are no UTF-8; print nothing, write the
path, with a zero byte behind it, to the file 'long-path'."""
import os
import sys

LONGEST = 4095
PART = b"two\nlines \"quoted\" 'too' \xff\xfe,=x" + b"-" * 100
NAME = b"last\n\"\xff.png"

with open(sys.argv[1], "rb") as file:
    photo = file.read()
path = os.fsencode(sys.argv[2])
home = os.open(".", os.O_RDONLY)
os.chdir(path)
while len(path) + 1 + len(NAME) < LONGEST:
    left = LONGEST - len(path) - len(NAME) - 2
    # The last two folders share what is left, so that none is empty.
    size = len(PART) if left > 2 * len(PART) else left if left <= 200 else left // 2
    part = PART[:size].ljust(size, b"z")
    os.mkdir(part)
    os.chdir(part)
    path += b"/" + part
with open(NAME, "wb") as file:
    file.write(photo)
os.fchdir(home)
path += b"/" + NAME
assert len(path) == LONGEST, len(path)
with open("long-path", "wb") as file:
    file.write(path + b"\0")
