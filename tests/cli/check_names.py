"""usage: check_names.py FOLDER OUTPUT...: every output holds exactly the names in FOLDER, as ids."""
import csv
import io
import json
import os
import sys

expected = sorted(os.listdir(os.fsencode(sys.argv[1])))


def read_csv(path):
    with open(path, encoding="utf-8", errors="surrogateescape", newline="") as file:
        for row in csv.DictReader(io.StringIO(file.read(), newline="")):
            name = row.get("query_id", row.get("id"))
            yield name[1:] if name.startswith("'") else name


def read_jsonl(path):
    with open(path, encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)["id"]


for path in sys.argv[2:]:
    names = read_csv(path) if path.endswith(".csv") else read_jsonl(path)
    found = sorted(name.encode("utf-8", "surrogateescape") for name in names)
    print(path, "ok" if found == expected else f"has {found} instead of {expected}")
