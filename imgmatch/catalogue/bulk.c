#include "catalogue/bulk.h"

#include "base/diag.h"
#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

static bool grow(void **array, size_t capacity, size_t size) {
    void *grown = imx_resize_array(*array, capacity, size);
    *array = grown != NULL ? grown : *array;
    return grown != NULL;
}

static bool reserve(imx_bulk *bulk, size_t capacity) {
    void *arrays[] = {bulk->seqs, bulk->views, bulk->hashes, bulk->halves};
    const size_t sizes[] = {sizeof *bulk->seqs, 1, IMGMATCH_PDQ_BYTES,
                            bulk->dimension * sizeof *bulk->halves};
    bool done = true;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes && done; i++) {
        done = grow(&arrays[i], capacity, sizes[i]);
    }
    bulk->seqs = arrays[0];
    bulk->views = arrays[1];
    bulk->hashes = arrays[2];
    bulk->halves = arrays[3];
    bulk->capacity = done ? capacity : bulk->capacity;
    return done;
}

imgmatch_status imx_bulk_append(imx_bulk *bulk, int64_t seq, int view, const uint8_t *hash,
                                const uint16_t *halves, imgmatch_diag *diag) {
    size_t at = bulk->row_count;
    if (at == UINT32_MAX) {
        return imx_fail(diag, IMGMATCH_ERR_UNSUPPORTED, "an index holds up to %u views",
                        UINT32_MAX);
    }
    if (at == bulk->capacity && !reserve(bulk, at + at / 4 + 4096)) {
        return imx_fail_memory(diag);
    }
    bulk->seqs[at] = seq;
    bulk->views[at] = (uint8_t)view;
    memcpy(bulk->hashes + at * IMGMATCH_PDQ_BYTES, hash, IMGMATCH_PDQ_BYTES);
    memcpy(bulk->halves + at * bulk->dimension, halves, bulk->dimension * sizeof *halves);
    bulk->item_count += at == 0 || bulk->seqs[at - 1] != seq;
    bulk->row_count++;
    return IMGMATCH_OK;
}

void imx_bulk_free(imx_bulk *bulk) {
    free(bulk->seqs);
    free(bulk->views);
    free(bulk->hashes);
    free(bulk->halves);
    *bulk = (imx_bulk){.dimension = bulk->dimension};
}
