#!/usr/bin/env bash
# check_hardening.sh FILE...: each is a library or program built as releases are, and carries every
# protection that the compiler and linker were asked for. All of them, the small ones too, have calls
# that are fortified and functions that get a canary.
set -euo pipefail

failed=0

# fail FILE WHAT
fail() {
    printf '%s: %s\n' "${1##*/}" "$2" >&2
    failed=1
}

# expect FILE WHAT PATTERN READELF-OPTION: the pattern is in what readelf prints.
expect() {
    readelf --wide "$4" "$1" 2>/dev/null | grep -E -- "$3" >/dev/null || fail "$1" "no $2"
}

# expect_no FILE WHAT PATTERN READELF-OPTION: it is not. A file that readelf cannot read fails expect.
expect_no() {
    ! readelf --wide "$4" "$1" 2>/dev/null | grep -E -- "$3" >/dev/null || fail "$1" "has $2"
}

for file in "$@"; do
    expect "$file" "position-independent code" 'Type: +DYN ' --file-header
    expect "$file" "read-only relocations" 'GNU_RELRO' --program-headers
    expect "$file" "binding at start (full RELRO)" 'BIND_NOW|FLAGS_1.*NOW' --dynamic
    expect "$file" "stack that is not executable" 'GNU_STACK.* RW +0x' --program-headers
    expect "$file" "stack protector" ' UND __stack_chk_fail(@|$)' --dyn-syms
    # Each of them copies and prints into arrays of its own. __stack_chk_fail is no fortified call.
    expect "$file" "fortified copies" ' UND __mem(cpy|move|set)_chk(@|$)' --dyn-syms
    expect "$file" "fortified printing" ' UND __v?snprintf_chk(@|$)' --dyn-syms
    # None of these stays as it is, whatever is known of sizes: one shows a file compiled without.
    expect_no "$file" "printing that is not fortified" ' UND v?(as|f)?printf(@|$)' --dyn-syms
    if [[ $file == *.so* ]]; then
        expect "$file" "staying loaded when closed" 'NODELETE' --dynamic
    else
        # A library is of that type, too: the flag tells a program that may lie anywhere.
        expect "$file" "position-independent program" '\(FLAGS_1\).* PIE' --dynamic
    fi
    # The note that names it is lost where the C library's start files lack it: look at the code.
    if [[ $(uname -m) == x86_64 ]]; then
        code=$(objdump -d "$file")
        (($(grep -c 'endbr64' <<<"$code") >= 5)) || fail "$file" "no protection of branches"
        # Each has functions that need pages of stack, and touch one after the other. Other compilers do
        # that by instructions that have other uses, too.
        [[ ${IMGMATCH_COMPILER-GNU} != GNU ]] || grep -E 'or[bq] +.0x0,.*\(%rsp\)' <<<"$code" >/dev/null ||
            fail "$file" "no stack clash protection"
    fi
    expect_no "$file" "text relocations" TEXTREL --dynamic
done
exit "$failed"
