# Nothing is left on the machine but what was asked for, and nobody is told: libraries that report
# to their maker keep a number for the device and what is still to be sent in these folders, unless
# they take the process for one of continuous integration, and a log in /tmp that is named after the
# process, wherever TMPDIR points.
mkdir home cache tmp photos
cp "$PICTURES"/a.png "$PICTURES"/b.png "$PICTURES"/c.png photos/
touch -d '1 second ago' started
pids=()
# alone TOOL ARGUMENT...: in an environment that says nothing but this. Keeps the process's number.
alone() {
    env -i PATH=/usr/bin:/bin LC_ALL=C.UTF-8 HOME="$PWD/home" XDG_CACHE_HOME="$PWD/cache" \
        XDG_CONFIG_HOME="$PWD/home" TMPDIR="$PWD/tmp" IMGMATCH_MODEL="$MODEL" \
        LSAN_OPTIONS="${LSAN_OPTIONS-}" "$(command -v "$1")" "${@:2}" &
    pids+=("$!")
    wait "$!"
}
run 'alone imgmatch-index add --create --quiet cat photos'
run 'alone imgmatch-query cat photos --format=csv >answers && cut -d, -f1,3,8 answers'
run 'find home cache tmp -mindepth 1'
run 'for pid in "${pids[@]}"; do find /tmp -maxdepth 1 -name "mat-debug-$pid*" -newer started; done'
