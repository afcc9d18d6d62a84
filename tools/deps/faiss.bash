# FAISS with its C API, out of Debian's source package.
# shellcheck shell=bash
# shellcheck disable=SC2154  # tools/deps/install sets the variables

faiss_instructions=generic
if grep -q -s -m 1 -E '^flags.* avx2( |$)' /proc/cpuinfo; then
    faiss_instructions=avx2
fi
faiss_dir=$deps_dir/faiss-$faiss_version-r$faiss_recipe-$faiss_instructions

make_faiss() {
    local upstream=${faiss_version%-*} dir=$scratch/faiss blas started=$SECONDS
    local orig=faiss_$upstream.orig.tar.gz debian=faiss_$faiss_version.debian.tar.xz
    note "building FAISS $faiss_version for $faiss_instructions (a minute or two)"
    mkdir -p -- "$dir/source"
    archive_open "$faiss_suite" deb-src
    (cd -- "$dir" && quietly "downloading FAISS's source" \
        apt-get "${archive_options[@]}" source --download-only "faiss=$faiss_version")
    verify_sha256 "$dir/$orig" "$faiss_orig_sha256"
    verify_sha256 "$dir/$debian" "$faiss_debian_sha256"
    tar -xf "$dir/$orig" -C "$dir/source" --strip-components=1
    tar -xf "$dir/$debian" -C "$dir/source"
    quietly "Debian's patches to FAISS" apply_debian_patches "$dir/source"

    blas=$(serial_openblas)
    build_faiss "$dir/source" "$dir/build" "$blas"
    link_faiss "$dir/source" "$dir/build" "$blas" "$dir/made"
    put_in_cache "$dir/made" "$faiss_dir" faiss
    note "built FAISS in $((SECONDS - started)) s"
}

apply_debian_patches() {
    local patch
    while read -r patch; do
        patch -d "$1" -p1 -i "$1/debian/patches/$patch" || return
    done <"$1/debian/patches/series"
}

# Upstream's AVX2 variant is a second library, which its C API is not linked to; the flags on the
# one library give the same code. <cstdint> is what newer compilers miss in this version.
build_faiss() {
    local source=$1 build=$2 blas=$3 flags="-include cstdint -ffile-prefix-map=$1=faiss"
    if [[ $faiss_instructions == avx2 ]]; then
        flags+=" -mavx2 -mfma -mf16c -mpopcnt"
    fi
    quietly "configuring FAISS" \
        cmake -S "$source" -B "$build" -G Ninja \
        -DCMAKE_BUILD_TYPE=Release -DCMAKE_POSITION_INDEPENDENT_CODE=ON -DBUILD_SHARED_LIBS=OFF \
        -DCMAKE_CXX_FLAGS="$flags" -DFAISS_OPT_LEVEL=generic -DFAISS_ENABLE_C_API=ON \
        -DFAISS_ENABLE_GPU=OFF -DFAISS_ENABLE_PYTHON=OFF -DBUILD_TESTING=OFF \
        -DBLAS_LIBRARIES="$blas" -DLAPACK_LIBRARIES="$blas"
    quietly "building FAISS" \
        nice -n 5 cmake --build "$build" --target faiss faiss_c -- -j "$(jobs_at_once)"
}

# One shared library that exports the C API alone: a process may hold another FAISS, and two sets
# of the same C++ symbols would be mixed up.
link_faiss() {
    local source=$1 build=$2 blas=$3 made=$4
    mkdir -p -- "$made/lib" "$made/include/faiss/c_api/impl" "$made/include/faiss/c_api/utils"
    printf '{ global: faiss_*; local: *; };\n' >"$build/exports"
    quietly "linking FAISS" \
        g++ -shared -fopenmp -s -o "$made/lib/libfaiss_c.so" \
        -Wl,-soname,libfaiss_c.so -Wl,--version-script="$build/exports" -Wl,--no-undefined \
        -Wl,--gc-sections -Wl,-rpath,"${blas%/*}" \
        -Wl,--whole-archive "$build/c_api/libfaiss_c.a" -Wl,--no-whole-archive \
        "$build/faiss/libfaiss.a" "$blas"
    cp -- "$source"/c_api/*_c.h "$made/include/faiss/c_api/"
    cp -- "$source"/c_api/impl/*_c.h "$made/include/faiss/c_api/impl/"
    cp -- "$source"/c_api/utils/*_c.h "$made/include/faiss/c_api/utils/"
    cp -- "$source/LICENSE" "$made/LICENSE"
}

# Debian keeps the flavours of OpenBLAS in folders of their own; which one the plain name means is
# the machine's choice.
serial_openblas() {
    dpkg-query -L libopenblas-serial-dev 2>/dev/null | grep '/libopenblas\.so$' ||
        fail "the package libopenblas-serial-dev is needed to build FAISS"
}

# The largest of FAISS's files take over 1 GB to compile.
jobs_at_once() {
    local processors memory_gb
    processors=$(nproc)
    memory_gb=$(awk '$1 == "MemAvailable:" { print int($2 / 1048576) }' /proc/meminfo)
    if [[ -n ${IMGMATCH_JOBS-} ]]; then
        printf '%s\n' "$IMGMATCH_JOBS"
    elif ((memory_gb >= 1 && memory_gb < processors)); then
        printf '%s\n' "$memory_gb"
    else
        printf '%s\n' "$processors"
    fi
}
