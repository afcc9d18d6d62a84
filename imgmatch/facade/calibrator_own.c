/* The catalogue's own photos as negatives, in the order of their ids, batch by batch. */
#include "facade/calibrator.h"

#include "base/checksum.h"
#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

#define BATCH_ITEMS 256u

typedef struct own_item {
    char *id;
    char *product;
    char *source;
    char sha256[65];
} own_item;

typedef struct own_run {
    imgmatch_calibrator *calibrator;
    uint64_t highest; /* Hash of an id that is taken. */
    size_t count;
    own_item items[BATCH_ITEMS];
    imx_negative negatives[BATCH_ITEMS];
    imgmatch_status status;
    imgmatch_diag *diag;
} own_run;

static uint64_t hash_of(const imgmatch_item *item) {
    return imx_checksum(item->id, strlen(item->id));
}

/* ---- choosing ---- */

typedef struct hashes {
    uint64_t *values;
    size_t count;
    size_t capacity;
    bool failed;
} hashes;

static bool take_hash(void *user, const imgmatch_item *item) {
    hashes *all = user;
    if (item->hash_only) {
        return true;
    }
    uint64_t *values = imx_grow_array(all->values, &all->capacity, all->count, sizeof *values);
    all->failed = values == NULL;
    if (all->failed) {
        return false;
    }
    all->values = values;
    all->values[all->count++] = hash_of(item);
    return true;
}

static int by_value(const void *a, const void *b) {
    uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;
    return (left > right) - (left < right);
}

/* The hash up to which `most` items are taken. */
static imgmatch_status choose(uint64_t *highest, const imgmatch_catalogue *catalogue, uint64_t most,
                              imgmatch_diag *diag) {
    hashes all = {.values = NULL};
    *highest = UINT64_MAX;
    if (most == 0) {
        return IMGMATCH_OK;
    }
    imgmatch_status status = imx_store_list(catalogue->store, take_hash, &all, diag);
    if (status == IMGMATCH_OK && all.failed) {
        status = imx_fail_memory(diag);
    }
    if (status == IMGMATCH_OK && all.count > most) {
        qsort(all.values, all.count, sizeof *all.values, by_value);
        *highest = all.values[most - 1];
    }
    free(all.values);
    return status;
}

/* ---- measuring ---- */

static void drop_batch(own_run *run) {
    for (; run->count > 0; run->count--) {
        own_item *item = &run->items[run->count - 1];
        free(item->id);
        free(item->product);
        free(item->source);
        *item = (own_item){.id = NULL};
    }
}

static void measure_batch(own_run *run) {
    if (run->status == IMGMATCH_OK && run->count > 0) {
        run->status =
            imx_calibrator_measure(run->calibrator, run->negatives, run->count, run->diag);
    }
    drop_batch(run);
}

static bool take_item(void *user, const imgmatch_item *item) {
    own_run *run = user;
    if (item->hash_only || hash_of(item) > run->highest) {
        return true;
    }
    own_item *own = &run->items[run->count];
    own->id = imx_copy_text(item->id);
    own->product = imx_copy_text(item->product);
    own->source = imx_copy_text(item->source);
    memcpy(own->sha256, item->sha256, sizeof own->sha256);
    imx_negative *negative = &run->negatives[run->count++];
    if (own->id == NULL || own->product == NULL || own->source == NULL) {
        run->status = imx_fail_memory(run->diag);
        return false;
    }
    *negative = (imx_negative){.own_id = own->id, .own_sha256 = own->sha256};
    negative->photo.product = own->product;
    negative->photo.source = own->source;
    negative->photo.path = own->source;
    if (run->count == BATCH_ITEMS) {
        measure_batch(run);
    }
    return run->status == IMGMATCH_OK;
}

imgmatch_status imgmatch_calibrator_add_own(imgmatch_calibrator *calibrator, uint64_t most,
                                            imgmatch_diag *diag) {
    if (calibrator == NULL) {
        return imx_fail(diag, IMGMATCH_ERR_ARGUMENT, "a required argument is NULL");
    }
    if (imx_need_catalogue(calibrator->catalogue, diag) != IMGMATCH_OK) {
        return IMGMATCH_ERR_ARGUMENT;
    }
    own_run *run = imx_new_array(1, sizeof *run);
    if (run == NULL) {
        return imx_fail_memory(diag);
    }
    run->calibrator = calibrator;
    run->diag = diag;
    imgmatch_status status = choose(&run->highest, calibrator->catalogue, most, diag);
    if (status == IMGMATCH_OK) {
        status = imx_store_list(calibrator->catalogue->store, take_item, run, diag);
        if (status != IMGMATCH_OK && run->status == IMGMATCH_OK) {
            run->status = status;
        }
        measure_batch(run);
        status = run->status;
    }
    drop_batch(run);
    free(run);
    return status;
}
