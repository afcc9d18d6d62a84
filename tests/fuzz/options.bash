# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154  # run and run-afl set the variables, and read them
# Read by run and run-afl, which set program and define usage: their targets and command lines.

readonly all=(image exif pixels sketch index_file store list_csv list_jsonl json_reader json_writer
    manifest import calibration)

fail() {
    printf '%s: %s\n' "$program" "$1" >&2
    exit 1
}

fail_usage() {
    printf '%s: %s\nsee %s --help\n' "$program" "$1" "$program" >&2
    exit 2
}

# parse "NAME..." ARGUMENT...: sets the variables of those names from the options --NAME VALUE or
# --NAME=VALUE, only_report and targets.
parse() {
    local with_value=$1 name value
    shift
    only_report='' targets=()
    while (($# > 0)); do
        case $1 in
            --report) only_report=yes ;;
            --help | -h)
                usage
                exit 0
                ;;
            -*)
                name=${1%%=*} name=${name#--}
                [[ $name =~ ^[a-z]+$ && " $with_value " == *" $name "* ]] ||
                    fail_usage "unknown option: $1"
                if [[ $1 == *=* ]]; then
                    value=${1#*=}
                else
                    value=${2-}
                    shift
                fi
                [[ $value ]] || fail_usage "--$name needs a value"
                printf -v "$name" '%s' "$value"
                ;;
            *)
                [[ " ${all[*]} " == *" $1 "* ]] || fail_usage "unknown target: $1"
                targets+=("$1")
                ;;
        esac
        shift
    done
    ((${#targets[@]} > 0)) || targets=("${all[@]}")
}

# need_numbers NAME...: each of these options is a number to count with.
need_numbers() {
    local name
    for name in "$@"; do
        [[ ${!name} =~ ^[1-9][0-9]{0,8}$ ]] ||
            fail_usage "--$name takes a whole number from 1 to 999999999, not '${!name}'"
    done
}

# need_programs FOLDER: the targets are there to be run.
need_programs() {
    local target
    [[ -d $1 ]] || fail "there is no folder '$1'"
    for target in "${targets[@]}"; do
        [[ -x $1/fuzz_$target ]] || fail "there is no program '$1/fuzz_$target'"
    done
}
