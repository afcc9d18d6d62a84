#!/usr/bin/env bash
# check_hardening.sh FILE...: each is a library or program built as releases are, and carries every
# protection that the compiler and linker were asked for.
set -euo pipefail

failed=0

# expect FILE WHAT PATTERN READELF-OPTION: the pattern is in what readelf prints.
expect() {
    if ! readelf --wide "$4" "$1" 2>/dev/null | grep -E -- "$3" >/dev/null; then
        printf '%s: no %s\n' "${1##*/}" "$2" >&2
        failed=1
    fi
}

for file in "$@"; do
    expect "$file" "position-independent code" 'Type: +DYN' --file-header
    expect "$file" "read-only relocations" 'GNU_RELRO' --program-headers
    expect "$file" "binding at start (full RELRO)" 'BIND_NOW|FLAGS_1.*NOW' --dynamic
    expect "$file" "stack that is not executable" 'GNU_STACK.* RW +0x' --program-headers
    # The programs' own code is too small to need these at every place; the library is not.
    if [[ $file == *.so* ]]; then
        expect "$file" "stack protector" '__stack_chk_fail' --dyn-syms
        expect "$file" "fortified calls" '__[a-z_]+_chk' --dyn-syms
        expect "$file" "staying loaded when closed" 'NODELETE' --dynamic
    fi
    # The note that names it is lost where the C library's start files lack it: look at the code.
    if [[ $(uname -m) == x86_64 ]] && (($(objdump -d "$file" | grep -c 'endbr64') < 5)); then
        printf '%s: no protection of branches\n' "${file##*/}" >&2
        failed=1
    fi
    if readelf --wide --dynamic "$file" | grep TEXTREL >/dev/null; then
        printf '%s: has text relocations\n' "${file##*/}" >&2
        failed=1
    fi
done
exit "$failed"
