#!/usr/bin/env python3
"""usage: check_limits.py PRINT_LIMITS SOURCE INDEX QUERY EVAL: every limit is documented with the default
that the library has, as PRINT_LIMITS prints it: in limits.h, --help, the manual pages, README.md and
SECURITY.md."""
import pathlib
import re
import subprocess
import sys

print_limits, source, index, query, evaluate = sys.argv[1:]
source = pathlib.Path(source)
problems = []  # One a line.

# What SECURITY.md calls them; the two of sides have a line together.
SECURITY = {
    "max_file_bytes": "bytes of a photo's file", "max_pixels": "pixels",
    "max_frames": "frames of an animation", "max_jpeg_scans": "scans of a JPEG",
    "max_png_chunks": "ancillary chunks of a PNG",
    "max_chunk_bytes": "bytes of a PNG chunk or ICC profile",
    "max_candidates": "references verified for one query", "max_views": "views of a query",
    "max_line_bytes": "bytes of a manifest's line", "max_json_depth": "depth of JSON",
    "max_metadata_bytes": "metadata of an item", "max_decode_ms": "milliseconds of decoding",
}
# The commands that take limits, and which; None: all.
COMMANDS = {
    (query,): None,
    **{(index, command): None for command in ("add", "calibrate", "import", "reindex", "verify")},
    (index, "remove"): {"max_line_bytes"},
    **{(evaluate, command): None for command in ("make", "run", "score")},
}


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def plain(text):
    return " ".join(text.split())


def with_unit(number):
    for size, unit in ((2**20, " MiB"), (2**10, " KiB")):
        if number % size == 0:
            return f"{number // size}{unit}"
    return f"{number:,}"


def compare(place, found, defaults):
    """Both map names of limits to numbers."""
    for name in sorted(found.keys() | defaults.keys()):
        if found.get(name) != defaults.get(name):
            problems.append(f"{place}: {name} is {found.get(name)}, the default {defaults.get(name)}")


def options(place, entries):
    """Of (option, default) those that are limits. One that is there twice has the same default."""
    found = {}
    for option, number in entries:
        name = option.replace("-", "_")
        if name in limits and found.setdefault(name, number) != number:
            problems.append(f"{place}: --{option} has two defaults")
    return {name: int(number) if number else None for name, number in found.items()}


def first_default(text):
    found = re.search(r"\bDefault\s+(\d+)\b", text)
    return found[1] if found else None


limits = {name: int(number) for name, number in map(str.split, run(print_limits).splitlines())}

header = (source / "include/imgmatch/limits.h").read_text(encoding="utf-8")
fields = re.findall(r"/\*\*((?:(?!\*/).)*)\*/\s*uint\d+_t (\w+);", header, re.DOTALL)
compare("limits.h", {name: int(first_default(text) or 0) for text, name in fields}, limits)

for command, some in COMMANDS.items():
    name = " ".join((pathlib.Path(command[0]).name, *command[1:]))
    lines = run(*command, "--help").replace("\n" + 26 * " ", " ")  # Each option on a line of its own.
    found = re.findall(r"^ +--([\w-]+)=N\b(?:.*\(default (\d+)\)$)?", lines, re.MULTILINE)
    compare(name, options(name, found), {name: limits[name] for name in some or limits})

for name in ("imgmatch-query.1", "imgmatch-index.1", "imgmatch-eval.1"):
    page = (source / "tools/man" / name).read_text(encoding="utf-8").replace("\\-", "-")
    found = [(re.match(r"\.BR --([\w-]+) ", entry), first_default(entry.split("\n.S")[0]))
             for entry in page.split("\n.TP\n")]
    compare(name, options(name, [(match[1], number) for match, number in found if match]), limits)

security = (source / "SECURITY.md").read_text(encoding="utf-8")
table = dict(re.findall(r"^\| ([^|]*) \| ([^|]*) \|$", security, re.MULTILINE))
wanted = {label: with_unit(limits[name]) for name, label in SECURITY.items()}
wanted["side"] = f"{limits['min_side']:,} to {limits['max_side']:,} pixels"
compare("SECURITY.md", {label: table.get(label) for label in wanted}, wanted)
readme = plain((source / "README.md").read_text(encoding="utf-8"))
for text in (f"{with_unit(limits['max_file_bytes'])} of file",
             f"{limits['max_pixels'] // 10**6} megapixels",
             f"a side over {limits['max_side']:,} or under {limits['min_side']:,} pixels",
             f"{limits['max_jpeg_scans']:,} JPEG scans", f"{limits['max_png_chunks']:,} PNG chunks",
             f"{limits['max_frames']:,} frames",
             f"Decoding takes {limits['max_decode_ms'] // 1000:,} s at most"):
    if text not in readme:
        problems.append(f"README.md does not say '{text}'")

print("\n".join(problems) or f"{len(limits)} limits")
sys.exit(1 if problems else 0)
