#!/usr/bin/env bash
# check_headers.sh INCLUDE: each public header compiles without any other, as C17 and as C++17.
set -euo pipefail

include=$1
warnings=(-Wall -Wextra -Wpedantic -Werror -fsyntax-only -I "$include")
for header in "$include"/imgmatch/*.h; do
    printf '#include <imgmatch/%s>\n' "${header##*/}" | ${CC:-cc} -std=c17 "${warnings[@]}" -xc -
    printf '#include <imgmatch/%s>\n' "${header##*/}" | ${CXX:-c++} -std=c++17 "${warnings[@]}" -xc++ -
done
