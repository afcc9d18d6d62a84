/*
 * Filling a reindexed catalogue, in batches: look at what an earlier run left under the ids of the
 * batch, store bare hashes, fingerprint and store photos; at the end, drop what the old catalogue
 * does not have.
 *
 * The old catalogue may have been changed between two runs in any way, so nothing that is there is
 * taken to be right for being there. A bare hash stays if all of it is the same. A photo stays if
 * its details and the bytes of its file are those that were fingerprinted, which
 * imgmatch_catalogue_add looks at; what it cannot see, that only a hash is there, is seen here.
 */
#include "facade/reindex_fill.h"

#include "facade/handle.h"
#include "facade/item_json.h"

#include "base/diag.h"
#include "base/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BATCH_ITEMS 64u

typedef struct filling {
    const imgmatch_reindex_options *options;
    imgmatch_reindex_report *report;
    imx_record_source *old;
    imgmatch_catalogue *fresh;
    imx_record_source *made; /* Of the new one. */
    size_t count;
    imx_owned_item batch[BATCH_ITEMS];
    size_t hash_count; /* Those that are not in the new one as they are. */
    imx_item_record hashes[BATCH_ITEMS];
    bool replaced[BATCH_ITEMS];
    size_t stale_count; /* Photos that were a hash when the earlier run saw them. */
    const char *stale[BATCH_ITEMS];
    size_t photo_count;
    const imx_item_record *photo_items[BATCH_ITEMS];
    imgmatch_photo photos[BATCH_ITEMS];
    imgmatch_outcome outcomes[BATCH_ITEMS];
} filling;

static void report_failure(filling *self, const imx_item_record *item, const char *why) {
    char line[1024];
    (void)snprintf(line, sizeof line, "%.300s (%.300s): %.300s", item->id, item->source, why);
    self->report->failed++;
    if (self->options->problem != NULL) {
        self->options->problem(self->options->user, line);
    }
}

static uint32_t embedded_views(const imx_item_record *item) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < item->view_count; i++) {
        count += item->views[i].embedding != NULL;
    }
    return count;
}

/* ---- what is there ---- */

/* Unlike an import, this copies: the time belongs to the item, too. */
static bool is_same_hash(const imx_item_record *there, const imx_item_record *item) {
    /* Neither has embeddings, of whatever dimension. */
    return embedded_views(there) == 0 && imx_record_equals(there, item, 0) &&
           strcmp(there->added_at, item->added_at) == 0;
}

static void sort_item(filling *self, const imx_item_record *item, const imx_item_record *there) {
    if (embedded_views(item) == 0) {
        if (there == NULL || !is_same_hash(there, item)) {
            self->hashes[self->hash_count++] = *item;
        }
        return;
    }
    if (there != NULL && embedded_views(there) < there->view_count) {
        self->stale[self->stale_count++] = item->id;
    }
    self->photo_items[self->photo_count] = item;
    self->photos[self->photo_count++] = (imgmatch_photo){.id = item->id,
                                                         .product = item->product,
                                                         .brand = item->brand,
                                                         .source = item->source,
                                                         .metadata = item->metadata,
                                                         .path = item->source};
}

static imgmatch_status sort_batch(filling *self, imgmatch_diag *diag) {
    self->hash_count = 0;
    self->stale_count = 0;
    self->photo_count = 0;
    imgmatch_status status = imx_record_source_renew(self->made, diag);
    for (size_t i = 0; i < self->count && status == IMGMATCH_OK; i++) {
        const imx_item_record *item = &self->batch[i].record, *there = NULL;
        status = imx_record_source_find(&there, self->made, item->id, diag);
        if (status == IMGMATCH_OK) {
            sort_item(self, item, there);
        }
    }
    imx_record_source_let_go(self->made);
    return status;
}

/* ---- storing ---- */

/* A hash needs no model. */
static imgmatch_status store_hashes(filling *self, imgmatch_diag *diag) {
    imgmatch_status status =
        imx_store_add(self->replaced, self->fresh->store, self->hashes, self->hash_count, diag);
    if (status == IMGMATCH_OK) {
        self->report->done += self->count - self->photo_count;
    }
    return status;
}

/* A photo that is there but not the one that was indexed does not go in. */
static imgmatch_status check_bytes(filling *self, const imx_item_record *item,
                                   imgmatch_diag *diag) {
    imgmatch_item *made = NULL;
    imgmatch_status status = imx_store_get(&made, self->fresh->store, item->id, diag);
    if (status != IMGMATCH_OK) {
        return status;
    }
    bool same = strcmp(made->sha256, item->sha256) == 0;
    imgmatch_item_free(made);
    if (same) {
        self->report->done++;
        return IMGMATCH_OK;
    }
    report_failure(self, item, "changed: the file is not the photo that was indexed");
    return imx_store_remove(NULL, self->fresh->store, &item->id, 1, diag);
}

