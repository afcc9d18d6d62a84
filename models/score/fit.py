#!/usr/bin/env python3
"""Fit the score to what imgmatch-score-inputs prints, as C source.

usage: fit.py QUERIES.tsv FAST.tsv STANDARD.tsv THOROUGH.tsv DOUBLES.tsv SOURCE

The tables are printed by imgmatch-score-inputs with these efforts for QUERIES.tsv's photos; only
STANDARD.tsv needs the unaltered ones, which tell what the collections hold twice. DOUBLES.tsv is of
the catalogue that lists photos twice, with effort standard. Six models come
out (imgmatch/match/score_weights.h says what each is for, score_model.h how they are made). None
falls where one of its inputs rises. A fifth of the sources is held out and reported; the rest is
fitted to.
"""

import pathlib
import sys
from collections import namedtuple

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier

from make_pairs import DOUBLE, LOOK_ALIKE, OTHER_PRINT, VARIANT

INPUTS = [
    "hash",
    "similarity",
    "inliers",
    "explained",
    "cells_median",
    "hash_and_agree",
    "direct",
    "exact_places",
    "unstretched",
    "subject_cells",
    "parts_stay",
    "most_parts_stay",
    "colour_kept",
    "hue_kept",
    "brightness_kept",
    "core_colour_kept",
    "core_brightness_kept",
    "most_colour_kept",
    "toned_colour_kept",
    "textured",
    "coverage",
]
SUFFIXES = "", VARIANT, LOOK_ALIKE, DOUBLE, OTHER_PRINT
KNOTS = [0.0, 0.3, 0.6, 0.85]  # As in score_model.c.
TREES = 150  # As in score_model.h.
DEPTH = 3
SPLITS = 2**DEPTH - 1
RATE = 0.06
LEAST_ROWS = 60  # Of a leaf.
NEVER = 2.0  # A threshold that no input is over.
FAST = ["hash", "similarity"]
HASH = ["hash"]  # Of references of which nothing else is known.
COLOUR = [name for name in INPUTS if name.endswith("_kept")]
SEEN = ["textured", "coverage"]  # How much of the reference, and not how well it fits.
SHOT = [name for name in INPUTS if name not in COLOUR]
# The collections hold many photos twice: as another crop, cut out, mirrored. Between unaltered
# photos any of these is taken for that: PDQ's own threshold, or 15 inliers that explain much.
DUPLICATE_DISTANCE = 31
DUPLICATE_INLIERS = np.log1p(15) / np.log1p(60)
DUPLICATE_EXPLAINED = 0.25
DUPLICATE_SIMILARITY = 0.9
# Kinds that change colours on purpose: they do not show what colours of a copy look like.
RECOLOURING = {"hue", "grey"}
# Of all copies beside all variants, where colours decide which of the two it is: about as many of
# either are told on the held-out pairs.
COPY_WEIGHT = 0.8
PENALTY = 1e-4
HELD_OUT = 5
# Of `fast`: a user sees the best match of a query, and a wrong one counts as much however many were
# looked at.
WRONG_WEIGHT = 3.0
# Of other prints in the trees. There are as many as make_pairs.py is asked for, more than catalogues
# hold. Ranks are the same from 0.2 to 0.6; with more, fewer copies whose print was covered or cut off
# reach 0.5 (86% of all copies of clothes with 0.2, 81% with 0.6), and fewer strangers. Chosen with the
# held-out pairs and the benchmark of clothes that README reports, and so no finding of either.
OTHER_PRINT_WEIGHT = 0.2
# What says how well two photos fit each other, and not how much of them is there.
FIT = ["cells_median", *(n for n in INPUTS[INPUTS.index("subject_cells") :] if n not in SEEN)]
MOVES = ["parts_stay", "most_parts_stay"]
UNKNOWN_STAY = 0.6  # What parts_stay is where moves are not known, as in score.c.
LEAST_RIVALLED = 0.05  # Score under which a match needs no rival to be nothing.
LIKELY_SHOT = 0.3  # Above it a row says something about what is the same in the same shot.

Row = namedtuple("Row", "photo source reference expected kind distance similarity compared inputs")


def read_queries(path):
    with open(path, encoding="utf-8") as file:
        rows = [line.rstrip("\n").split("\t") for line in file]
    return {row[0]: (row[1], row[2]) for row in rows}


