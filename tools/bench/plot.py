#!/usr/bin/env python3
"""usage: plot.py FIGURES.csv OUTPUT.png|.svg: growth curves of catalogues.

FIGURES.csv is what imgmatch-bench --catalogue=N,N,... --csv prints; runs may be put one behind the
other. Processor times of a query on one thread, recall, opening, building and memory are drawn over
the number of references.
"""
import csv
import sys

import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot  # noqa: E402 (the backend is chosen first)

# Title, unit of the axis, which measures, whether the axis is logarithmic.
PANELS = [
    ("One query by embedding, processor time, p50", "ms", ["embedding cpu p50"], True),
    ("One query by hash within 31, processor time, p50", "ms", ["hash<=31 cpu p50"], True),
    ("Recall@10", "", ["recall@10"], False),
    ("Opening", "s", ["open", "open cpu"], True),
    ("Building the index", "s", ["build index"], True),
    ("Memory and disk", "bytes a reference",
     ["memory own", "memory mapped", "index on disk", "database on disk"], True),
]


def read_figures(path):
    """{(measure, subject): {references: value}}, of one thread or none."""
    curves = {}
    with open(path, encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["references"] == "references" or int(row["threads"]) > 1:
                continue
            curve = curves.setdefault((row["measure"], row["subject"]), {})
            curve[int(row["references"])] = float(row["value"])
    return curves


def family(subject):
    """One curve for an index kind whose lists grow ("FAISS IVF2048 SQ8" is "FAISS IVF SQ8"), and one
    for ours, whose kind goes by the size ("imgmatch exact" and "imgmatch ivf" are "imgmatch")."""
    if subject in ("imgmatch exact", "imgmatch ivf"):
        return "imgmatch"
    return " ".join(word.rstrip("0123456789") if word.startswith("IVF") else word
                    for word in subject.split())


def draw(axes, curves, measures, several):
    joined = {}
    for (measure, subject), curve in curves.items():
        if measure in measures:
            label = f"{family(subject)}: {measure}" if several else family(subject)
            joined.setdefault(label, {}).update(curve)
    for label, curve in sorted(joined.items()):
        points = sorted(curve.items())
        axes.plot([x for x, _ in points], [y for _, y in points], marker="o", label=label)
    if joined:
        axes.legend(fontsize=7)


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    curves = read_figures(sys.argv[1])
    if not curves:
        sys.exit(f"plot.py: {sys.argv[1]}: no figures")
    figure, grid = pyplot.subplots(3, 2, figsize=(12, 13))
    for axes, (title, unit, measures, logarithmic) in zip(grid.flat, PANELS):
        draw(axes, curves, measures, len(measures) > 1)
        axes.set_title(title, fontsize=10)
        axes.set_xscale("log")
        axes.set_xlabel("references")
        axes.set_ylabel(unit)
        axes.grid(True, which="major", alpha=0.3)
        if logarithmic:
            axes.set_yscale("log")
    figure.tight_layout()
    figure.savefig(sys.argv[2])


if __name__ == "__main__":
    main()
