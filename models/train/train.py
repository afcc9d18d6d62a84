"""Trains the network to tell altered copies from other photos.

usage: train.py SETTINGS PACK OUT --start WEIGHTS [--from MODEL] [--minutes N]

Every step takes photos that look alike (neighbours in the start network's space), makes a clean and
an altered view of each, and asks that the altered one finds its own clean one among all the others
and among a memory of earlier ones (InfoNCE). The clean views are embedded by the average of the
network over its last steps, the teacher (He et al. 2020, "MoCo"): so the memory holds embeddings
that the network of now could have made, and half of the work is forward only. An entropy term
pushes each photo away from its nearest other photo, which makes one threshold mean the same
everywhere (Pizzi et al. 2022, "SSCD"). OUT gets log.csv, checkpoint.pt and best.pt, the one with
the best validation; run again with the same OUT to go on from the last. With --from a new run begins
where the one behind an exported model ended.
"""

import argparse
import copy
import csv
import json
import math
import os
import time

import cv2
import numpy as np
import torch
import torch.nn.functional as F

from augment import World, chain
from network import (
    Embedder,
    load_start,
    normalise,
    read_checkpoint,
    set_projection,
    whitening,
    with_norms,
    without_norms,
)
from overlays import Overlays
from photos import Photos, embed, stretch
from prepare import is_validation
from published import read_manifest, read_model

NEAREST = 24
NORM_BATCHES = 8
TEACHER_EVERY = 4  # Steps between two copies of the average into the teacher.
VALIDATION_PHOTOS = 500


class Views(torch.utils.data.Dataset):
    """Batch number -> (photo numbers, clean-ish views, altered views), the same in every run."""

    def __init__(self, settings, photos, picked, scenery, neighbours):
        self.settings = settings
        self.photos = photos
        self.picked = picked
        self.scenery = scenery
        self.neighbours = neighbours
        self.twins = find_twins(photos.groups(picked))
        self.overlays = None

    def __len__(self):
        return self.settings["train"]["steps"]

    def choose(self, rng):
        """Some seeds, and for each of them photos that look like it."""
        train = self.settings["train"]
        chosen = []
        while len(chosen) < train["photos_per_batch"]:
            seed = int(rng.integers(len(self.picked)))
            near = [seed] + [int(n) for n in rng.permutation(self.neighbours[seed]) if n >= 0]
            chosen += [n for n in near[: train["neighbours_per_seed"]] if n not in chosen]
        return chosen[: train["photos_per_batch"]]

    def __getitem__(self, number):
        cv2.setNumThreads(0)
        if self.overlays is None:
            self.overlays = Overlays(self.settings["fonts"])
        train = self.settings["train"]
        # A run that goes on from another one draws batches that it has not seen.
        rng = np.random.default_rng([self.settings["seed"], train["first_batch"] + number])
        world = World(
            lambda r: self.photos.get(self.scenery[int(r.integers(len(self.scenery)))]),
            self.overlays,
        )
        chosen = self.choose(rng)
        clean, altered = [], []
        for index in chosen:
            pixels = self.photos.get(self.picked[index])
            light = (
                pixels if rng.random() < train["clean_share"] else chain(pixels, rng, world, 1, 0.5)
            )
            clean.append(stretch(light, train["side"]))
            if self.twins[index] >= 0 and rng.random() < train["twin_share"]:
                pixels = self.photos.get(self.picked[self.twins[index]])
            altered.append(stretch(chain(pixels, rng, world), train["side"]))
        return (
            torch.tensor(chosen),
            torch.from_numpy(np.stack(clean)),
            torch.from_numpy(np.stack(altered)),
        )


def find_twins(groups):
    """For each row the other row of its group (a photo's cut-out, or the photo of a cut-out), or -1."""
    rows, out = {}, np.full(len(groups), -1)
    for row, group in enumerate(groups):
        if group in rows:
            out[row], out[rows[group]] = rows[group], row
        rows[group] = row
    return out


def find_neighbours(embeddings, start, duplicate):
    """For each row the nearest others that the start network does not take for duplicates; -1 where
    there are fewer."""
    rows, start = torch.from_numpy(embeddings), torch.from_numpy(start)
    out = np.full((len(rows), NEAREST), -1, np.int64)
    for first in range(0, len(rows), 512):
        part = slice(first, first + 512)
        similar = rows[part] @ rows.T
        similar[start[part] @ start.T > duplicate] = -1
        out[part] = similar.topk(NEAREST, 1).indices.numpy()
    return out