static imgmatch_status store_photos(filling *self, imgmatch_diag *diag) {
    imgmatch_add_options add = IMGMATCH_ADD_OPTIONS_INIT;
    add.threads = self->options->threads;
    imgmatch_status status = imgmatch_catalogue_add(self->outcomes, self->fresh, self->photos,
                                                    self->photo_count, &add, diag);
    for (size_t i = 0; i < self->photo_count && status == IMGMATCH_OK; i++) {
        const imx_item_record *item = self->photo_items[i];
        if (self->outcomes[i].kind == IMGMATCH_OUTCOME_FAILED) {
            char why[256];
            (void)snprintf(why, sizeof why, "%s: %s",
                           imgmatch_reason_code(self->outcomes[i].reason),
                           self->outcomes[i].message);
            report_failure(self, item, why);
            /* What an earlier run made of it. */
            status = imx_store_remove(NULL, self->fresh->store, &item->id, 1, diag);
        } else {
            status = check_bytes(self, item, diag);
        }
    }
    return status;
}

static void clear_batch(filling *self) {
    while (self->count > 0) {
        imx_owned_item_free(&self->batch[--self->count]);
    }
}

static imgmatch_status work_on_batch(filling *self, imgmatch_diag *diag) {
    imgmatch_status status = sort_batch(self, diag);
    if (status == IMGMATCH_OK && self->stale_count > 0) {
        status = imx_store_remove(NULL, self->fresh->store, self->stale, self->stale_count, diag);
    }
    if (status == IMGMATCH_OK) {
        status = store_hashes(self, diag);
    }
    if (status == IMGMATCH_OK) {
        status = store_photos(self, diag);
    }
    size_t looked_at = self->count;
    clear_batch(self);
    if (status == IMGMATCH_OK && self->options->progress != NULL &&
        !self->options->progress(self->options->user, looked_at,
                                 imx_record_source_count(self->old))) {
        status = imx_fail(diag, IMGMATCH_ERR_CANCELLED, "stopped; the same call goes on from here");
    }
    return status;
}

static imgmatch_status take_all(filling *self, imgmatch_diag *diag) {
    uint32_t dimension = imx_record_source_identity(self->old)->dimension;
    const imx_item_record *item = NULL;
    imgmatch_status status = imx_record_source_next(&item, self->old, diag);
    while (status == IMGMATCH_OK && item != NULL) {
        status = imx_item_copy(&self->batch[self->count++], item, dimension, diag);
        if (status == IMGMATCH_OK && self->count == BATCH_ITEMS) {
            status = work_on_batch(self, diag);
        }
        if (status == IMGMATCH_OK) {
            status = imx_record_source_next(&item, self->old, diag);
        }
    }
    return status == IMGMATCH_OK && self->count > 0 ? work_on_batch(self, diag) : status;
}

/* Items that were removed from the old catalogue between two runs. */
static imgmatch_status drop_removed(filling *self, imgmatch_diag *diag) {
    const imx_item_record *item = NULL, *there = NULL;
    imgmatch_status status = imx_record_source_renew(self->made, diag);
    if (status == IMGMATCH_OK) {
        status = imx_record_source_next(&item, self->made, diag);
    }
    while (status == IMGMATCH_OK && item != NULL) {
        status = imx_record_source_find(&there, self->old, item->id, diag);
        if (status == IMGMATCH_OK && there == NULL) {
            status = imx_store_remove(NULL, self->fresh->store, &item->id, 1, diag);
        }
        if (status == IMGMATCH_OK) {
            status = imx_record_source_next(&item, self->made, diag);
        }
    }
    return status;
}

imgmatch_status imx_reindex_fill(imgmatch_reindex_report *report, imgmatch_catalogue *fresh,
                                 imx_record_source *old, const imgmatch_reindex_options *options,
                                 imgmatch_diag *diag) {
    filling *self = imx_new_array(1, sizeof *self);
    if (self == NULL) {
        return imx_fail_memory(diag);
    }
    self->options = options;
    self->report = report;
    self->old = old;
    self->fresh = fresh;
    imgmatch_status status =
        imx_record_source_open(&self->made, imx_store_folder(fresh->store), NULL, diag);
    if (status == IMGMATCH_OK) {
        status = take_all(self, diag);
    }
    if (status == IMGMATCH_OK) {
        status = drop_removed(self, diag);
    }
    clear_batch(self);
    imx_record_source_close(self->made);
    free(self);
    return status;
}
