# Reads releases of the Debian archive that the system does not have in its sources, or not as
# source code, without touching the system's sources.
# shellcheck shell=bash
# shellcheck disable=SC2154  # tools/deps/install sets the variables

# Prints the address of the system's Debian archive. apt is asked, as it knows every way of writing
# its sources; a machine that never ran apt-get update has no answer yet.
archive_address() {
    # The format is apt's: it fills the names in.
    # shellcheck disable=SC2016
    apt-get indextargets --format '$(ORIGIN)|$(LABEL)|$(COMPONENT)|$(REPO_URI)' \
        'Created-By: Packages' |
        awk -F'|' '$1 == "Debian" && $2 == "Debian" && $3 == "main" && !n++ { print $4 }'
}

# archive_open SUITE deb|deb-src: fills archive_options, with which apt-get sees that release only.
archive_open() {
    local suite=$1 kind=$2 address keys targets dir
    command -v apt-get >/dev/null ||
        fail "Debian's $suite is needed, but this system has no apt"
    address=$(archive_address)
    if [[ -z $address && $install_packages == yes ]]; then
        quietly "apt-get update" apt_get_update_once
        address=$(archive_address)
    fi
    [[ -n $address ]] ||
        fail "Debian's $suite is needed, but the system's apt sources name no Debian archive"

    keys=/usr/share/keyrings/debian-archive-keyring.gpg
    targets=Packages
    if [[ $kind == deb-src ]]; then
        targets=Sources
    fi
    dir=$scratch/apt-$suite-$kind
    mkdir -p -- "$dir/lists/partial" "$dir/cache/archives/partial"
    printf '%s [target=%s%s] %s %s main\n' "$kind" "$targets" \
        "$([[ ! -r $keys ]] || printf ' signed-by=%s' "$keys")" "$address" "$suite" \
        >"$dir/sources.list"
    archive_options=(
        -q -y
        -o Dir::Etc::SourceList="$dir/sources.list" -o Dir::Etc::SourceParts=/dev/null
        -o Dir::Etc::Preferences=/dev/null -o Dir::Etc::PreferencesParts=/dev/null
        -o Dir::State::Lists="$dir/lists" -o Dir::Cache="$dir/cache"
        # apt's own user cannot write to the cache folder.
        -o APT::Sandbox::User="$(id -un)"
    )
    quietly "reading the index of Debian's $suite" apt-get "${archive_options[@]}" update
}

# Downloads a package of the system's own release into the current folder.
download_package() {
    local get=(apt-get -q -o APT::Sandbox::User="$(id -un)" download "$1")
    # The index may be missing or stale.
    if [[ $install_packages == yes ]] && ! "${get[@]}" >/dev/null 2>&1; then
        quietly "apt-get update" apt_get_update_once
    fi
    quietly "downloading the package $1" "${get[@]}"
}
