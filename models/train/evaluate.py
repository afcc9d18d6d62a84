"""Measures an exported model on photos that were never trained on, through libimgmatch.

usage: evaluate.py SETTINGS MODEL OUT --library libimgmatch.so [--catalogue FOLDER]
       [--held-out PACK] [--grocery FOLDER] [--covers FOLDER]

MODEL is a folder with manifest.json. --catalogue: a folder of product photos; 2,800 of them are
references, others are distractors (altered, too) and filling of collages. Figures by kind and
strength go to OUT/catalogue.csv, the totals to OUT/summary.json. --held-out: the same of the
photos that prepare.py held out of training, half of them references, to OUT/held_out.csv.
--grocery: the Grocery Store Dataset (natural test photo -> iconic photo of its class). --covers:
folders Reference, Canon, Droid, E63, Palm of covers with equal names. One view of each query,
cosine only. Distractors are in no reference; every pair with one of a query's ten best references
counts as a prediction. "beside_next" has the same kinds by the similarity less a half of the
highest of the other references'.
"""

import argparse
import csv
import json
import os
import zlib

import numpy as np

import augment
from evaluate_sets import measure, recall_at_precision
from features import Library, map_all
from overlays import Overlays
from photos import Photos, stretch
from prepare import read_small

REFERENCES, DISTRACTORS, PER_CELL, KEPT = 2800, 1800, 20, 10
HELD_OUT_REFERENCES, HELD_OUT_DISTRACTORS = 0.5, 0.35  # Of the photos; the rest fills collages.
NEXT_WEIGHT = 0.5
TWIN_RMS = 3.0  # Grey levels, on 12 x 12 pixels.
PHONES = ["Canon", "Droid", "E63", "Palm"]


def pairs_measure(similar, expected):
    """micro-AP and recall at 99% precision over all pairs of a query and its ten best references."""
    top = np.argpartition(-similar, KEPT, axis=1)[:, :KEPT]
    score = np.take_along_axis(similar, top, 1).ravel()
    hit = (top == expected[:, None]).ravel()
    order = np.lexsort((hit, -score))
    hit, total = hit[order], int((expected >= 0).sum())
    precision = np.cumsum(hit) / np.arange(1, len(hit) + 1)
    return {
        "pairs_micro_ap": float((precision * hit).sum() / total),
        "pairs_recall_at_99_precision": float(recall_at_precision(hit, total, 0.99)),
    }


def measure_all(similar, expected):
    return {**measure(similar, expected), **pairs_measure(similar, expected)}


def beside_next(similar):
    rows = np.arange(len(similar))
    best = similar.argmax(1)
    others = np.repeat(similar.max(1)[:, None], similar.shape[1], 1)
    others[rows, best] = np.partition(similar, -2, axis=1)[:, -2]
    return similar - NEXT_WEIGHT * others


def without_twins(read, count):
    """Photo numbers, leaving out those that show the same as an earlier one.

    Catalogues list one photo under several ids. A query or distractor made from such a photo would
    have a right answer that counts as wrong. The rule looks at pixels only, at no model.
    """
    rows = (
        np.stack([stretch(read(index), 12) for index in range(count)])
        .reshape(count, -1)
        .astype(np.float32)
    )
    squares = (rows * rows).sum(1)
    kept = np.ones(count, bool)
    for index in range(1, count):
        distances = squares[:index] + squares[index] - 2 * (rows[:index] @ rows[index])
        kept[index] = (distances[kept[:index]] > rows.shape[1] * TWIN_RMS**2).all()
    return np.flatnonzero(kept)


