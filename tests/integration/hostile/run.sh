#!/usr/bin/env bash
# run.sh SOURCE ALTER INDEX QUERY MODEL [OPTION...]: mutated photos through the tools; real photos
# where their packages can be had, else generated ones. The options are mutate_photos.py's.
set -euo pipefail

source_dir=$1 alter=$2 index=$3 query=$4 model=$5
shift 5
here=$source_dir/tests/integration/hostile
scratch=$(mktemp -d)
trap 'rm -rf -- "$scratch"' EXIT

if photos=$("$source_dir/tools/photos" "$alter"); then
    photos=$photos/references
else
    photos=$scratch/photos
    /usr/bin/python3 "$source_dir/tests/cli/make_pictures.py" "$photos"
    rm -- "$photos"/a-* # copies of another one
fi
"$here/mutate_photos.py" --index="$index" --query="$query" --model="$model" --photos="$photos" "$@"
