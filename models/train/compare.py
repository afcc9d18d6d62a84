"""Compares exported models on the validation photos: the table by which the input size is chosen.

usage: compare.py SETTINGS PACK --library libimgmatch.so [--queries N] MODEL...
"""

import argparse
import json
import os
import time

import numpy as np

from evaluate_sets import FIGURES, measure
from features import Library
from photos import Photos
from train import VALIDATION_PHOTOS, Validation


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("settings")
    parser.add_argument("pack")
    parser.add_argument("models", nargs="+")
    parser.add_argument("--library", required=True)
    parser.add_argument("--queries", type=int, default=VALIDATION_PHOTOS)
    arguments = parser.parse_args()
    with open(arguments.settings, encoding="utf-8") as file:
        settings = json.load(file)
    validation = Validation(settings, Photos(arguments.pack), arguments.queries)
    print("| model | side | " + " | ".join(FIGURES) + " | ms |")
    for folder in arguments.models:
        with open(os.path.join(folder, "manifest.json"), encoding="utf-8") as file:
            described = json.load(file)
        library = Library(arguments.library, folder, described["output"]["dimension"])
        clean = np.stack([library.embed(pixels) for pixels in validation.clean])
        began = time.perf_counter()
        altered = np.stack([library.embed(pixels) for pixels in validation.altered])
        milliseconds = (time.perf_counter() - began) / len(altered) * 1000
        figures = measure(altered @ clean.T, np.arange(len(altered)))
        row = " | ".join(f"{figures[name]:.3f}" for name in FIGURES)
        print(
            f"| {os.path.basename(folder)} | {described['input']['width']} | {row} | {milliseconds:.1f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