def make_queries(kinds, references, distractors):
    """(photo number, kind, strength name, strength, expected reference or -1) of every query. The
    first photos are the references, the next ones the distractors."""
    queries = []
    for kind in kinds:
        for label, strength in augment.STRENGTHS.items():
            for repeat in range(PER_CELL):
                rng = np.random.default_rng(zlib.crc32(f"{kind} {label} {repeat}".encode()))
                reference = int(rng.integers(references))
                queries.append((reference, kind, label, strength, reference))
    rng = np.random.default_rng(7)
    for number in range(distractors):
        label = list(augment.STRENGTHS)[int(rng.integers(3))]
        queries.append(
            (references + number, str(rng.choice(kinds)), label, augment.STRENGTHS[label], -1)
        )
    return queries


def catalogue(library, folder, settings, table):
    names = sorted(
        name for name in os.listdir(folder) if name.lower().endswith((".jpg", ".jpeg", ".png"))
    )
    names = [names[index] for index in np.random.default_rng(11).permutation(len(names))]
    kept = without_twins(
        lambda index: read_small(os.path.join(folder, names[index]), 4096), len(names)
    )
    print(f"{len(names)} photos, {len(kept)} without twins", flush=True)
    names = [names[index] for index in kept]
    read = lambda index: read_small(os.path.join(folder, names[index]), 4096)
    return benchmark(library, read, (REFERENCES, DISTRACTORS, len(names)), settings, table)


def held_out(library, pack, settings, table):
    """Of a photo and its cut-out on white, one is taken."""
    photos = Photos(pack)
    rng = np.random.default_rng(5)
    chosen = {}
    for index in photos.select(validation=True):
        row = photos.rows[index]
        if row["name"] not in chosen or (row["cut"] and rng.random() < 0.5):
            chosen[row["name"]] = index
    chosen = list(chosen.values())
    chosen = [chosen[index] for index in rng.permutation(len(chosen))]
    references = int(HELD_OUT_REFERENCES * len(chosen))
    distractors = int(HELD_OUT_DISTRACTORS * len(chosen))
    print(f"{references} references, {distractors} distractors held out", flush=True)
    read = lambda index: photos.get(chosen[index])
    return benchmark(library, read, (references, distractors, len(chosen)), settings, table)


def benchmark(library, read, counts, settings, table):
    """Altered copies of the first photos and altered strangers among these references; `counts` are
    those of references, distractors, and all photos. Figures by kind go to the file `table`."""
    references, distractors, photos = counts
    kinds = list(augment.KINDS) + list(augment.HELD_OUT)
    queries = make_queries(kinds, references, distractors)
    fill = list(range(references + distractors, photos))
    world = augment.World(
        lambda r: read(fill[int(r.integers(len(fill)))]), Overlays(settings["fonts"])
    )

    def embed_query(number):
        photo, kind, _, strength, _ = queries[number]
        rng = np.random.default_rng([13, number])
        return library.embed(augment.apply(kind, read(photo), strength, rng, world))

    workers = settings["projection"]["workers"]
    known = map_all(lambda index: library.embed(read(index)), references, workers)
    similar = map_all(embed_query, len(queries), workers) @ known.T
    expected = np.array([query[4] for query in queries])
    distractor = expected < 0
    held = np.array([query[1] in augment.HELD_OUT for query in queries])
    figures = {}
    for name, kept in (
        ("trained_kinds", ~held | distractor),
        ("held_out_kinds", held | distractor),
        ("all_kinds", np.ones(len(held), bool)),
    ):
        figures[name] = measure_all(similar[kept], expected[kept])
    trained = ~held | distractor
    figures["trained_kinds_beside_next"] = measure_all(
        beside_next(similar[trained]), expected[trained]
    )
    write_cells(table, similar, queries, figures["all_kinds"])
    return figures


