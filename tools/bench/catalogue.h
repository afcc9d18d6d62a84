/* Measures a catalogue of made-up references: see catalogue.c. */
#ifndef BENCH_CATALOGUE_H
#define BENCH_CATALOGUE_H

#include "report.h"

#include <imgmatch/catalogue.h>

#include <stdbool.h>

typedef struct bench_catalogue_options {
    size_t references; /* Set by bench_catalogues. */
    size_t dimension;
    const float *centres; /* Real embeddings to start from, or NULL. */
    size_t centre_count;
    size_t queries;
    int threads;
    imgmatch_index_kind kind;
    const char *folder; /* Where a temporary catalogue is made. */
    const char *keep;   /* A folder to keep catalogues in, or find them; NULL: temporary ones. */
    bench_format format;
    bool faiss;  /* Measure FAISS as well. */
    bool recall; /* Against exact search. */
    bool hashes; /* Measure indexes of hashes as well, apart from catalogues; with `faiss` only. */
} bench_catalogue_options;

/* For each of the sizes, "N,N,...". False when something failed; the reason is on standard error.
 */
bool bench_catalogues(const char *sizes, bench_catalogue_options options);

#endif