def contrast(altered, clean, numbers, memory, memory_numbers, start, groups, train):
    """InfoNCE from altered to clean and back, with the memory as further negatives, and the entropy
    term. `clean` and `memory` are the teacher's.

    Pairs of different photos that the start network takes for duplicates count for nothing, and
    neither does a photo beside its own cut-out.
    """
    known = torch.cat([clean, memory])
    known_numbers = torch.cat([numbers, memory_numbers])
    same = (start[numbers] @ start[known_numbers].T) > train["duplicate_similarity"]
    own = torch.eye(len(numbers), len(known_numbers), dtype=torch.bool, device=clean.device)
    same = (same | (groups[numbers][:, None] == groups[known_numbers][None])) & ~own
    target = torch.arange(len(numbers), device=clean.device)
    similar = altered @ known.T
    forth = (similar / train["temperature"]).masked_fill(same, -1e4)
    small = same[:, : len(numbers)]
    back = (clean @ altered.T / train["temperature"]).masked_fill(small, -1e4)
    # Two altered photos must stay apart as well.
    across = (altered @ altered.T / train["temperature"]).masked_fill(
        small | own[:, : len(numbers)], -1e4
    )
    loss = F.cross_entropy(torch.cat([forth, across], 1), target) + F.cross_entropy(back, target)
    distances = (2 - 2 * similar).masked_fill(same | own, 9.0).clamp(min=1e-6).sqrt()
    entropy = -(distances.min(1).values + 1e-4).log().mean()
    return loss / 2, entropy


def split_scenery(photos, picked, share):
    """(photos to learn, photos that only stand beside and behind them).

    A photo that a collage shows beside another one must be in no batch and no memory: the collage would
    be taught to be far from what it shows.
    """
    aside = [is_validation(photos.rows[index]["name"] + " scenery", share) for index in picked]
    learned = [index for index, kept in zip(picked, aside) if not kept]
    return learned, [index for index, kept in zip(picked, aside) if kept]


def rate_at(step, train, spent):
    """Warm up, then a cosine down to a fiftieth at the last step or when `spent` (0..1) is 1."""
    if step < train["warmup_steps"]:
        return (step + 1) / train["warmup_steps"]
    at = (step - train["warmup_steps"]) / max(1, train["steps"] - train["warmup_steps"])
    at = max(at, spent)
    return 0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * min(1, at)))


