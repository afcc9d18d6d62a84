#!/usr/bin/env python3
"""Fit the score: logistic regression on what imgmatch-score-inputs prints, written as a C header.

usage: fit.py QUERIES.tsv FAST.tsv VERIFIED.tsv HEADER

FAST.tsv and VERIFIED.tsv are printed by imgmatch-score-inputs with efforts fast and standard for
all of QUERIES.tsv's photos. No weight but the bias may be negative: more evidence never lowers a
score. A fifth of the sources is held out and reported; the weights are fitted on the rest.
"""

import pathlib
import sys

import numpy as np

INPUTS = [
    "bias",
    "hash",
    "similarity",
    "similarity_squared",
    "inliers",
    "explained",
    "spread",
    "correlation",
    "gradient",
    "cells_agree",
    "cells_median",
    "direct",
    "explained_and_agree",
    "similar_and_agree",
    "hash_and_agree",
]
FAST_INPUTS = 4
# The collections hold many photos twice: as another crop, cut out, mirrored. Between unaltered
# photos any of these is taken for that: PDQ's own threshold, or 15 inliers that explain much.
DUPLICATE_DISTANCE = 31
DUPLICATE_INLIERS = np.log1p(15) / np.log1p(60)
DUPLICATE_EXPLAINED = 0.25
DUPLICATE_SIMILARITY = 0.9
PENALTY = 1e-4
HELD_OUT = 5


def read_queries(path):
    with open(path, encoding="utf-8") as file:
        rows = [line.rstrip("\n").split("\t") for line in file]
    return {row[0]: (row[1], row[2]) for row in rows}


def source_of(path):
    return pathlib.Path(path).name.split("-")[0]


def read_inputs(path, queries):
    """Rows (photo, source, id, expected, kind, distance, similarity, inputs)."""
    rows = []
    with open(path, encoding="utf-8") as file:
        for line in file:
            fields = line.rstrip("\n").split("\t")
            name = "queries/" + pathlib.Path(fields[0]).name
            expected, kind = queries[name]
            rows.append(
                (
                    name,
                    source_of(name),
                    fields[1],
                    expected,
                    kind,
                    int(fields[3]),
                    float(fields[2]),
                    np.array(fields[5:], float),
                )
            )
    return rows


def duplicates(rows):
    """Pairs of (source, reference) that are the same photo under two names."""
    same = set()
    for _, source, reference, expected, kind, distance, similarity, inputs in rows:
        if kind != "clean" or reference == expected:
            continue
        aligned = (
            inputs[INPUTS.index("inliers")] >= DUPLICATE_INLIERS
            and inputs[INPUTS.index("explained")] >= DUPLICATE_EXPLAINED
        )
        if 0 <= distance <= DUPLICATE_DISTANCE or aligned or similarity >= DUPLICATE_SIMILARITY:
            same.add((source, reference))
    return same


def fit(x, y, weights):
    """Projected gradient with momentum on the penalised likelihood; x's first column is 1."""
    w = np.zeros(x.shape[1])
    speed = np.zeros_like(w)
    step = 4.0 / np.linalg.eigvalsh((x * weights[:, None]).T @ x / weights.sum())[-1]
    for iteration in range(20000):
        ahead = w + 0.9 * speed
        p = 1 / (1 + np.exp(-np.clip(x @ ahead, -50, 50)))
        gradient = x.T @ (weights * (p - y)) / weights.sum()
        gradient[1:] += PENALTY * ahead[1:]
        new = ahead - step * 0.5 * gradient
        new[1:] = np.maximum(new[1:], 0)
        speed, w = new - w, new
    return w


def report(name, scores, labels, query_count):
    """Recall at full precision on held-out queries, and how well scores mean what they say."""
    positive, negative = scores[labels], scores[~labels]
    print(f"{name}: {labels.sum()} copies, {len(negative)} other pairs, {query_count} queries")
    for cut in (0.5, 0.9, 0.99):
        wrong = (negative >= cut).sum()
        print(f"  score >= {cut}: recall {np.mean(positive >= cut):.4f}, false alerts {wrong}")
    if len(negative):
        top = np.sort(negative)[-min(3, len(negative)) :]
        print(f"  highest wrong scores {top}, recall above them {np.mean(positive > top[-1]):.4f}")


def learn(name, rows, same, columns):
    rows = [
        row
        for row in rows
        if row[4] != "clean" and not (row[2] != row[3] and (row[1], row[2]) in same)
    ]
    x = np.array([row[7] for row in rows])[:, :columns]
    y = np.array([row[2] == row[3] for row in rows])
    held = np.array([int(row[1]) % HELD_OUT == 0 for row in rows])
    # What a user sees is the best match of a query: a query weighs the same however many
    # references were looked at.
    names, counts = np.unique([row[0] for row in rows], return_counts=True)
    per_query = dict(zip(names, counts))
    weights = np.array([1.0 if good else 3.0 / per_query[row[0]] for row, good in zip(rows, y)])
    w = fit(x[~held], y[~held].astype(float), weights[~held])
    scores = 1 / (1 + np.exp(-(x @ w)))
    report(name + ", held out", scores[held], y[held], len({r[0] for r, h in zip(rows, held) if h}))
    for kind in sorted({row[4] for row in rows}):
        chosen = held & y & np.array([row[4] == kind for row in rows])
        if chosen.sum() >= 5:
            print(f"    {kind:14} {np.mean(scores[chosen] >= 0.5):.3f} of {chosen.sum()}")
    wrong = sorted(
        ((s, row) for s, row, good in zip(scores, rows, y) if not good), key=lambda pair: -pair[0]
    )[:12]
    for score, row in wrong:
        print(f"    wrong {score:.4f} {row[0]} ~ {row[2]}")
    return np.concatenate([w, np.zeros(len(INPUTS) - columns)])


def write_header(path, fast, verified):
    def table(name, w):
        numbers = [f"{value:.4f}," for value in w]
        width = max(map(len, numbers))  # As clang-format aligns the comments.
        lines = "".join(
            f"    {number:{width}} /* {label} */\n" for number, label in zip(numbers, INPUTS)
        )
        return f"static const double {name}[IMX_INPUT_COUNT] = {{\n{lines}}};\n"

    text = (
        "/* Written by models/score/fit.py; see score.h. */\n"
        "#ifndef IMX_MATCH_SCORE_WEIGHTS_H\n#define IMX_MATCH_SCORE_WEIGHTS_H\n\n"
        '#include "match/score.h"\n\n'
        "/* Fingerprints alone. */\n" + table("imx_score_weights_fast", fast) + "\n"
        "/* With geometric verification. */\n"
        + table("imx_score_weights_verified", verified)
        + "\n#endif\n"
    )
    pathlib.Path(path).write_text(text, encoding="utf-8")


def main():
    if len(sys.argv) != 5:
        sys.exit(__doc__)
    queries = read_queries(sys.argv[1])
    fast_rows, verified_rows = (read_inputs(path, queries) for path in sys.argv[2:4])
    same = duplicates(verified_rows)
    print(f"{len(same)} pairs are the same photo under two names and left out")
    fast = learn("fast", fast_rows, same, FAST_INPUTS)
    verified = learn("verified", verified_rows, same, len(INPUTS))
    write_header(sys.argv[4], fast, verified)


if __name__ == "__main__":
    main()
