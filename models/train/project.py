#!/usr/bin/env python3
"""Learn the projection on top of a frozen trunk: the recipe for a machine without a GPU.

usage: project.py SETTINGS PACK OUT --library libimgmatch.so --start WEIGHTS [--side N]

Features of clean and altered photos are computed once, by ONNX Runtime, and kept in PACK; then a
linear projection is trained on them with InfoNCE over copies and an entropy (KoLeo) term (Pizzi et
al. 2022), from PCA whitening on. What is best on the validation photos is exported. Figures go to
OUT/projection.csv.
"""

import argparse
import csv
import json
import os

import numpy as np
import torch
import torch.nn.functional as F

import augment
import evaluate_sets
import export
import features
import network
import overlays
from photos import Photos


def draw_features(library, photos, indices, views, settings, seed):
    """(len(indices), 1 + views, 1280): each photo clean, and altered `views` times."""
    world_overlays = overlays.Overlays(settings["fonts"])

    def make(number):
        index, view = indices[number // (views + 1)], number % (views + 1)
        pixels = photos.get(index)
        if view > 0:
            rng = np.random.default_rng([seed, int(index), view])
            world = augment.World(
                lambda r: photos.get(indices[int(r.integers(len(indices)))]), world_overlays
            )
            pixels = augment.chain(pixels, rng, world, most=3 if view % 2 else 1)
        return library.embed(pixels)

    rows = features.map_all(make, len(indices) * (views + 1), settings["projection"]["workers"])
    return rows.reshape(len(indices), views + 1, -1).astype(np.float16)


def cached(path, make):
    if not os.path.exists(path):
        np.save(path + ".new.npy", make())
        os.replace(path + ".new.npy", path)
    return np.load(path)


def koleo(z):
    """Kozachenko-Leonenko: the log of the distance to the nearest other one."""
    with torch.no_grad():
        dots = z @ z.t()
        dots.fill_diagonal_(-1)
        nearest = dots.argmax(1)
    return -(z - z[nearest]).norm(dim=1).clamp(min=1e-4).log().mean()


def loss_of(a, b, options, same):
    """InfoNCE both ways between copies of the same photos; near duplicates do not count."""
    logits = a @ b.t() / options["temperature"]
    logits = logits.masked_fill(same, -1e4)
    target = torch.arange(len(a))
    cross = (F.cross_entropy(logits, target) + F.cross_entropy(logits.t(), target)) / 2
    return cross + options["entropy_weight"] * (koleo(a) + koleo(b)) / 2


class Projection(torch.nn.Module):
    def __init__(self, matrix, offset):
        super().__init__()
        self.linear = torch.nn.Linear(matrix.shape[1], matrix.shape[0])
        with torch.no_grad():
            self.linear.weight.copy_(torch.as_tensor(matrix, dtype=torch.float32))
            self.linear.bias.copy_(torch.as_tensor(offset, dtype=torch.float32))

    def forward(self, x):
        return F.normalize(self.linear(x))


@torch.no_grad()
def project(model, rows):
    flat = torch.from_numpy(rows.reshape(-1, rows.shape[-1]).astype(np.float32))
    return model(flat).numpy().reshape(*rows.shape[:-1], -1)


def validate(model, rows):
    """The first half are references; all are asked for, the second half being strangers."""
    z = project(model, rows)
    half = len(z) // 2
    queries = z[:, 1:].reshape(-1, z.shape[-1])
    expected = np.repeat(np.where(np.arange(len(z)) < half, np.arange(len(z)), -1), z.shape[1] - 1)
    return evaluate_sets.measure(queries @ z[:half, 0].T, expected)


def train(rows, groups, validation, options, dimension, log, seed):
    generator = torch.Generator().manual_seed(seed)
    clean = rows[:, 0].astype(np.float32)
    matrix, offset = network.whitening(clean, dimension, options["shrink"])
    scale = 1.0 / np.linalg.norm(clean @ matrix.T + offset, axis=1).mean()
    model = Projection(matrix * scale, offset * scale)
    best, best_state = -1.0, None
    optimiser = torch.optim.AdamW(
        model.parameters(), options["rate"], weight_decay=options["weight_decay"]
    )
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, options["rate"], options["steps"] + 1)
    data = torch.from_numpy(rows)
    for step in range(options["steps"] + 1):
        if step % options["validate_every"] == 0:
            figures = validate(model, validation)
            log.writerow([step, *(f"{figures[name]:.4f}" for name in evaluate_sets.FIGURES)])
            print(step, figures, flush=True)
            if figures["micro_ap"] > best:
                best, best_state = figures["micro_ap"], {
                    k: v.clone() for k, v in model.state_dict().items()
                }
        chosen = torch.randperm(len(data), generator=generator)[: options["batch"]]
        views = torch.randint(0, data.shape[1], (2, len(chosen)), generator=generator)
        views[1] = torch.where(views[1] == views[0], (views[0] + 1) % data.shape[1], views[1])
        x = data[chosen, 0].float()
        same = x @ x.t() > options["duplicate_similarity"]
        same |= groups[chosen, None] == groups[None, chosen]  # A photo and its cut-out.
        same.fill_diagonal_(False)
        loss = loss_of(
            model(data[chosen, views[0]].float()),
            model(data[chosen, views[1]].float()),
            options,
            same,
        )
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
    model.load_state_dict(best_state)
    return model


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("settings")
    parser.add_argument("pack")
    parser.add_argument("out")
    parser.add_argument("--library", required=True)
    parser.add_argument("--start", required=True)
    parser.add_argument("--side", type=int)
    arguments = parser.parse_args()
    with open(arguments.settings, encoding="utf-8") as file:
        settings = json.load(file)
    options, side = settings["projection"], arguments.side or settings["export"]["side"]
    photos = Photos(arguments.pack)
    rng = np.random.default_rng(settings["seed"])
    library = features.open_trunk(arguments.library, arguments.start, side)

    def sample(validation, count):
        chosen = rng.permutation(photos.select(validation))
        return chosen[:count]

    training, held = sample(False, options["photos"]), sample(True, options["validation_photos"])
    kept = lambda name: os.path.join(arguments.pack, f"features-{name}-{side}.npy")
    validation = cached(
        kept("validation"), lambda: draw_features(library, photos, held, 4, settings, 1)
    )
    rows = cached(
        kept("training"),
        lambda: draw_features(library, photos, training, options["views"], settings, 2),
    )
    os.makedirs(arguments.out, exist_ok=True)
    with open(
        os.path.join(arguments.out, "projection.csv"), "w", newline="", encoding="utf-8"
    ) as file:
        log = csv.writer(file)
        log.writerow(["step", *evaluate_sets.FIGURES])
        groups = torch.from_numpy(photos.groups(training))
        projection = train(
            rows, groups, validation, options, settings["dimension"], log, settings["seed"]
        )
    model = network.Embedder(settings["dimension"])
    network.load_start(model, arguments.start)
    network.set_projection(
        model, projection.linear.weight.detach(), projection.linear.bias.detach()
    )
    print(export.write(model, side, arguments.out), "bytes")


if __name__ == "__main__":
    main()
