#!/usr/bin/env python3
"""usage: summary.py [--floor=SHARE] QUERIES RESULTS: how many altered photos were matched right.

QUERIES is the manifest that tools/photos writes (id, expected, alteration), RESULTS the JSON Lines
that imgmatch-query prints for it. With --floor the exit status is 1 when a smaller share of the
copies, or of the photos that are in no catalogue, was answered right.
"""
import csv
import json
import math
import statistics
import sys


def read_expected(path):
    with open(path, encoding="utf-8", newline="") as file:
        return {row["id"]: (row["expected"], row["alteration"]) for row in csv.DictReader(file)}


def main():
    arguments = sys.argv[1:]
    floor = 0.0
    if arguments and arguments[0].startswith("--floor="):
        floor = float(arguments.pop(0).partition("=")[2])
    if len(arguments) != 2:
        sys.exit(__doc__)
    expected = read_expected(arguments[0])
    rows = {}
    with open(arguments[1], encoding="utf-8") as file:
        for line in file:
            result = json.loads(line)
            reference, alteration = expected[result["id"]]
            best = result["matches"][0]["id"] if result["matches"] else ""
            rows.setdefault(alteration, []).append((best == reference, result["score"]))
    strangers = rows.pop("stranger", [])
    print(f"{'ALTERATION':12} {'PHOTOS':>6} {'RIGHT':>6}  MEDIAN SCORE")
    for alteration, answers in rows.items():
        right = sum(is_right for is_right, _ in answers)
        # Down, as the tools print scores: what is not certain is no 1.000.
        median = math.floor(1000 * statistics.median(score for _, score in answers)) / 1000
        print(f"{alteration:12} {len(answers):6} {right:6}  {median:.3f}")
    answers = [answer for group in rows.values() for answer in group]
    right = sum(is_right for is_right, _ in answers)
    print(f"{'all':12} {len(answers):6} {right:6}  ({right / max(1, len(answers)):.0%})")
    unmatched = sum(is_right for is_right, _ in strangers)
    print(f"\nPhotos that are in no catalogue: {len(strangers)}, of which matched to nothing: "
          f"{unmatched}")
    if right < floor * len(answers) or unmatched < floor * len(strangers) or not answers:
        sys.exit(1)


if __name__ == "__main__":
    main()
