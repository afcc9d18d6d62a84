"""The packed photos (see prepare.py) and the preparation that the C library gives a photo."""

import json
import os

import numpy as np
import torch
from PIL import Image

from network import to_tensor


class Photos:
    def __init__(self, folder):
        with open(os.path.join(folder, "photos.json"), encoding="utf-8") as file:
            self.rows = json.load(file)
        self.pixels = np.memmap(os.path.join(folder, "photos.bin"), np.uint8, "r")

    def __len__(self):
        return len(self.rows)

    def get(self, index):
        row = self.rows[index]
        size = row["height"] * row["width"] * 3
        part = self.pixels[row["offset"] : row["offset"] + size]
        return np.array(part).reshape(row["height"], row["width"], 3)

    def groups(self, picked):
        """One number for a photo and its cut-out: they are not to be told apart."""
        numbers = {}
        return np.array(
            [numbers.setdefault(self.rows[index]["name"], len(numbers)) for index in picked]
        )

    def select(self, validation):
        return [index for index, row in enumerate(self.rows) if row["validation"] == validation]


def stretch(pixels, side):
    """To side x side with a triangle filter, as "stretch-triangle" in the manifest."""
    return np.asarray(Image.fromarray(pixels).resize((side, side), Image.BILINEAR))


@torch.no_grad()
def embed(model, pictures, side, device="cpu", pooled=False, batch=32):
    """Embeddings (or pooled features) of an iterable of pixel arrays, as float32 rows."""
    out, waiting = [], []

    def flush():
        x = to_tensor(waiting).to(device)
        out.append((model.pool(x) if pooled else model(x)).cpu().numpy())
        waiting.clear()

    for pixels in pictures:
        waiting.append(stretch(pixels, side))
        if len(waiting) == batch:
            flush()
    if waiting:
        flush()
    return np.concatenate(out)