def read_inputs(path, queries):
    rows = []
    with open(path, encoding="utf-8") as file:
        for line in file:
            fields = line.rstrip("\n").split("\t")
            name = "queries/" + pathlib.Path(fields[0]).name
            source = pathlib.Path(name).name.split("-")[0]
            rows.append(
                Row(
                    name,
                    source,
                    fields[1],
                    *queries[name],
                    int(fields[3]),
                    float(fields[2]),
                    fields[5] == "1",
                    np.array(fields[6:], float),
                )
            )
    return rows


def family(number):
    """A photo and what was made from it: itself, its variant, its look-alike, its double, the same
    piece in another print."""
    return [f"{number}{suffix}.jpg" for suffix in SUFFIXES]


def duplicates(rows):
    """Pairs of (source, reference) that are the same photo under two names."""
    same = set()
    for row in rows:
        if row.kind != "clean" or row.reference in family(row.source):
            continue
        aligned = (
            row.inputs[INPUTS.index("inliers")] >= DUPLICATE_INLIERS
            and row.inputs[INPUTS.index("explained")] >= DUPLICATE_EXPLAINED
        )
        near = 0 <= row.distance <= DUPLICATE_DISTANCE
        if near or aligned or row.similarity >= DUPLICATE_SIMILARITY:
            number = pathlib.Path(row.reference).stem.rstrip("".join(SUFFIXES))
            same |= {(row.source, name) for name in family(number)}
    return same


def spread(x):
    """Every input as its rises above the knots; the first column is 1."""
    knots = np.array(KNOTS)
    rises = np.maximum(0, x[:, :, None] - knots) / (1 - knots)
    return np.concatenate([np.ones((len(x), 1)), rises.reshape(len(x), -1)], 1)


def loss(x, y, weights, w):
    logits = x @ w
    return (weights * (np.logaddexp(0, logits) - y * logits)).sum() + PENALTY / 2 * (w[1:] @ w[1:])


def descend(gradient, curvature, w):
    """The step that minimises the quadratic model while all but the bias stay non-negative."""
    step = np.zeros_like(w)
    for _ in range(200):
        largest = 0.0
        for j in range(len(w)):
            wanted = step[j] - (gradient[j] + curvature[j] @ step) / curvature[j, j]
            wanted = wanted if j == 0 else max(wanted, -w[j])
            largest = max(largest, abs(wanted - step[j]))
            step[j] = wanted
        if largest < 1e-4:
            break
    return step


def fit(x, y, weights):
    """Newton's method with halving on the penalised likelihood."""
    weights = weights / weights.sum()
    w = np.zeros(x.shape[1])
    penalty = np.full(len(w), PENALTY)
    penalty[0] = 0
    for _ in range(100):
        p = 1 / (1 + np.exp(-x @ w))
        gradient = x.T @ (weights * (p - y)) + penalty * w
        curvature = (x * (weights * np.maximum(p * (1 - p), 1e-6))[:, None]).T @ x
        curvature += np.diag(penalty + 1e-9)
        step, before = descend(gradient, curvature, w), loss(x, y, weights, w)
        while loss(x, y, weights, w + step) > before and np.abs(step).max() > 1e-6:
            step = step / 2
        w = w + step
        if before - loss(x, y, weights, w) < 1e-9:
            break
    return w


class Examples:
    """The rows to learn from, as arrays."""

    def __init__(self, rows, same):
        self.rows = [
            row
            for row in rows
            if row.kind != "clean"
            and (row.reference == row.expected or (row.source, row.reference) not in same)
        ]
        self.inputs = np.array([row.inputs for row in self.rows])
        self.compared = np.array([row.compared for row in self.rows])
        self.copy = np.array([row.reference == row.expected for row in self.rows])
        self.variant = self.shows(VARIANT)
        self.double = self.shows(DOUBLE)
        self.other_print = self.shows(OTHER_PRINT)
        self.weight = np.where(self.other_print, OTHER_PRINT_WEIGHT, 1.0)
        self.held = np.array([int(row.source) % HELD_OUT == 0 for row in self.rows])
        kinds = [row.kind.split("+") for row in self.rows]
        self.kind = np.array([names[0] if len(names) == 1 else "chain" for names in kinds])
        self.recoloured = np.array([not RECOLOURING.isdisjoint(names) for names in kinds])
        self.photo = np.array([row.photo for row in self.rows])
        _, self.query, counts = np.unique(self.photo, return_inverse=True, return_counts=True)
        self.per_query = counts[self.query]

    def shows(self, suffix):
        """Whether the reference is what was made of the query's own photo under this suffix."""
        return np.array([row.reference == f"{row.source}{suffix}.jpg" for row in self.rows])


