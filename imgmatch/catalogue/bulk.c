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
    void *arrays[] = {bulk->seqs, bulk->ranks, bulk->views, bulk->hashes, bulk->halves};
    const size_t sizes[] = {sizeof *bulk->seqs, sizeof *bulk->ranks, 1, IMGMATCH_PDQ_BYTES,
                            bulk->dimension * sizeof *bulk->halves};
    bool done = true;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes && done; i++) {
        done = grow(&arrays[i], capacity, sizes[i]);
    }
    bulk->seqs = arrays[0];
    bulk->ranks = arrays[1];
    bulk->views = arrays[2];
    bulk->hashes = arrays[3];
    bulk->halves = arrays[4];
    bulk->capacity = done ? capacity : bulk->capacity;
    return done;
}

imgmatch_status imx_bulk_append(imx_bulk *bulk, const imx_index_row *row, imgmatch_diag *diag) {
    size_t at = bulk->row_count;
    if (at == UINT32_MAX) {
        return imx_fail(diag, IMGMATCH_ERR_UNSUPPORTED, "an index holds up to %u views",
                        UINT32_MAX);
    }
    if (at == bulk->capacity && !reserve(bulk, at + at / 4 + 4096)) {
        return imx_fail_memory(diag);
    }
    bulk->seqs[at] = row->seq;
    bulk->ranks[at] = row->rank;
    bulk->views[at] = (uint8_t)row->view;
    memcpy(bulk->hashes + at * IMGMATCH_PDQ_BYTES, row->hash, IMGMATCH_PDQ_BYTES);
    memcpy(bulk->halves + at * bulk->dimension, row->halves,
           bulk->dimension * sizeof *bulk->halves);
    bulk->item_count += at == 0 || bulk->seqs[at - 1] != row->seq;
    bulk->row_count++;
    return IMGMATCH_OK;
}

void imx_bulk_free(imx_bulk *bulk) {
    free(bulk->seqs);
    free(bulk->ranks);
    free(bulk->views);
    free(bulk->hashes);
    free(bulk->halves);
    *bulk = (imx_bulk){.dimension = bulk->dimension};
}
