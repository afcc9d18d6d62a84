"""usage: check_paths.py NAMES OUTPUT:WHERE[:MODE]...: each output holds exactly the names in the file
NAMES, of which each ends with a zero byte, byte by byte behind the format's own unescaping.

WHERE depends on the output's ending:
  .csv    a column; an apostrophe before what would be a formula is dropped
  .pdq    a column of CSV for other systems, which has no such apostrophe
  .jsonl  a key; lines without it, as an export's first, are passed by
  .table  the heading of a column, in which nothing may have been cut
  .show   the word at a line's start, as imgmatch-index show prints it
  .err    the reason code behind a name in a message
  .html   h2, file (the reference's), span (a figure's), or src: addresses of files beside the page

MODE is "set" where a name may come more than once, "some" where not all have to come.
"""
import csv
import html
import io
import json
import os
import re
import sys
import unicodedata
import urllib.parse

NAMED = {"n": b"\n", "t": b"\t", "r": b"\r", "\\": b"\\"}


def to_bytes(text):
    return text.encode("utf-8", "surrogateescape")


def undo_visible(text):
    """What \\n, \\t, \\r, \\\\ and \\xNN stand for. Any other backslash stays, so that it is found."""
    return b"".join(to_bytes(plain) if plain else NAMED[code] if code in NAMED
                    else bytes([int(code[1:], 16)]) if len(code) == 3 else to_bytes("\\" + code)
                    for plain, code in re.findall(r"([^\\]+)|\\([ntr\\]|x[0-9a-f]{2}|.|$)", text))


def read_pdq(text, column):
    for row in csv.DictReader(io.StringIO(text, newline="")):
        yield to_bytes(row[column])


def read_csv(text, column):
    for value in read_pdq(text, column):
        yield value[1:] if value.startswith(b"'") else value


def read_jsonl(text, key):
    for line in text.splitlines():
        row = json.loads(line)
        if key in row:
            yield to_bytes(row[key])


def by_columns(line):
    """One character for each column of a terminal."""
    return "".join(char + "\0" * (unicodedata.east_asian_width(char) in "WF") for char in line)


def read_table(text, heading):
    start = end = None
    for line in text.split("\n"):
        if start is None:
            found = re.search(rf"(^| ){re.escape(heading)} *", line)
            if found:
                start = found.start() + len(found[1])
                end = found.end() if found.end() < len(line) else None
        elif not line or line.startswith("and more"):
            break
        else:
            cell = by_columns(line)[start:end].replace("\0", "").rstrip(" ")
            assert not cell.startswith("..."), f"{cell} is cut"
            yield undo_visible(cell)


def read_show(text, word):
    for line in text.split("\n"):
        if line.startswith(f"{word:10}"):
            yield undo_visible(line[10:])


def read_messages(text, code):
    for line in text.split("\n"):
        found = re.fullmatch(rf"[a-z-]+(?: [a-z]+)?: (.*): {code}: .*", line)
        if found:
            yield undo_visible(found[1])


def read_html(text, place):
    patterns = {"h2": r"<article><h2>(.*)</h2>", "file": r"<dt>reference's file</dt><dd>(.*)</dd>",
                "span": r"(?:query|right|answered)<br>(.*)</span>", "src": r'<img .*src="([^"]*)"'}
    for found in re.findall(patterns[place], text):
        if place == "src":
            yield urllib.parse.unquote_to_bytes(found)
        else:
            yield undo_visible(html.unescape(found))


READERS = {".csv": read_csv, ".pdq": read_pdq, ".jsonl": read_jsonl, ".table": read_table,
           ".show": read_show, ".err": read_messages, ".html": read_html}


def check(expected, argument):
    path, where, mode = (argument + ":exact").split(":")[:3]
    with open(path, encoding="utf-8", errors="surrogateescape", newline="") as file:
        text = file.read()
    found = sorted(READERS[os.path.splitext(path)[1]](text, where))
    if mode == "exact":
        wrong = found != expected
    elif mode == "set":
        wrong = set(found) != set(expected)
    else:
        wrong = not found or not set(found) <= set(expected)
    if not wrong:
        return f"{len(set(found))} ok"
    lost = [name[:200] for name in expected if name not in found]
    return f"has {len(found)}, lacks {lost}, and has {[n[:200] for n in found if n not in expected]}"


with open(sys.argv[1], "rb") as names:
    wanted = sorted(names.read().split(b"\0")[:-1])
for output in sys.argv[2:]:
    print(output, check(wanted, output))
