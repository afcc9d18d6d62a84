# shellcheck shell=bash
# Read by every case before its own lines. A case runs in an empty folder of its own; $PICTURES has
# generated pictures (a.png to f.png, all different), $MODEL a tiny embedding model, $FAULTY_WORKER a
# decode worker that fails for marked photos.

# run LINE: print a command line, what it writes (standard error with "! " in front), and its exit
# status. This is what the expected transcripts hold.
run() {
    printf '$ %s\n' "$1"
    local status=0
    eval "$1" >"$SCRATCH/out" 2>"$SCRATCH/err" || status=$?
    cat "$SCRATCH/out"
    sed 's/^/! /' "$SCRATCH/err"
    printf '=> %d\n' "$status"
}

# A catalogue "cat" with three pictures.
make_catalogue() {
    mkdir photos
    cp "$PICTURES"/a.png "$PICTURES"/b.png "$PICTURES"/c.png photos/
    imgmatch-index add --create --quiet cat photos --brand=Acme
}
