# ONNX Runtime: the library of an npm package, the C header of a Debian package.
# shellcheck shell=bash
# shellcheck disable=SC2154  # tools/deps/install sets the variables

onnxruntime_dir=$deps_dir/onnxruntime-$onnxruntime_version-r$onnxruntime_recipe

make_onnxruntime() {
    local dir=$scratch/onnxruntime machine archive=$onnxruntime_npm-$onnxruntime_version.tgz
    local header_package=libonnxruntime-dev
    case $(uname -m) in
        x86_64) machine=x64 ;;
        aarch64) machine=arm64 ;;
        *) fail "there is no ONNX Runtime for $(uname -m) in the npm package $onnxruntime_npm; install one" ;;
    esac
    note "fetching ONNX Runtime $onnxruntime_version"
    mkdir -p -- "$dir/made/lib" "$dir/made/include"
    (cd -- "$dir" && fetch_npm_archive "$onnxruntime_npm" "$onnxruntime_version" "$archive")
    verify_sha256 "$dir/$archive" "$onnxruntime_sha256"
    tar -xzf "$dir/$archive" -O "package/bin/napi-v6/linux/$machine/libonnxruntime.so.1" \
        >"$dir/made/lib/libonnxruntime.so.1"
    chmod 755 "$dir/made/lib/libonnxruntime.so.1"
    ln -s libonnxruntime.so.1 "$dir/made/lib/libonnxruntime.so"

    archive_open "$onnxruntime_header_suite" deb
    (cd -- "$dir" && quietly "downloading ONNX Runtime's header" \
        apt-get "${archive_options[@]}" download \
        "$header_package=$onnxruntime_header_version")
    dpkg-deb -x "$dir/$header_package"_*.deb "$dir/header"
    verify_sha256 "$dir/header/usr/include/onnxruntime/onnxruntime_c_api.h" \
        "$onnxruntime_header_sha256"
    cp -- "$dir/header/usr/include/onnxruntime/onnxruntime_c_api.h" "$dir/made/include/"
    cp -- "$dir/header/usr/share/doc/$header_package/copyright" "$dir/made/LICENSE"
    put_in_cache "$dir/made" "$onnxruntime_dir" onnxruntime
}

# Downloads an npm package into the current folder, without npm if the machine has none.
fetch_npm_archive() {
    local name=$1 version=$2 archive=$3 registry
    if command -v npm >/dev/null; then
        quietly "npm pack $name" \
            npm pack --ignore-scripts --cache "$scratch/npm-cache" "$name@$version"
        return
    fi
    registry=$(npm_registry)
    [[ -n $registry ]] ||
        fail "the address of the npm registry is not known; set NPM_CONFIG_REGISTRY"
    quietly "downloading $archive" \
        /usr/lib/apt/apt-helper -o APT::Sandbox::User="$(id -un)" \
        download-file "${registry%/}/$name/-/$archive" "$archive" \
        "SHA256:$onnxruntime_sha256"
}

# Prints the registry that npm would use here: the configured one, else the default, which is in the
# distribution's npm package. That package is read, not installed: it needs hundreds of others.
npm_registry() {
    local configured=${NPM_CONFIG_REGISTRY:-${npm_config_registry-}}
    if [[ -z $configured ]]; then
        configured=$(awk -F ' *= *' '$1 == "registry" { print $2; exit }' \
            ~/.npmrc /etc/npmrc 2>/dev/null) || true
    fi
    if [[ -z $configured ]]; then
        mkdir -p -- "$scratch/npm"
        (cd -- "$scratch/npm" && download_package npm && dpkg-deb -x npm_*.deb .)
        configured=$(grep -A 1 "^define('registry'" \
            "$scratch/npm/usr/share/nodejs/npm/lib/utils/config/definitions.js" |
            sed -n "s/^ *default: '\(.*\)',\$/\1/p") || true
    fi
    printf '%s\n' "$configured"
}
