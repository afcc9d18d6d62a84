"""Compares libimgmatch with PyTorch on real photos, and one photo in three file formats.

usage: check.py MODEL CHECKED_PHOTOS --library libimgmatch.so

MODEL is an exported folder; its weights are read back from the ONNX file, and the library's resizing
is done again here, number for number: what is compared is the network. Prints the smallest cosine
over up to 60 photos of the folder, for both questions, and the milliseconds a photo takes.
"""

import argparse
import ctypes
import io
import os
import time

import numpy as np
from PIL import Image

from features import Library
from photos import embed
from prepare import read_small
from published import read_manifest, read_model

PHOTOS = 60


def weights_along(out_size, in_size):
    """The library's triangle filter as a matrix of 15-bit whole numbers (imgmatch/image/resample.c)."""
    scale = in_size / out_size
    support = max(scale, 1.0)
    matrix = np.zeros((out_size, in_size))
    for index in range(out_size):
        centre = (index + 0.5) * scale
        first = max(0, int(centre - support + 0.5))
        end = min(in_size, int(centre + support + 0.5))
        exact = np.maximum(0, 1 - np.abs((np.arange(first, end) + 0.5 - centre) / support))
        upto = np.floor(np.cumsum(exact) / exact.sum() * 32768 + 0.5)
        matrix[index, first:end] = np.diff(upto, prepend=0)
    return matrix


def resample(pixels, side):
    """Columns first, rounded to 8 bits in between, as the library does it."""
    down, across = weights_along(side, pixels.shape[0]), weights_along(side, pixels.shape[1])
    lines = np.floor((np.tensordot(down, pixels.astype(np.float64), (1, 0)) + 16384) / 32768)
    return np.floor(
        (np.einsum("xw,ywc->yxc", across, lines, optimize=True) + 16384) / 32768
    ).astype(np.uint8)


def embed_bytes(library, content):
    image = ctypes.c_void_p()
    out = np.empty(library.dimension, np.float32)
    calls = library.library
    status = calls.imgmatch_image_decode(
        ctypes.byref(image), content, ctypes.c_size_t(len(content)), None, None
    )
    status = status or calls.imgmatch_model_embed(
        out.ctypes.data_as(ctypes.c_void_p), ctypes.c_size_t(len(out)), library.model, image, None
    )
    calls.imgmatch_image_free(image)
    if status:
        raise RuntimeError(f"imgmatch says {status}")
    return out


def encode(pixels, **options):
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, **options)
    return out.getvalue()


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("model")
    parser.add_argument("photos")
    parser.add_argument("--library", required=True)
    arguments = parser.parse_args()
    described = read_manifest(arguments.model)
    library = Library(arguments.library, arguments.model, described["output"]["dimension"])
    names = [
        name
        for name in sorted(os.listdir(arguments.photos))
        if name.lower().endswith((".jpg", ".png"))
    ]
    pictures = [read_small(os.path.join(arguments.photos, name), 4096) for name in names[:PHOTOS]]
    model = read_model(arguments.model)
    side = described["input"]["width"]
    torch_rows = embed(model, (resample(pixels, side) for pixels in pictures), side)
    began = time.perf_counter()
    rows = np.stack([library.embed(pixels) for pixels in pictures])
    milliseconds = (time.perf_counter() - began) / len(pictures) * 1000
    formats = [
        [
            embed_bytes(library, encode(pixels, format="JPEG", quality=92)),
            embed_bytes(library, encode(pixels, format="PNG")),
            embed_bytes(library, encode(pixels, format="WEBP", quality=92)),
        ]
        for pixels in pictures
    ]
    print(f"{len(pictures)} photos, {milliseconds:.1f} ms each, resizing included")
    print(
        f"ONNX Runtime through libimgmatch and PyTorch: cosine at least {(rows * torch_rows).sum(1).min():.6f}"
    )
    lowest = min(float(a @ b) for three in formats for a in three for b in three)
    print(f"JPEG, PNG and WebP of one photo: cosine at least {lowest:.4f}")


if __name__ == "__main__":
    main()
