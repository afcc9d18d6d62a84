/*
 * Adding and removing.
 *
 * A change is one transaction, and all that could fail for want of memory is done before its
 * commit: the snapshot that the change leads to is put together from what is about to be written.
 * What follows the commit (publishing, noting, compacting) cannot make the call fail, since the
 * change is there for good by then.
 */
#include "catalogue/store_parts.h"

#include "base/diag.h"
#include "base/memory.h"
#include "catalogue/rows.h"

#include <stdlib.h>
#include <string.h>

#define MAX_SKETCH_BYTES (1u << 20)

/* A change that is being made. */
typedef struct change {
    imx_store *store;
    imx_state state;
    imx_segment *added; /* NULL when nothing is. */
    imx_seq_set gone;   /* Removed or replaced, in the order in which that happens. */
    char now[IMX_ADDED_AT_BYTES];
} change;

static bool is_time(const char added_at[IMX_ADDED_AT_BYTES]) {
    return memchr(added_at, '\0', IMX_ADDED_AT_BYTES) != NULL && imx_added_at_is_valid(added_at);
}

static imgmatch_status check_item(const imx_item_record *item, float *scratch, uint32_t dimension,
                                  imgmatch_diag *diag) {
    size_t id_size = item->id == NULL ? 0 : strlen(item->id);
    if (id_size < 1 || id_size > IMX_MAX_ID_BYTES) {
        return imx_fail(diag, IMGMATCH_ERR_ARGUMENT, "an id has 1 to %u bytes", IMX_MAX_ID_BYTES);
    }
    if (item->product == NULL || item->brand == NULL || item->source == NULL ||
        item->metadata == NULL || item->view_count < 1 || item->view_count > IMX_MAX_VIEWS ||
        (item->sketch == NULL && item->sketch_size > 0) || item->sketch_size > MAX_SKETCH_BYTES ||
        memchr(item->sha256, '\0', sizeof item->sha256) == NULL ||
        (item->added_at[0] != '\0' && !is_time(item->added_at))) {
        return imx_fail(diag, IMGMATCH_ERR_ARGUMENT, "%s: the item is not complete", item->id);
    }
    imgmatch_status status = IMGMATCH_OK;
    for (uint32_t i = 0; i < item->view_count && status == IMGMATCH_OK; i++) {
        const uint16_t *embedding = item->views[i].embedding;
        if (embedding != NULL && !imx_embedding_is_sound(embedding, scratch, dimension)) {
            status = imx_fail(diag, IMGMATCH_ERR_ARGUMENT, "%s: the embedding is longer than 1",
                              item->id);
        }
    }
    return status;
}

static imgmatch_status check_items(const imx_item_record *items, size_t count, uint32_t dimension,
                                   imgmatch_diag *diag) {
    float *scratch = imx_new_array_raw(dimension, sizeof *scratch);
    if (scratch == NULL) {
        return imx_fail_memory(diag);
    }
    imgmatch_status status = IMGMATCH_OK;
    for (size_t i = 0; i < count && status == IMGMATCH_OK; i++) {
        status = check_item(&items[i], scratch, dimension, diag);
    }
    free(scratch);
    return status;
}

/* `most` items will be added, and as many gone at most. */
static imgmatch_status begin(change *out, imx_store *store, size_t most, bool adds,
                             imgmatch_diag *diag) {
    const imx_snapshot *base = NULL;
    *out = (change){.store = store};
    imx_added_at_now(out->now);
    imgmatch_status status = IMGMATCH_OK;
    if (most > 0 && (out->gone.seqs = imx_new_array_raw(most, sizeof(int64_t))) == NULL) {
        return imx_fail_memory(diag);
    }
    if (adds) {
        status = imx_segment_new(&out->added, store->identity.made_by.dimension, most, diag);
    }
    if (status == IMGMATCH_OK) {
        status = imx_store_begin_change(&base, store, diag);
    }
    if (status == IMGMATCH_OK) {
        out->state = base->state;
        out->state.generation++;
    }
    return status;
}