def write_cells(path, similar, queries, totals):
    """Recall by kind and strength; the threshold is the one that gives 99% precision over all."""
    expected = np.array([query[4] for query in queries])
    best, score = similar.argmax(1), similar.max(1)
    hit = best == expected
    order = np.lexsort((hit, -score))
    precision = np.cumsum(hit[order]) / np.arange(1, len(order) + 1)
    good = np.flatnonzero(precision >= 0.99)
    threshold = float(score[order][good[-1]]) if len(good) else 2.0
    totals["threshold_at_99_precision"] = threshold
    with open(path, "w", newline="", encoding="ascii") as file:
        writer = csv.writer(file)
        writer.writerow(["kind", "strength", "queries", "recall_at_1", "recall_at_99_precision"])
        for kind, label in dict.fromkeys((query[1], query[2]) for query in queries):
            cell = np.array(
                [query[1] == kind and query[2] == label and query[4] >= 0 for query in queries]
            )
            writer.writerow(
                [
                    kind,
                    label,
                    int(cell.sum()),
                    f"{hit[cell].mean():.2f}",
                    f"{(hit & (score >= threshold))[cell].mean():.2f}",
                ]
            )


def grocery(library, folder, workers):
    """Natural photos of test.txt to the one iconic photo of each class."""
    with open(os.path.join(folder, "classes.csv"), encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    icons = [
        read_small(os.path.join(folder, row["Iconic Image Path (str)"].lstrip("/")), 4096)
        for row in rows
    ]
    numbers = np.array([int(row["Class ID (int)"]) for row in rows])
    with open(os.path.join(folder, "test.txt"), encoding="utf-8") as file:
        tests = [line.split(",") for line in file if line.strip()]
    known = map_all(lambda index: library.embed(icons[index]), len(icons), workers)
    asked = map_all(
        lambda index: library.embed(
            read_small(os.path.join(folder, tests[index][0].strip()), 4096)
        ),
        len(tests),
        workers,
    )
    ranked = numbers[np.argsort(-(asked @ known.T), 1)]
    hits = ranked == np.array([int(test[1]) for test in tests])[:, None]
    return {
        "queries": len(tests),
        "references": len(icons),
        "recall_at_1": float(hits[:, 0].mean()),
        "recall_at_5": float(hits[:, :5].any(1).mean()),
    }


def covers(library, folder, workers):
    names = sorted(os.listdir(os.path.join(folder, "Reference")))
    rows = {
        group: map_all(
            lambda index: library.embed(
                read_small(os.path.join(folder, group, names[index]), 1024)
            ),
            len(names),
            workers,
        )
        for group in ["Reference", *PHONES]
    }
    own = np.arange(len(names))
    return {
        phone: float(((rows[phone] @ rows["Reference"].T).argmax(1) == own).mean())
        for phone in PHONES
    }


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("settings")
    parser.add_argument("model")
    parser.add_argument("out")
    parser.add_argument("--library", required=True)
    parser.add_argument("--catalogue")
    parser.add_argument("--held-out")
    parser.add_argument("--grocery")
    parser.add_argument("--covers")
    arguments = parser.parse_args()
    with open(arguments.settings, encoding="utf-8") as file:
        settings = json.load(file)
    with open(os.path.join(arguments.model, "manifest.json"), encoding="utf-8") as file:
        described = json.load(file)
    os.makedirs(arguments.out, exist_ok=True)
    library = Library(arguments.library, arguments.model, described["output"]["dimension"])
    workers = settings["projection"]["workers"]
    summary = {"model": described["sha256"]}
    if arguments.grocery:
        summary["grocery"] = grocery(library, arguments.grocery, workers)
    if arguments.covers:
        summary["covers"] = covers(library, arguments.covers, workers)
    if arguments.catalogue:
        table = os.path.join(arguments.out, "catalogue.csv")
        summary["catalogue"] = catalogue(library, arguments.catalogue, settings, table)
    if arguments.held_out:
        table = os.path.join(arguments.out, "held_out.csv")
        summary["held_out"] = held_out(library, arguments.held_out, settings, table)
    with open(os.path.join(arguments.out, "summary.json"), "w", encoding="ascii") as file:
        json.dump(summary, file, indent=2)
    print(json.dumps(summary, indent=2))


if __name__ == "__main__":
    main()
