#include "scratch.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int remove_entry(const char *path, const struct stat *info, int type, struct FTW *where) {
    (void)info;
    (void)type;
    (void)where;
    return remove(path);
}

bool bench_scratch_make(bench_scratch *out, const char *within) {
    (void)snprintf(out->path, sizeof out->path, "%.370s/imgmatch-bench-XXXXXX", within);
    if (mkdtemp(out->path) == NULL) {
        (void)fprintf(stderr, "imgmatch-bench: %s: %s\n", within, strerror(errno));
        return false;
    }
    return true;
}

void bench_scratch_remove(const bench_scratch *scratch) {
    (void)nftw(scratch->path, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}
