#!/usr/bin/env bash
# floors.sh SOURCE EVAL ALTER PYTHON MODEL: a small benchmark, of real photos where the packages can
# be had and of drawn ones elsewhere. The same seed has to give the same bytes on any number of
# threads, and the library has to find what it found when the floors were set.
set -euo pipefail

source_dir=$1 eval=$2 alter=$3 python=$4 model=$5
scratch=$(mktemp -d)
trap 'rm -rf -- "$scratch"' EXIT
mkdir "$scratch/photos"

if photos=$("$source_dir/tools/photos" "$alter" 2>/dev/null); then
    cp -- "$photos"/references/* "$photos"/strangers/* "$scratch/photos/"
else
    "$python" - "$source_dir/tests/cli" "$scratch/photos" <<'END'
import pathlib
import sys
sys.path.insert(0, sys.argv[1])
sys.dont_write_bytecode = True
import make_pictures
for seed in range(100, 145):
    path = pathlib.Path(sys.argv[2]) / f"{seed}.png"
    path.write_bytes(make_pictures.encode_png(make_pictures.draw(seed)))
END
fi

make=("$eval" make --quiet "$scratch/photos" --queries=1 --references=34 --distractors=11 --variants=4)
"${make[@]}" "$scratch/one" --threads=2
"${make[@]}" "$scratch/two" --threads=1
"${make[@]}" "$scratch/other" --seed=2 >/dev/null
diff -r "$scratch/one" "$scratch/two"
if diff -rq "$scratch/one/truth.csv" "$scratch/other/truth.csv" >/dev/null; then
    echo "another seed gives the same benchmark"
    exit 1
fi

"$eval" run --quiet --model="$model" "$scratch/one" --variants --json="$scratch/figures.json" \
    --html="$scratch/page.html"
"$eval" run --quiet --model="$model" "$scratch/one" --effort=fast --json="$scratch/fast.json"
"$python" - "$scratch/figures.json" "$scratch/page.html" "$scratch/fast.json" <<'END'
import html.parser
import json
import sys

FLOORS = {"recall_at_1": 0.9, "micro_ap": 0.9}
FAST_FLOORS = {"recall_at_1": 0.9, "micro_ap": 0.9}
VARIANTS_FLOOR = 0.75  # Of copies and variants, told apart.
with open(sys.argv[1], encoding="utf-8") as file:
    figures = json.load(file)
failed = [name for name, floor in FLOORS.items() if not figures[name] >= floor]
with open(sys.argv[3], encoding="utf-8") as file:
    fast = json.load(file)
failed += [f"fast: {name}" for name, floor in FAST_FLOORS.items() if not fast[name] >= floor]
accuracy = figures["variants"]["accuracy"]
if not accuracy >= VARIANTS_FLOOR:
    failed.append("variants")
print({name: (figures[name], fast[name]) for name in FLOORS}, accuracy)


class Page(html.parser.HTMLParser):
    """Every element is closed, and nothing comes from outside."""
    VOID = {"meta", "img", "br"}

    def __init__(self):
        super().__init__()
        self.open = []

    def handle_starttag(self, tag, attrs):
        if tag not in self.VOID:
            self.open.append(tag)
        for name, value in attrs:
            if name in ("src", "href") and not value.startswith("data:"):
                failed.append(f"the page loads {value}")
        if tag == "script":
            failed.append("the page has a script")

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            failed.append(f"</{tag}> in a wrong place")


page = Page()
with open(sys.argv[2], encoding="utf-8") as file:
    page.feed(file.read())
if page.open:
    failed.append(f"not closed: {page.open}")
if failed:
    sys.exit(f"failed: {failed}")
END
