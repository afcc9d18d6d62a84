"""Does it help to subtract how much a query looks like photos that are nobody's reference?

usage: background.py SETTINGS PACK --library libimgmatch.so MODEL

SSCD (Pizzi et al. 2022) normalises a similarity by the mean similarity of the query to its k nearest
in a background set. Half of the validation queries have their reference among the references, half
have not; the background is made of training photos. One row for each k and weight.
"""

import argparse
import json

import numpy as np

from evaluate_sets import FIGURES, measure
from features import Library
from photos import Photos
from train import Validation

BACKGROUND_PHOTOS = 2000
NEAREST = [1, 10, 100]
WEIGHTS = [0.5, 1.0]


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("settings")
    parser.add_argument("pack")
    parser.add_argument("model")
    parser.add_argument("--library", required=True)
    arguments = parser.parse_args()
    with open(arguments.settings, encoding="utf-8") as file:
        settings = json.load(file)
    photos = Photos(arguments.pack)
    validation = Validation(settings, photos)
    library = Library(arguments.library, arguments.model, settings["dimension"])
    clean = np.stack([library.embed(pixels) for pixels in validation.clean])
    altered = np.stack([library.embed(pixels) for pixels in validation.altered])
    picked = photos.select(validation=False)
    picked = picked[:: max(1, len(picked) // BACKGROUND_PHOTOS)]
    background = np.stack([library.embed(photos.get(index)) for index in picked])

    found = altered @ clean.T
    known = len(altered) // 2
    expected = np.where(np.arange(len(altered)) < known, np.arange(len(altered)), -1)
    strangers = np.arange(known, len(altered))
    found[strangers, strangers] = -1.0
    nearest = -np.sort(-(altered @ background.T), axis=1)

    print("| nearest | weight | " + " | ".join(FIGURES) + " |")
    for count, weight in [(0, 0.0)] + [(k, w) for k in NEAREST for w in WEIGHTS]:
        level = nearest[:, :count].mean(1, keepdims=True) if count else 0.0
        figures = measure(found - weight * level, expected)
        row = " | ".join(f"{figures[name]:.3f}" for name in FIGURES)
        print(f"| {count} | {weight} | {row} |", flush=True)


if __name__ == "__main__":
    main()
