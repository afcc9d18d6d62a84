#!/usr/bin/env python3
"""usage: summary.py QUERIES RESULTS: how many altered photos were matched to the right reference.

QUERIES is the manifest that tools/photos writes (id, expected, alteration), RESULTS the JSON Lines
that imgmatch-query prints for it.
"""
import csv
import json
import statistics
import sys


def read_expected(path):
    with open(path, encoding="utf-8", newline="") as file:
        return {row["id"]: (row["expected"], row["alteration"]) for row in csv.DictReader(file)}


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    expected = read_expected(sys.argv[1])
    rows = {}
    with open(sys.argv[2], encoding="utf-8") as file:
        for line in file:
            result = json.loads(line)
            reference, alteration = expected[result["id"]]
            best = result["matches"][0]["id"] if result["matches"] else ""
            rows.setdefault(alteration, []).append((best == reference, result["score"]))
    strangers = rows.pop("stranger", [])
    print(f"{'ALTERATION':12} {'PHOTOS':>6} {'RIGHT':>6}  MEDIAN SCORE")
    for alteration, answers in rows.items():
        right = sum(is_right for is_right, _ in answers)
        median = statistics.median(score for _, score in answers)
        print(f"{alteration:12} {len(answers):6} {right:6}  {median:.3f}")
    answers = [answer for group in rows.values() for answer in group]
    right = sum(is_right for is_right, _ in answers)
    print(f"{'all':12} {len(answers):6} {right:6}  ({right / max(1, len(answers)):.0%})")
    print(f"\nPhotos that are in no catalogue: {len(strangers)}, of which matched to nothing: "
          f"{sum(is_right for is_right, _ in strangers)}")


if __name__ == "__main__":
    main()
