#!/usr/bin/env bash
# Mutated photos through the tools; real photos where their packages can be had, else generated ones.
set -euo pipefail

readonly program=tests/integration/hostile/run.sh
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
readonly here

usage() {
    cat <<EOT
usage: $program [OPTION...]
       $program SOURCE ALTER INDEX QUERY MODEL [OPTION...]

Damages photos as attackers and broken uploads do, and puts them through imgmatch-index add and
imgmatch-query: neither may crash, each photo has to end in a result or a reason, and the sound ones
in between have to be answered right. The same seed gives the same photos. Photos on which a worker
crashes are named and kept: that ends the photo and not the program, but is a fault of a decoder.

Without the programs and the model (IMGMATCH_MODEL, else models/imgmatch-1), those of build/release
are run, else those that tools/check has built.

  --count=N          photos (default: 300)
  --seed=N           default: 1
  --max-rss-mib=N    most memory that a program or a worker may have (default: 600, four times what
                     it takes with two processors; 0: no bound)
  --max-crashes=N    most photos on which workers may crash (default: no bound)
  --keep=DIR         leave the photos of a failure or a crash there (default: a new folder in /tmp)
  --pass-on=OPTION   an option for both programs, as --pass-on=--no-isolate; may be repeated
  --help             print this

Where the photos of Debian packages cannot be had drawn pictures are taken, unless IMGMATCH_NEED_PHOTOS
is set.
EOT
}

# Sets source_dir, alter, index, query and model to those of a build.
choose_build() {
    local build
    source_dir=$(cd -- "$here/../../.." && pwd)
    model=${IMGMATCH_MODEL:-$source_dir/models/imgmatch-1}
    for build in "$source_dir"/build/{release,check}; do
        alter=$build/tools/demo/imgmatch-alter
        index=$build/tools/index/imgmatch-index
        query=$build/tools/query/imgmatch-query
        [[ ! -x $alter || ! -x $index || ! -x $query ]] || return 0
    done
    printf '%s: nothing is built: cmake --preset release && cmake --build build/release\n' \
        "$program" >&2
    exit 1
}

if [[ ${1-} == --help || ${1-} == -h ]]; then
    usage
    exit
elif (($# == 0)) || [[ $1 == -* ]]; then
    choose_build
elif (($# >= 5)); then
    source_dir=$1 alter=$2 index=$3 query=$4 model=$5
    shift 5
else
    printf '%s: something is missing behind %s\nsee %s --help\n' "$program" "${!#}" "$program" >&2
    exit 2
fi
scratch=$(mktemp -d)
trap 'rm -rf -- "$scratch"' EXIT

if photos=$("$source_dir/tools/photos" "$alter"); then
    photos=$photos/references
    printf '%s: real photos of Debian packages\n' "$program"
elif [[ ${IMGMATCH_NEED_PHOTOS-} ]]; then
    printf '%s: the photos of Debian packages cannot be had\n' "$program" >&2
    exit 1
else
    printf '%s: DRAWN PICTURES, as the photos of Debian packages cannot be had\n' "$program"
    photos=$scratch/photos
    /usr/bin/python3 "$source_dir/tests/cli/make_pictures.py" "$photos"
    rm -- "$photos"/a-* # copies of another one
fi
"$here/mutate_photos.py" --index="$index" --query="$query" --model="$model" --photos="$photos" "$@"
