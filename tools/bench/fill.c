#include "fill.h"

#include "base/diag.h"
#include "base/half.h"
#include "timing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ADD_AT_ONCE 1000000u

imx_identity bench_made_up_identity(size_t dimension) {
    imx_identity identity = {.format = IMX_CATALOGUE_FORMAT,
                             .hash_version = IMX_HASH_VERSION,
                             .preprocessing_version = 1,
                             .sketch_version = 1,
                             .dimension = (uint32_t)dimension,
                             .model_name = "made up"};
    memset(identity.model_sha256, '0', sizeof identity.model_sha256 - 1);
    return identity;
}

typedef struct batch {
    imx_item_record *records;
    char (*ids)[24];
    uint16_t *halves;
    float *embedding;
    bool *replaced;
} batch;

static bool batch_init(batch *out, size_t count, size_t dimension) {
    *out = (batch){.records = calloc(count, sizeof *out->records),
                   .ids = calloc(count, sizeof *out->ids),
                   .halves = calloc(count * dimension, sizeof *out->halves),
                   .embedding = calloc(dimension, sizeof *out->embedding),
                   .replaced = calloc(count, sizeof *out->replaced)};
    return out->records != NULL && out->ids != NULL && out->halves != NULL &&
           out->embedding != NULL && out->replaced != NULL;
}

static void batch_free(batch *some) {
    free(some->records);
    free(some->ids);
    free(some->halves);
    free(some->embedding);
    free(some->replaced);
}

static void batch_make(batch *some, size_t count, const bench_made_up *made_up, size_t first) {
    size_t dimension = bench_made_up_dimension(made_up);
    for (size_t i = 0; i < count; i++) {
        uint16_t *halves = some->halves + i * dimension;
        bench_make_embedding(some->embedding, made_up, first + i);
        imx_half_from_float(halves, some->embedding, dimension);
        (void)snprintf(some->ids[i], sizeof some->ids[i], "%zu", first + i);
        some->records[i] = (imx_item_record){.id = some->ids[i],
                                             .product = "",
                                             .brand = "",
                                             .source = "",
                                             .metadata = "{}",
                                             .view_count = 1,
                                             .views = {{.embedding = halves}}};
        some->records[i].views[0].pdq.quality = 100;
        bench_make_hash(some->records[i].views[0].pdq.hash, made_up, first + i);
    }
}

imgmatch_status bench_fill_store(double *seconds, imx_store *store, const bench_made_up *made_up,
                                 size_t references, const bench_sketch *sketches,
                                 size_t sketch_count, imgmatch_diag *diag) {
    size_t most = references < ADD_AT_ONCE ? references : ADD_AT_ONCE;
    batch some;
    imgmatch_status status = batch_init(&some, most, bench_made_up_dimension(made_up))
                                 ? IMGMATCH_OK
                                 : imx_fail_memory(diag);
    for (size_t first = 0; first < references && status == IMGMATCH_OK; first += most) {
        size_t count = references - first < most ? references - first : most;
        batch_make(&some, count, made_up, first);
        for (size_t i = 0; i < count && sketch_count > 0; i++) {
            const bench_sketch *sketch = &sketches[(first + i) % sketch_count];
            some.records[i].sketch = sketch->bytes;
            some.records[i].sketch_size = sketch->size;
        }
        double start = bench_now_s();
        status = imx_store_add(some.replaced, store, some.records, count, diag);
        *seconds += bench_now_s() - start;
    }
    batch_free(&some);
    return status;
}

/* A large add compacts by itself; meanwhile with exact indexes, which take the least time. The
 * compaction behind it is of the kind that was asked for, and the one that is timed. */
imgmatch_status bench_fill(bench_fill_times *out, const char *path, const bench_made_up *made_up,
                           size_t references, imgmatch_index_kind kind, imgmatch_diag *diag) {
    imx_identity identity = bench_made_up_identity(bench_made_up_dimension(made_up));
    imx_store *store = NULL;
    *out = (bench_fill_times){.add_s = 0};
    imgmatch_status status = imx_store_create(path, NULL, &identity, diag);
    if (status == IMGMATCH_OK) {
        status = imx_store_open(&store, path, NULL, true, diag);
    }
    if (status == IMGMATCH_OK) {
        status = imx_store_compact_as(store, IMGMATCH_INDEX_EXACT, diag);
    }
    if (status == IMGMATCH_OK) {
        status = bench_fill_store(&out->add_s, store, made_up, references, NULL, 0, diag);
    }
    double start = bench_now_s();
    if (status == IMGMATCH_OK) {
        status = imx_store_compact_as(store, kind, diag);
    }
    out->index_s = bench_now_s() - start;
    imx_store_close(store);
    return status;
}
