"""usage: check_schema.py SCHEMA RESULTS: validate each line of RESULTS."""
import json
import sys

import jsonschema

with open(sys.argv[1], encoding="utf-8") as file:
    schema = json.load(file)
jsonschema.Draft202012Validator.check_schema(schema)
validator = jsonschema.Draft202012Validator(schema)
count = 0
with open(sys.argv[2], encoding="utf-8") as file:
    for count, line in enumerate(file, 1):
        for error in validator.iter_errors(json.loads(line)):
            print(f"line {count}: {error.json_path}: {error.message}")
print(f"{count} lines checked")
