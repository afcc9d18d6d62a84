/* Measures whole queries with each effort: see efforts.c. */
#ifndef BENCH_EFFORTS_H
#define BENCH_EFFORTS_H

#include "report.h"

#include <imgmatch/imgmatch.h>

#include <stdbool.h>

typedef struct bench_efforts_options {
    const imgmatch_model *model;
    imgmatch_image *const *photos; /* References; each, made smaller, is also a query. */
    char *const *paths;
    size_t count;
    size_t references;  /* With those that are made up. */
    int threads;        /* For filling the catalogue. */
    const char *folder; /* Where a temporary catalogue is made. */
    bench_format format;
} bench_efforts_options;

/* False when something failed; the reason is on standard error. */
bool bench_efforts(const bench_efforts_options *options);

#endif
