# Debian packages: which are missing, and their installation.
# shellcheck shell=bash
# shellcheck disable=SC2154  # tools/deps/install sets the variables

packages_updated=no

as_root() {
    if ((EUID == 0)); then
        "$@"
    else
        sudo -- "$@"
    fi
}

# Other package tools may be at work (a fresh machine updates itself), hence the waiting time.
apt_get() {
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=600 "$@"
}

apt_get_update_once() {
    if [[ $packages_updated == no ]]; then
        apt_get update
        packages_updated=yes
    fi
}

# Prints those of the packages that are not installed.
missing_packages() {
    local package state
    local -A installed=()
    while read -r package state; do
        if [[ $state == installed ]]; then
            installed[$package]=1
        fi
    done < <(dpkg-query -W -f '${Package} ${db:Status-Status}\n' "$@" 2>/dev/null)
    for package in "$@"; do
        if [[ ! -v installed[$package] ]]; then
            printf '%s\n' "$package"
        fi
    done
}

provide_packages() {
    local wanted=() missing=() purpose package why
    while read -r purpose package why; do
        if [[ $purpose != '#' && ,$1, == *,$purpose,* && -n $why ]]; then
            wanted+=("$package")
        fi
    done <"$source_dir/packages.txt"
    if ((${#wanted[@]} == 0)); then
        return
    fi
    if ! command -v dpkg-query apt-get >/dev/null; then
        note "not a Debian system; what tools/deps/packages.txt names has to be there already"
        return
    fi
    mapfile -t missing < <(missing_packages "${wanted[@]}")
    if ((${#missing[@]} == 0)); then
        return
    fi
    if [[ $install_packages == no ]]; then
        fail "missing packages: ${missing[*]}"
    fi
    if ((EUID != 0)) && ! command -v sudo >/dev/null; then
        fail "missing packages, and no sudo; run as root: apt-get install ${missing[*]}"
    fi
    note "installing ${#missing[@]} packages: ${missing[*]}"
    quietly "apt-get update" apt_get_update_once
    quietly "apt-get install" apt_get install --no-install-recommends "${missing[@]}"
}
