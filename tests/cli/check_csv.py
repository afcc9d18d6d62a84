"""Standard input is CSV: every row has as many fields as the head, and rows end with CR LF."""
import csv
import io
import sys

text = sys.stdin.buffer.read().decode()
rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
for number, row in enumerate(rows, 1):
    if len(row) != len(rows[0]):
        print(f"row {number} has {len(row)} fields, the head {len(rows[0])}")
if not text.endswith("\r\n"):
    print("the last row does not end with CR LF")
print(f"{len(rows)} rows checked")