def fit_curves(inputs, names, labels, weights, used):
    """Curves of the inputs `names`, fitted to the rows `used`; the probabilities of all rows."""
    columns = [INPUTS.index(name) for name in names]
    x = spread(inputs[:, columns])
    w = fit(x[used], labels[used].astype(float), weights[used])
    curves = np.zeros((len(INPUTS), len(KNOTS)))
    curves[columns] = w[1:].reshape(len(columns), -1)
    return (w[0], curves), 1 / (1 + np.exp(-x @ w))


def learn_curves(examples, names, labels, weights, chosen):
    return fit_curves(examples.inputs, names, labels, weights, chosen & ~examples.held)


def rounded_up(threshold):
    """To what the C source has. Upwards, by more than the digits of the tables: many thresholds are
    values that inputs take, and these have to stay below."""
    return np.ceil((threshold + 1e-6) * 1e6) / 1e6


def heap_of(nodes, columns):
    """A tree of DEPTH in heap order. What was not split any more has both halves alike."""
    inputs, thresholds = np.zeros(SPLITS, int), np.full(SPLITS, NEVER)
    leaves = np.zeros(SPLITS + 1)

    def place(node, at):
        if at >= SPLITS:
            leaves[at - SPLITS] = round(node["value"], 5)
            return
        left = right = node
        if not node["is_leaf"]:
            inputs[at] = columns[node["feature_idx"]]
            thresholds[at] = rounded_up(node["num_threshold"])
            left, right = nodes[node["left"]], nodes[node["right"]]
        place(left, 2 * at + 1)
        place(right, 2 * at + 2)

    place(nodes[0], 0)
    return inputs, thresholds, leaves


def answer(model, inputs):
    """The probabilities, as score_model.c has them."""
    bias, trees = model
    log_odds = np.full(len(inputs), bias)
    for chosen, thresholds, leaves in trees:
        at = np.zeros(len(inputs), int)
        for _ in range(DEPTH):
            over = inputs[np.arange(len(inputs)), chosen[at]] > np.float32(thresholds[at])
            at = 2 * at + 1 + over
        log_odds += leaves[at - SPLITS]
    return 1 / (1 + np.exp(-log_odds))


def learn_trees(examples, names, labels, weights, chosen):
    """Trees of the inputs `names`, fitted to what is chosen and not held out; the probabilities of all
    rows."""
    columns = [INPUTS.index(name) for name in names]
    learner = HistGradientBoostingClassifier(
        max_iter=TREES,
        learning_rate=RATE,
        max_depth=DEPTH,
        max_leaf_nodes=SPLITS + 1,
        min_samples_leaf=LEAST_ROWS,
        l2_regularization=1.0,
        monotonic_cst=[1] * len(columns),
        early_stopping=False,
        random_state=0,
    )
    used = chosen & ~examples.held
    learner.fit(examples.inputs[used][:, columns], labels[used], sample_weight=weights[used])
    # There is no public way to the trees; that they say the same is checked below.
    predictors = [round_[0].nodes for round_ in learner._predictors]
    model = (learner._baseline_prediction.item(), [heap_of(nodes, columns) for nodes in predictors])
    probabilities = answer(model, examples.inputs)
    expected = learner.predict_proba(examples.inputs[:, columns])[:, 1]
    assert np.mean(np.abs(probabilities - expected) < 1e-3) > 0.9999
    return model, probabilities


def best_of_queries(examples, scores):
    """For each row, the row of its query's best match."""
    best = {}
    for i, query in enumerate(examples.query):
        if query not in best or scores[i] > scores[best[query]]:
            best[query] = i
    return np.array([best[query] for query in examples.query])


def print_precision(right, known):
    """Of rows by score, which of them are right, and how many could be."""
    precision = np.cumsum(right) / np.arange(1, len(right) + 1)
    recall = np.cumsum(right) / known
    print(f"  micro-AP {(precision * right).sum() / known:.4f}", end="")
    for cut in (0.9, 0.99, 0.999):
        reached = recall[precision >= cut]
        print(f", recall at {cut:.1%} {reached.max() if len(reached) else 0:.3f}", end="")
    print()