class Validation:
    """Clean and altered views of photos that are not trained on, made once."""

    def __init__(self, settings, photos, count=VALIDATION_PHOTOS):
        rng = np.random.default_rng(settings["seed"] + 1)
        picked = [
            index
            for index in photos.select(validation=True)
            if not photos.rows[index]["cut"] or rng.random() < 0.5
        ]
        # Of a photo and its cut-out only one.
        picked = list({photos.rows[index]["name"]: index for index in picked}.values())
        picked = [picked[index] for index in rng.permutation(len(picked))]
        # The others are what queries are pasted into and put beside: of one that shows a reference, too,
        # that would be a right answer.
        used = min(count * 3, len(picked) * 7 // 8)
        picked, scenery = picked[:used], picked[used:]
        world = World(
            lambda r: photos.get(scenery[int(r.integers(len(scenery)))]),
            Overlays(settings["fonts"]),
        )
        # A third are references with queries, the rest references only.
        self.clean = [photos.get(index) for index in picked]
        queries = self.clean[:count]
        self.altered = [chain(pixels, rng, world) for pixels in queries]

    def measure(self, model, side, device):
        """(recall@1, micro-AP of the best match of each query)."""
        clean = embed(model, self.clean, side, device)
        found = embed(model, self.altered, side, device) @ clean.T
        best, right = found.max(1), found.argmax(1) == np.arange(len(found))
        order = np.argsort(-best)
        hits = right[order]
        precision = np.cumsum(hits) / np.arange(1, len(hits) + 1)
        return float(right.mean()), float((precision * hits).sum() / len(hits))


def find_alike(settings, photos, picked, model, exported, out, device):
    """What a run needs to know of all training photos, kept in OUT/start.npz: their embeddings by
    the start network (`rows`), which say what is a duplicate; who looks like whom (`near`); and
    the projection that training begins with."""
    path = os.path.join(out, "start.npz")
    made_from = read_manifest(exported)["sha256"] if exported else ""
    if os.path.exists(path):
        known = np.load(path)
        if str(known["made_from"]) != made_from:
            raise ValueError(f"{out}: begun from another model; use another folder")
        return known
    if exported and settings["train"]["first_batch"] <= 0:
        raise ValueError("--from repeats old batches; set train.first_batch in the settings")
    train, dimension = settings["train"], settings["dimension"]

    def pictures():
        return (photos.get(index) for index in picked)

    features = embed(model, pictures(), train["start_side"], device, pooled=True)
    matrix, offset = whitening(features, dimension, train["start_shrink"])
    rows = features @ matrix.T.astype(np.float32) + offset.astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    alike = rows
    if exported:
        # What the trained network confuses is harder than what the start network does.
        own = read_model(exported).to(device)
        alike = embed(own, pictures(), train["side"], device)
        matrix, offset = (part.detach().cpu().numpy() for part in own.projection.parameters())
    near = find_neighbours(alike, rows, train["duplicate_similarity"])
    scale = 1.0 / np.sqrt(dimension)  # Keeps the projection's weights small.
    np.savez(
        path,
        rows=rows,
        near=near,
        matrix=matrix * scale,
        offset=offset * scale,
        made_from=made_from,
    )
    return np.load(path)


@torch.no_grad()
def undo_average(model, exported, share):
    """Fill the trunk of `model`, which holds the start network, with what was trained before
    export.py averaged it with the start network (of which it took `share`)."""
    own = read_model(exported).trunk.parameters()
    for value, mean in zip(model.trunk.parameters(), own, strict=True):
        value.mul_(-share).add_(mean.to(value.device)).div_(1 - share)


def prepare(settings, photos, arguments, device):
    """The network that training begins with, and the training photos: their numbers, those of the
    scenery, who looks like whom, and their embeddings by the start network."""
    picked, scenery = split_scenery(
        photos, photos.select(validation=False), settings["train"]["scenery_share"]
    )
    model = Embedder(settings["dimension"]).to(device, memory_format=torch.channels_last)
    load_start(model, arguments.start)
    start = find_alike(settings, photos, picked, model, arguments.exported, arguments.out, device)
    if arguments.exported:
        undo_average(model, arguments.exported, settings["export"]["start_share"])
    set_projection(model, start["matrix"], start["offset"])
    return model, picked, scenery, start["near"], torch.from_numpy(start["rows"]).to(device)


def write(saved, path):
    torch.save(saved, path + ".new")
    os.replace(path + ".new", path)


class Run:
    """Everything that a checkpoint has to hold."""

    def __init__(self, settings, model, out):
        train = settings["train"]
        self.train, self.model, self.path = train, model, os.path.join(out, "checkpoint.pt")
        self.averaged = copy.deepcopy(model).requires_grad_(False)
        model.trunk[: train["frozen_layers"]].requires_grad_(False)
        kept = list(model.trunk[train["frozen_layers"] :].parameters())
        groups = [
            {"params": [part for part in kept if part.dim() > 1], "rate": train["rate_trunk"]},
            {
                "params": [part for part in kept if part.dim() == 1],
                "rate": train["rate_trunk"],
                "weight_decay": 0.0,  # Norms and offsets: pulling them to 0 undoes the start.
            },
            {"params": model.projection.parameters(), "rate": train["rate_projection"]},
        ]
        self.optimiser = torch.optim.AdamW(
            groups, lr=train["rate_trunk"], weight_decay=train["weight_decay"], betas=(0.9, 0.98)
        )
        self.step, self.best = 0, 0.0
        if os.path.exists(self.path):
            saved = read_checkpoint(self.path)
            model.load_state_dict(saved["model"])
            self.optimiser.load_state_dict(saved["optimiser"])
            self.averaged.load_state_dict(saved["average"])
            self.step, self.best = saved["step"], saved.get("best", 0.0)

    def save(self, micro_ap):
        saved = {
            "model": self.model.state_dict(),
            "average": self.averaged.state_dict(),
            "folded": without_norms(self.averaged).state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "step": self.step,
            "best": max(micro_ap, self.best),
        }
        write(saved, self.path)
        if micro_ap > self.best:
            self.best = micro_ap
            write(saved, os.path.join(os.path.dirname(self.path), "best.pt"))

    def update(self, loss, spent):
        for group in self.optimiser.param_groups:
            group["lr"] = group["rate"] * rate_at(self.step, self.train, spent)
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), self.train["clip_gradient"])
        self.optimiser.step()
        decay = min(self.train["average_decay"], (1 + self.step) / (10 + self.step))
        averaged = self.averaged.state_dict()
        for name, value in self.model.state_dict().items():
            if value.is_floating_point():
                averaged[name].mul_(decay).add_(value.detach(), alpha=1 - decay)
        self.step += 1


