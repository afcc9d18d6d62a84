#!/usr/bin/env bash
# check_package.sh SOURCE BUILD MODEL SANITIZERS: install a build, and check what a user gets: the
# exported symbols, the soname, the files, and that the README's example builds through pkg-config
# and through CMake and finds a photo.
set -euo pipefail

source_dir=$1 build=$2 model=$3 sanitizers=$4
if [[ $sanitizers ]]; then
    echo "a sanitizer's runtime has to be in the program: checked in the other builds"
    exit 77
fi
scratch=$(mktemp -d)
trap 'rm -rf -- "$scratch"' EXIT
prefix=$scratch/prefix

fail() {
    printf 'package: %s\n' "$*" >&2
    exit 1
}

cmake --install "$build" --prefix "$prefix" >"$scratch/install.log" || fail "$(cat "$scratch/install.log")"
library=$(find "$prefix" -name libimgmatch.so)
[[ $library ]] || fail "no libimgmatch.so"
libdir=$(dirname "$library")
for file in bin/imgmatch-index bin/imgmatch-query bin/imgmatch-eval \
    libexec/imgmatch/imgmatch-decode-worker share/man/man1/imgmatch-query.1 \
    share/imgmatch/schema/result.schema.json share/doc/imgmatch/LICENSE; do
    [[ -f $prefix/$file ]] || fail "$file is not installed"
done

# The documents lead to nothing that was not installed.
for document in "$prefix"/share/doc/imgmatch/*.md; do
    while read -r link; do
        [[ $link == https:* || -e $prefix/share/doc/imgmatch/$link ]] ||
            fail "${document##*/} leads to $link, which is not installed"
    done < <(grep -oP '\]\(\K[^)]+(?=\))' "$document")
done

# Nothing may be looked for in the home of whoever built it.
if readelf -d "$library" | grep -E 'R(UN)?PATH' | grep -q "${HOME:-/nowhere}/"; then
    fail "the library looks for others in $HOME"
fi

# Exactly the functions that the headers declare.
readelf -d "$library" | grep -q 'SONAME.*\[libimgmatch\.so\.0\]' || fail "wrong soname"
nm -D --defined-only "$library" | awk '{ print $3 }' | sort >"$scratch/exported"
diff -u "$source_dir/tests/package/symbols.txt" "$scratch/exported" || fail "other symbols than in symbols.txt"
# A declaration may go over lines: its name is the first imgmatch_...( behind IMGMATCH_API.
cat "$prefix"/include/imgmatch/*.h | tr '\n' ' ' | grep -oP 'IMGMATCH_API [^;(]*?\Kimgmatch_\w+(?=\()' |
    sort >"$scratch/declared"
diff -u "$scratch/declared" "$scratch/exported" || fail "declared and exported functions differ"

# The README's example, built twice.
# shellcheck disable=SC2016 # backquotes are Markdown
sed -n '/^```c$/,/^```$/p' "$source_dir/README.md" | sed '1d;/^```$/,$d' >"$scratch/example.c"
[[ -s $scratch/example.c ]] || fail "no C example in the README"
export PKG_CONFIG_PATH=$libdir/pkgconfig
read -ra flags < <(pkg-config --cflags --libs imgmatch)
cc -std=c17 -Wall -Wextra -Werror "$scratch/example.c" -o "$scratch/by-pkg-config" "${flags[@]}" \
    "-Wl,-rpath,$libdir"
mkdir "$scratch/project"
cp "$scratch/example.c" "$scratch/project/"
cat >"$scratch/project/CMakeLists.txt" <<'EOT'
cmake_minimum_required(VERSION 3.22)
project(example C)
find_package(imgmatch 0.1 REQUIRED)
add_executable(by-cmake example.c)
target_link_libraries(by-cmake PRIVATE imgmatch::imgmatch)
EOT
cmake -S "$scratch/project" -B "$scratch/project/build" -DCMAKE_PREFIX_PATH="$prefix" \
    >"$scratch/cmake.log" 2>&1 || fail "$(cat "$scratch/cmake.log")"
cmake --build "$scratch/project/build" >"$scratch/cmake.log" 2>&1 || fail "$(cat "$scratch/cmake.log")"

# And run, with the installed tools.
python3 "$source_dir/tests/cli/make_pictures.py" "$scratch/pictures"
"$prefix/bin/imgmatch-index" add --create --quiet --model="$model" "$scratch/catalogue" "$scratch/pictures"
for program in "$scratch/by-pkg-config" "$scratch/project/build/by-cmake"; do
    answer=$("$program" "$model" "$scratch/catalogue" "$scratch/pictures/a.png")
    [[ $answer == "copy a.png 1.000" ]] || fail "${program##*/} says '$answer'"
    if "$program" "$model" "$scratch/nowhere" "$scratch/pictures/a.png" 2>/dev/null; then
        fail "${program##*/} succeeds without a catalogue"
    fi
done

# A tree that was moved finds its own model, and its decode worker, without being told.
mv "$prefix" "$scratch/moved"
moved=$scratch/moved/bin
unset IMGMATCH_MODEL IMGMATCH_DECODE_WORKER
"$moved/imgmatch-index" add --create --quiet "$scratch/own-model" "$scratch/pictures/a.png" ||
    fail "a moved tree does not find its model"
answer=$("$moved/imgmatch-query" "$scratch/own-model" "$scratch/pictures/a.png" --format=csv | cut -d, -f3,7 | tail -1)
[[ $answer == copy,* ]] || fail "the moved imgmatch-query says '$answer'"
