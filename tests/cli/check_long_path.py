"""usage: check_long_path.py OUTPUT:KEY...: each output has one row, whose KEY is the path in the file
'long-path', byte by byte. A .txt is a table, in which only the start can be compared."""
import csv
import io
import json
import sys

with open("long-path", "rb") as file:
    expected = file.read()


def read(path, key):
    with open(path, encoding="utf-8", errors="surrogateescape", newline="") as file:
        text = file.read()
    rows = ([json.loads(line) for line in text.splitlines()] if path.endswith(".jsonl") else
            list(csv.DictReader(io.StringIO(text, newline=""))))
    return [row[key] for row in rows]


for argument in sys.argv[1:]:
    name, key = argument.split(":")
    found = [value.encode("utf-8", "surrogateescape") for value in read(name, key)]
    print(name, key, "ok" if found == [expected] else f"{[len(value) for value in found]} bytes differ")
