"""Whitens a trained network and writes it as ONNX with its manifest.

usage: export.py SETTINGS PACK OUT [--checkpoint RUN/checkpoint.pt] [--start WEIGHTS]
       export.py SETTINGS PACK OUT --model FOLDER [--shrunk SHRINK]
       both with [--side N]

The whitening is fitted to the clean training photos in PACK and folded into the projection. With
--checkpoint and --start the weights of the trained and of the start network are averaged, the start
network's with the share that SETTINGS name (Wortsman et al. 2022, "Robust fine-tuning of zero-shot
models"): what was learned on one kind of photos then costs less on all others. With --start alone
the untrained start network is exported, with its 1280 features whitened to the dimension; with
--model an exported model is written again as it is, for another side; with --shrunk too, which says
with what shrink it was whitened, it is whitened anew with that of SETTINGS.
Every file is written under another name and renamed, so that a reader never sees half of one.
"""

import argparse
import hashlib
import json
import os

import numpy as np
import torch

import onnx_file
from network import (
    MEAN,
    STD,
    Embedder,
    load_start,
    read_checkpoint,
    set_projection,
    whitening,
)
from photos import Photos, embed
from published import read_model

NAME, VERSION, LICENCE = "imgmatch-1", "1.3", "Apache-2.0"
FITTED_PHOTOS = 3000
LARGEST_UNDONE = 0.9975


def load(settings, checkpoint, start):
    """The start network, that of a checkpoint (its averaged weights), or the mean of both."""
    model = Embedder(settings["dimension"])
    if start:
        load_start(model, start)
    if checkpoint and start:
        # The projection that the training began with belongs to the start network.
        first = np.load(os.path.join(os.path.dirname(checkpoint), "start.npz"))
        set_projection(model, first["matrix"], first["offset"])
    if checkpoint:
        share = settings["export"]["start_share"] if start else 0.0
        trained = read_checkpoint(checkpoint)["folded"]
        for name, value in model.state_dict().items():
            value.mul_(share).add_(trained[name], alpha=1 - share)
    return model.eval().to(memory_format=torch.channels_last)


def clean_features(model, photos, side):
    """Pooled features of clean training photos, to fit a whitening to."""
    picked = photos.select(validation=False)
    step = max(1, len(picked) // FITTED_PHOTOS)
    return embed(model, (photos.get(index) for index in picked[::step]), side, pooled=True)


def projection_of(model):
    return (part.detach().numpy().astype(np.float64) for part in model.projection.parameters())


def directions(features, weight, bias):
    """What the projection makes of the features, at length 1, and their mean length before."""
    projected = features @ weight.T + bias
    lengths = np.linalg.norm(projected, axis=1)
    return projected / lengths[:, None], float(lengths.mean())


def fold_whitening(model, features, shrink, trained):
    """Fit a whitening to `features` and put it into the projection."""
    dimension = model.projection.out_features
    if not trained:
        set_projection(model, *whitening(features, dimension, shrink))
        return
    weight, bias = projection_of(model)
    # The cosine of training ignores the length, so the whitening is fitted to directions. It is
    # folded in by scaling with the mean length: lengths vary little beside it.
    rows, length = directions(features, weight, bias)
    matrix, offset = whitening(rows.astype(np.float32), dimension, shrink)
    set_projection(model, matrix @ weight / length, matrix @ bias / length + offset)


def undo_whitening(model, features, shrink):
    """Give the directions that were whitened with `shrink` their variances back.

    A variance of v times the mean became u = v / ((1 - shrink) v + shrink), which u says about v. The
    largest are cut: where u reaches 1 / (1 - shrink), any v is as good.
    """
    weight, bias = projection_of(model)
    rows, length = directions(features, weight, bias)
    u = np.minimum((rows * length).var(0), LARGEST_UNDONE / (1 - shrink))
    v = shrink * u / (1 - (1 - shrink) * u)
    factors = np.sqrt((1 - shrink) * v / v.mean() + shrink)
    set_projection(model, weight * factors[:, None], bias * factors)


def manifest(content, side, dimension):
    return {
        "name": NAME,
        "version": VERSION,
        "licence": LICENCE,
        "file": f"{NAME}.onnx",
        "sha256": hashlib.sha256(content).hexdigest(),
        "preprocessing_version": 1,
        "input": {
            "name": "image",
            "width": side,
            "height": side,
            "layout": "NCHW",
            "channels": "RGB",
            "resize": "stretch-triangle",
            "mean": MEAN,
            "std": STD,
        },
        "output": {
            "name": "embedding",
            "dimension": dimension,
            "normalised": True,
            "pooling": "in_graph",
            "whitening": None,
        },
        "background": None,
    }


def write(model, side, folder):
    os.makedirs(folder, exist_ok=True)
    network, described = os.path.join(folder, f"{NAME}.onnx"), os.path.join(folder, "manifest.json")
    content = onnx_file.write(network + ".new", model, side, "imgmatch models/train")
    with open(described + ".new", "w", encoding="ascii") as file:
        json.dump(manifest(content, side, model.projection.out_features), file, indent=2)
        file.write("\n")
    os.replace(network + ".new", network)
    os.replace(described + ".new", described)
    return len(content)


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("settings")
    parser.add_argument("pack")
    parser.add_argument("out")
    parser.add_argument("--checkpoint")
    parser.add_argument("--start")
    parser.add_argument("--side", type=int)
    parser.add_argument("--model")
    parser.add_argument("--shrunk", type=float)
    arguments = parser.parse_args()
    if arguments.model and (arguments.checkpoint or arguments.start):
        parser.error("--model goes without --checkpoint and --start")
    if arguments.shrunk is not None and not (arguments.model and 0 < arguments.shrunk < 1):
        parser.error("--shrunk is a number between 0 and 1, and needs --model")
    with open(arguments.settings, encoding="utf-8") as file:
        settings = json.load(file)
    side = arguments.side or settings["export"]["side"]
    if arguments.model:
        model = read_model(arguments.model)
    else:
        model = load(settings, arguments.checkpoint, arguments.start)
    if not arguments.model or arguments.shrunk is not None:
        features = clean_features(model, Photos(arguments.pack), side)
        if arguments.shrunk is not None:
            undo_whitening(model, features, arguments.shrunk)
        shrink = settings["export"]["shrink"]
        fold_whitening(model, features, shrink, trained=arguments.checkpoint or arguments.model)
    size = write(model, side, arguments.out)
    print(f"{arguments.out}: {size} bytes, {side} px, {model.projection.out_features} dimensions")


if __name__ == "__main__":
    main()
