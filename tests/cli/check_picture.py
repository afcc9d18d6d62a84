#!/usr/bin/env python3
"""Print format and size of pictures: check_picture.py FILE..."""
import sys

from PIL import Image

for name in sys.argv[1:]:
    with Image.open(name) as picture:
        picture.load()
        print(name, picture.format, *picture.size)