def report(name, examples, scores, labels):
    """What a user would see of the held-out queries."""
    best = np.unique(best_of_queries(examples, scores)[examples.held])
    known = np.array([examples.rows[i].expected != "" for i in best])
    order = best[np.argsort(-scores[best], kind="stable")]
    right = labels[order]
    print(f"{name}: {known.sum()} copies and {(~known).sum()} strangers")
    print_precision(right, known.sum())
    for cut in (0.5, 0.9, 0.99):
        hit = (labels[best] & (scores[best] >= cut) & known).sum() / known.sum()
        wrong = (~labels[best] & (scores[best] >= cut) & ~known).sum()
        print(f"  score >= {cut}: {hit:.1%} of the copies, {wrong} of the strangers")
    for kind in sorted(set(examples.kind)):
        chosen = examples.held & labels & (examples.kind == kind)
        if chosen.sum() >= 5:
            print(f"    {kind:14} {np.mean(scores[chosen] >= 0.5):.3f} of {chosen.sum()}")
    for i in [i for i in order if not labels[i]][:12]:
        print(f"    wrong {scores[i]:.4f} {examples.photo[i]} ~ {examples.rows[i].reference}")


def score_of(models, examples):
    """The score of verified matches, each by itself."""
    shot = answer(models["shot"], examples.inputs)
    copy = np.minimum(answer(models["copy"], examples.inputs), shot)
    return np.where(examples.compared, copy, shot * models["kept_prior"])


class Rivalries:
    """Every match beside the best one of its query, as rival.c makes the model's inputs."""

    def __init__(self, examples, scores):
        best = best_of_queries(examples, scores)
        self.inputs = 1 - np.maximum(0, examples.inputs[best] - examples.inputs)
        stay = examples.inputs[:, INPUTS.index(MOVES[0])]
        unknown = (stay == UNKNOWN_STAY) | (stay[best] == UNKNOWN_STAY)
        self.inputs[np.ix_(unknown, [INPUTS.index(name) for name in MOVES])] = 1
        self.best = best
        self.compared = examples.compared & examples.compared[best] & (best != np.arange(len(best)))
        self.best_score = scores[best]
        self.chosen = self.compared & (scores >= LEAST_RIVALLED)

    def weighed(self, scores, probabilities, alike):
        """As rival.c does, where the two lie in one part of the query."""
        left = 1 - self.best_score * (1 - probabilities / alike)
        return np.where(self.compared, scores * left, scores)


def learn_rival(models, doubles, others):
    """Two listings of one photo against all that is found beside a photo that was copied."""
    sets = [doubles, *others.values()]
    scores = [score_of(models, examples) for examples in sets]
    rivalries = [Rivalries(*pair) for pair in zip(sets, scores)]
    one_photo = [doubles.copy | doubles.double] + [np.zeros(len(e.rows), bool) for e in sets[1:]]
    chosen = [rivalries[0].chosen & one_photo[0] & one_photo[0][rivalries[0].best]]
    chosen += [r.chosen & ~e.copy & e.copy[r.best] for r, e in zip(rivalries[1:], sets[1:])]
    print(f"rivals: {chosen[0].sum()} doubles, {sum(c.sum() for c in chosen[1:])} others")
    inputs = np.concatenate([rivalry.inputs for rivalry in rivalries])
    held = np.concatenate([examples.held for examples in sets])
    labels, used = np.concatenate(one_photo), np.concatenate(chosen) & ~held
    weights = np.where(labels, 1 / labels[used].mean(), 1 / (~labels[used]).mean())
    model, probabilities = fit_curves(inputs, FIT, labels, weights, used)
    alike = 1 / (1 + np.exp(-model[0] - model[1].sum()))
    parts = np.split(probabilities, np.cumsum([len(examples.rows) for examples in sets])[:-1])
    weighed = [r.weighed(s, p, alike) for r, s, p in zip(rivalries, scores, parts)]
    for name, examples, before, after in zip(others, sets[1:], scores[1:], weighed[1:]):
        rows = np.flatnonzero(examples.held)
        known = len({examples.photo[i] for i in rows if examples.rows[i].expected})
        print(f"all matches of {name}, held out, without rivals and with them:")
        for shown in (before, after):
            print_precision(examples.copy[rows[np.argsort(-shown[rows], kind="stable")]], known)
    seen = chosen[0] & doubles.held & (scores[0] >= 0.5)
    print(f"doubles, held out: {np.mean(weighed[0][seen] >= 0.5):.1%} of {seen.sum()} kept")
    return model


