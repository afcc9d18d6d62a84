/* A catalogue full of made-up references, by way of the store that the library's own calls use. */
#ifndef BENCH_FILL_H
#define BENCH_FILL_H

#include "catalogue/store.h"
#include "made_up.h"

typedef struct bench_fill_times {
    double add_s;   /* Adding, with what is compacted on the way. */
    double index_s; /* Building the index of all of them. */
} bench_fill_times;

/* What such catalogues are made by. */
imx_identity bench_made_up_identity(size_t dimension);

/* The bytes of a photo's sketch. */
typedef struct bench_sketch {
    const uint8_t *bytes; /* NULL for none. */
    size_t size;
} bench_sketch;

/* Add made-up references to an open store; each gets one of the sketches in turn. `seconds` that
 * adding took are added to *seconds. */
imgmatch_status bench_fill_store(double *seconds, imx_store *store, const bench_made_up *made_up,
                                 size_t references, const bench_sketch *sketches,
                                 size_t sketch_count, imgmatch_diag *diag);

imgmatch_status bench_fill(bench_fill_times *out, const char *path, const bench_made_up *made_up,
                           size_t references, imgmatch_index_kind kind, imgmatch_diag *diag);

#endif