def teacher_of(run):
    return without_norms(run.averaged).to(memory_format=torch.channels_last)


def validate(run, settings, validation, device):
    return validation.measure(teacher_of(run), settings["train"]["side"], device)


def loop(settings, run, views, start, groups, validation, out, device, minutes):
    train = settings["train"]
    memory = torch.empty(0, settings["dimension"], device=device)
    memory_numbers = torch.empty(0, dtype=torch.long, device=device)
    steps = range(run.step, train["steps"])
    loader = torch.utils.data.DataLoader(
        views, batch_size=None, sampler=steps, num_workers=train["workers"], prefetch_factor=4
    )
    log = open(os.path.join(out, "log.csv"), "a", newline="", encoding="ascii")
    writer = csv.writer(log)
    if run.step == 0:
        writer.writerow(["step", "seconds", "loss", "entropy", "recall_at_1", "micro_ap"])
        writer.writerow(
            [
                0,
                0,
                "",
                "",
                *(f"{value:.4f}" for value in validate(run, settings, validation, device)),
            ]
        )
        log.flush()
    sums, teacher = [], None
    began = time.time()
    for numbers, clean, altered in loader:
        numbers = numbers.to(device)
        if teacher is None or run.step % TEACHER_EVERY == 0:
            teacher = teacher_of(run)
        with torch.no_grad():
            first = teacher(normalise(clean.to(device)))
        second = run.model(normalise(altered.to(device)), train["frozen_layers"])
        loss, entropy = contrast(
            second, first, numbers, memory, memory_numbers, start, groups, train
        )
        spent = (time.time() - began) / (minutes * 60) if minutes else 0.0
        run.update(loss + train["entropy_weight"] * entropy, spent)
        memory = torch.cat([first, memory])[: train["memory"]]
        memory_numbers = torch.cat([numbers, memory_numbers])[: train["memory"]]
        sums.append((float(loss), float(entropy)))
        late = spent >= 1
        if run.step % train["checkpoint_every"] == 0 or run.step == train["steps"] or late:
            figures = validate(run, settings, validation, device)
            row = [
                run.step,
                round(time.time() - began),
                *(f"{value:.4f}" for value in (*np.mean(sums, 0), *figures)),
            ]
            writer.writerow(row)
            log.flush()
            print(*row, flush=True)
            sums.clear()
            run.save(figures[1])
        if late:
            break
    log.close()


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("settings")
    parser.add_argument("pack")
    parser.add_argument("out")
    parser.add_argument("--start", required=True)
    parser.add_argument("--from", dest="exported")
    parser.add_argument("--minutes", type=float)
    arguments = parser.parse_args()
    with open(arguments.settings, encoding="utf-8") as file:
        settings = json.load(file)
    os.makedirs(arguments.out, exist_ok=True)
    torch.manual_seed(settings["seed"])
    torch.set_num_threads(settings["train"]["threads"])
    torch.set_flush_denormal(True)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    photos = Photos(arguments.pack)
    model, picked, scenery, near, start = prepare(settings, photos, arguments, device)
    groups = photos.groups(picked)
    # A photo's cut-out is no example of another photo that looks like it.
    near = np.where(groups[near] == groups[:, None], -1, near)
    groups = torch.from_numpy(groups).to(device)
    views = Views(settings, photos, picked, scenery, near)
    batches = (normalise(torch.cat(views[number][1:]).to(device)) for number in range(NORM_BATCHES))
    with_norms(model, settings["train"]["frozen_layers"], batches).train()
    run = Run(settings, model, arguments.out)
    loop(
        settings,
        run,
        views,
        start,
        groups,
        Validation(settings, photos),
        arguments.out,
        device,
        arguments.minutes,
    )


if __name__ == "__main__":
    main()