def learn_all(fast_rows, verified_rows, double_rows, same):
    """`verified_rows` by the name of their effort."""
    out = {}
    fast = Examples(fast_rows, same)
    weights = np.where(fast.copy, 1.0, WRONG_WEIGHT / fast.per_query)
    everything = np.ones(len(weights), bool)
    out["fast"], scores = learn_curves(fast, FAST, fast.copy, weights, everything)
    report("fast, held out", fast, scores, fast.copy)
    out["hash"], scores = learn_curves(fast, HASH, fast.copy, weights, everything)
    report("hash alone, held out", fast, scores, fast.copy)

    verified = Examples([row for rows in verified_rows.values() for row in rows], same)
    everything = np.ones(len(verified.rows), bool)
    out["copy"], _ = learn_trees(verified, INPUTS, verified.copy, verified.weight, everything)
    same_shot = verified.copy | verified.variant | verified.other_print
    out["shot"], shot = learn_trees(verified, SHOT, same_shot, verified.weight, everything)
    chosen = same_shot & (shot >= LIKELY_SHOT) & verified.compared
    # What is known of a photo whose pixels were not compared.
    known = chosen & ~verified.held
    out["kept_prior"] = np.average(verified.copy[known], weights=verified.weight[known])
    shown = {effort: Examples(rows, same) for effort, rows in verified_rows.items()}
    for effort, examples in shown.items():
        scores = score_of(out, examples)
        report(f"{effort}, held out", examples, scores, examples.copy)
        other = examples.other_print & examples.held & examples.compared
        print(f"  score >= 0.5: {np.mean(scores[other] >= 0.5):.1%} of {other.sum()} other prints")
    out["rival"] = learn_rival(out, Examples(double_rows, same), shown)

    chosen &= ~verified.other_print & ~verified.recoloured
    weights = np.where(verified.copy, COPY_WEIGHT / verified.copy[chosen].mean(), 1.0)
    weights = np.where(verified.variant, 1 / verified.variant[chosen].mean(), weights)
    out["colour"], colour = learn_trees(verified, COLOUR, verified.copy, weights, chosen)
    held = chosen & verified.held
    copies, variants = held & verified.copy, held & verified.variant
    print(f"told apart, held out: {np.mean(colour[copies] >= 0.5):.1%} of {copies.sum()} copies,")
    print(f"  {np.mean(colour[variants] < 0.5):.1%} of {variants.sum()} variants")
    return out


def numbers(values, form):
    return ", ".join(form.format(value) for value in values)


def curves_source(name, model):
    bias, curves = model
    lines = ["", f"const imx_score_curves imx_score_{name} = {{", f"    {bias:.4f}, {{"]
    for label, rises in zip(INPUTS, curves):
        lines.append(f"        {{{numbers(np.abs(rises), '{:.4f}')}}}, /* {label} */")
    return lines + ["    }};"]


def trees_source(name, model):
    bias, trees = model
    lines = ["", f"const imx_score_trees imx_score_{name} = {{", f"    {bias:.5f}, {{"]
    for inputs, thresholds, leaves in trees:
        parts = [
            numbers(inputs, "{}"),
            numbers(thresholds, "{:.6f}F"),
            numbers(leaves, "{:.5f}F"),
        ]
        lines.append("        {" + ", ".join(f"{{{part}}}" for part in parts) + "},")
    return lines + ["    }};"]


def write_source(path, models):
    names = "\n".join(f" *  {number:2} {name}" for number, name in enumerate(INPUTS))
    lines = [
        "/*",
        " * Written by models/score/fit.py; see score_model.h. A tree's three lists are its inputs,",
        " * which are numbered as in imx_score_input:",
        names,
        " * its thresholds (2 is never reached) and its leaves.",
        " */",
        '#include "match/score_weights.h"',
        "",
        f"const double imx_score_kept_prior = {models['kept_prior']:.4f};",
        "",
        "/* clang-format off */",
    ]
    for name in ("hash", "fast", "rival"):
        lines += curves_source(name, models[name])
    for name in ("copy", "shot", "colour"):
        lines += trees_source(name, models[name])
    pathlib.Path(path).write_text("\n".join(lines) + "\n", encoding="utf-8")


def main():
    if len(sys.argv) != 7:
        sys.exit(__doc__)
    queries = read_queries(sys.argv[1])
    fast, standard, thorough, doubles = (read_inputs(path, queries) for path in sys.argv[2:6])
    same = duplicates(standard)
    print(f"{len(same)} pairs are the same photo under two names and left out")
    models = learn_all(fast, {"standard": standard, "thorough": thorough}, doubles, same)
    write_source(sys.argv[6], models)


if __name__ == "__main__":
    main()
