#!/usr/bin/env bash
# find_altered.sh SOURCE ALTER INDEX QUERY MODEL: index real photos, look altered copies and
# strangers up, and fail unless nine of ten copies and nine of ten strangers are answered right.
set -euo pipefail

source_dir=$1 alter=$2 index=$3 query=$4 model=$5
photos=$("$source_dir/tools/photos" "$alter") || exit 77
scratch=$(mktemp -d)
trap 'rm -rf -- "$scratch"' EXIT

"$index" add --create --quiet --model="$model" "$scratch/catalogue" "$photos/references"
"$query" "$scratch/catalogue" --manifest="$photos/queries.csv" --model="$model" --format=jsonl \
    --quiet >"$scratch/matches.jsonl"
python3 "$source_dir/tools/demo/summary.py" --floor=0.9 "$photos/queries.csv" \
    "$scratch/matches.jsonl"