/* Commit when `status` is fine so far, else roll back; and clean up. */
static imgmatch_status finish(change *self, imgmatch_status status, imgmatch_diag *diag) {
    imx_snapshot *snapshot = NULL;
    if (status == IMGMATCH_OK && self->added != NULL) {
        status = imx_segment_seal(self->added, diag);
    }
    if (status == IMGMATCH_OK) {
        status = imx_snapshot_derive(&snapshot, self->store->current->snapshot, &self->state,
                                     self->added, &self->gone, diag);
    }
    if (status == IMGMATCH_OK) {
        status = imx_store_commit_change_take(self->store, snapshot, diag);
    } else {
        imx_sql_rollback(self->store->changes->sql);
    }
    imx_segment_release(self->added);
    free(self->gone.seqs);
    return status;
}

/* Remove an item if it is there. */
static imgmatch_status bury(bool *found, change *self, const char *id, imgmatch_diag *diag) {
    int64_t seq = 0;
    imgmatch_status status = imx_rows_find(&seq, self->store->changes->sql, id, diag);
    *found = seq != 0;
    if (status == IMGMATCH_OK && seq != 0) {
        status = imx_rows_bury(self->store->changes->sql, seq, diag);
        self->gone.seqs[self->gone.count++] = seq;
        self->state.item_count--;
    }
    return status;
}

static imgmatch_status add_item(bool *replaced, change *self, const imx_item_record *item,
                                imgmatch_diag *diag) {
    int64_t seq = self->state.next_seq;
    imgmatch_status status = bury(replaced, self, item->id, diag);
    if (status == IMGMATCH_OK) {
        status = imx_rows_insert(self->store->changes->sql, item, seq,
                                 self->store->identity.made_by.dimension,
                                 item->added_at[0] == '\0' ? self->now : item->added_at, diag);
    }
    for (uint32_t i = 0; i < item->view_count && status == IMGMATCH_OK; i++) {
        imx_index_row row = {.seq = seq,
                             .rank = imx_item_rank(item->id),
                             .view = (int)i,
                             .hash = item->views[i].pdq.hash,
                             .halves = item->views[i].embedding};
        status = imx_segment_append(self->added, &row, diag);
    }
    if (status == IMGMATCH_OK) {
        self->state.next_seq++;
        self->state.item_count++;
    }
    return status;
}

imgmatch_status imx_store_add(bool *replaced, imx_store *store, const imx_item_record *items,
                              size_t count, imgmatch_diag *diag) {
    memset(replaced, 0, count * sizeof *replaced);
    imgmatch_status status = check_items(items, count, store->identity.made_by.dimension, diag);
    if (status != IMGMATCH_OK || count == 0) {
        return status;
    }
    change self;
    (void)pthread_mutex_lock(&store->changes->mutex);
    status = begin(&self, store, count, true, diag);
    for (size_t i = 0; i < count && status == IMGMATCH_OK; i++) {
        status = add_item(&replaced[i], &self, &items[i], diag);
    }
    status = finish(&self, status, diag);
    if (status == IMGMATCH_OK) {
        imx_store_compact_if_due(store);
    } else {
        memset(replaced, 0, count * sizeof *replaced);
    }
    (void)pthread_mutex_unlock(&store->changes->mutex);
    return status;
}

imgmatch_status imx_store_remove(size_t *removed, imx_store *store, const char *const *ids,
                                 size_t count, imgmatch_diag *diag) {
    size_t own = 0;
    removed = removed != NULL ? removed : &own;
    *removed = 0;
    change self;
    (void)pthread_mutex_lock(&store->changes->mutex);
    imgmatch_status status = begin(&self, store, count, false, diag);
    size_t found_count = 0;
    for (size_t i = 0; i < count && status == IMGMATCH_OK; i++) {
        bool found = false;
        status = bury(&found, &self, ids[i], diag);
        found_count += found;
    }
    if (status == IMGMATCH_OK && found_count == 0) {
        /* Nothing changes, not even the generation. */
        imx_sql_rollback(store->changes->sql);
        free(self.gone.seqs);
    } else {
        status = finish(&self, status, diag);
    }
    if (status == IMGMATCH_OK) {
        *removed = found_count;
    }
    (void)pthread_mutex_unlock(&store->changes->mutex);
    return status;
}

imgmatch_status imx_store_set_value(imx_store *store, const char *key, const char *value,
                                    imgmatch_diag *diag) {
    change self;
    (void)pthread_mutex_lock(&store->changes->mutex);
    imgmatch_status status = begin(&self, store, 0, false, diag);
    if (status == IMGMATCH_OK) {
        status = imx_schema_write_text(store->changes->sql, key, value, diag);
    }
    status = finish(&self, status, diag);
    (void)pthread_mutex_unlock(&store->changes->mutex);
    return status;
}
