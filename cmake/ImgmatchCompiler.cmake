# Warnings, sanitizers and hardening, on INTERFACE targets so that they never leak to users.

add_library(imgmatch_warnings INTERFACE)
target_compile_options(imgmatch_warnings INTERFACE
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wstrict-prototypes
    -Wmissing-prototypes -Wcast-qual -Wundef -Wvla -Wformat=2
    $<$<BOOL:${IMGMATCH_WERROR}>:-Werror>)

# POSIX.1-2008 and the GNU parts we use (strerror_r, O_TMPFILE and the like).
add_library(imgmatch_build INTERFACE)
target_compile_definitions(imgmatch_build INTERFACE _GNU_SOURCE)
# Float results decide hash bits and scores: no contraction into fused operations, so that every
# processor gives the same answer. No errno from sqrtf and friends, and no exception flags, which
# nobody reads: both keep loops from being vectorised.
target_compile_options(imgmatch_build INTERFACE -ffp-contract=off -fno-math-errno -fno-trapping-math)

if(IMGMATCH_SANITIZE)
    target_compile_options(imgmatch_build INTERFACE
        -fsanitize=${IMGMATCH_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
    string(REPLACE "fuzzer-no-link," "" link_sanitize "${IMGMATCH_SANITIZE}")
    target_link_options(imgmatch_build INTERFACE -fsanitize=${link_sanitize})
elseif(CMAKE_BUILD_TYPE MATCHES "^(Release|RelWithDebInfo|MinSizeRel)$")
    # Hardening of what is installed; tests/package/check_hardening.sh reads it off the built files.
    # Sanitizers do better on their own, and fortify needs an optimised build.
    include(CheckCCompilerFlag)
    set(hardening -fstack-protector-strong -fstack-clash-protection -fcf-protection)
    foreach(flag IN LISTS hardening)
        string(MAKE_C_IDENTIFIER "IMGMATCH_HAS${flag}" has_flag)
        check_c_compiler_flag(${flag} ${has_flag})
        if(${has_flag})
            target_compile_options(imgmatch_build INTERFACE ${flag})
        endif()
    endforeach()
    # Level 3 also checks sizes that are known at run time only; gcc 12 and clang 9 have it.
    target_compile_options(imgmatch_build INTERFACE -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3)
    target_link_options(imgmatch_build INTERFACE
        -Wl,-z,relro,-z,now,-z,noexecstack $<$<STREQUAL:$<TARGET_PROPERTY:TYPE>,EXECUTABLE>:-pie>)
endif()
# gcc vectorises loops at -O2 only from version 12 on, and clang 14 differs: ask for it.
target_compile_options(imgmatch_build INTERFACE $<$<NOT:$<CONFIG:Debug>>:-O3>)

# imgmatch_pixel_loops(FILE...): files of the calling folder that loop over pixels. A fuzzer that
# traces their comparisons, all of them ends of loops, does little else.
function(imgmatch_pixel_loops)
    if(IMGMATCH_SANITIZE MATCHES "fuzzer")
        set_property(SOURCE ${ARGN} TARGET_DIRECTORY imgmatch_objects
            APPEND PROPERTY COMPILE_OPTIONS -fno-sanitize-coverage=trace-cmp)
    endif()
endfunction()

if(IMGMATCH_COVERAGE)
    target_compile_options(imgmatch_build INTERFACE --coverage)
    target_link_options(imgmatch_build INTERFACE --coverage)
endif()
