/* A folder for what a measurement writes. */
#ifndef BENCH_SCRATCH_H
#define BENCH_SCRATCH_H

#include <stdbool.h>

typedef struct bench_scratch {
    char path[400];
} bench_scratch;

/* Make a new folder in `within`; false, and a message, when it cannot be made. */
bool bench_scratch_make(bench_scratch *out, const char *within);

/* Remove it with all that is in it. */
void bench_scratch_remove(const bench_scratch *scratch);

#endif
