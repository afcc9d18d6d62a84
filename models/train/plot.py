"""Draws log.csv of a training run. usage: plot.py LOG PNG"""

import csv
import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    with open(sys.argv[1], newline="", encoding="ascii") as file:
        rows = list(csv.DictReader(file))
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.2))
    for axes, names in ((left, ("loss", "entropy")), (right, ("recall_at_1", "micro_ap"))):
        for name in names:
            points = [(int(row["step"]), float(row[name])) for row in rows if row[name]]
            axes.plot(*zip(*points), marker=".", label=name.replace("_", " "))
        axes.set_xlabel("step")
        axes.grid(alpha=0.3)
        axes.legend()
    left.set_title("training")
    right.set_title("validation, averaged weights")
    figure.tight_layout()
    figure.savefig(sys.argv[2], dpi=80)


if __name__ == "__main__":
    main()
