/*
 * Compaction: the next main index, built from the database alone (so that it also repairs), beside
 * the one that is in use.
 *
 * Order: write the new file under a temporary name, sync, rename; read it back, which verifies it;
 * then one transaction names it as the current one and forgets the tombstones. Killed anywhere
 * before the commit, the old file is current and the new one is swept up by the next writer; after
 * it, the other way round. Readers that still hold the old one have it open.
 */
#include "catalogue/store_parts.h"

#include "base/diag.h"
#include "catalogue/main_index.h"
#include "catalogue/rows.h"

#include <stdlib.h>
#include <string.h>

/* Below this a tail is searched so fast that a new index is not worth its writing. */
#define MIN_DUE 2000

/* The tail is searched exactly: a larger one takes longer than all of a large index. (Very large
 * indexes take so long to build that they wait for a fiftieth.) */
#define MAX_DUE 20000

/* Exact search among more takes more than a millisecond for each view of a query. */
#define MAX_EXACT 50000

/* The kind that was asked for is kept in the database, so that compactions that come of themselves
 * keep to it. */
#define KIND_KEY "index"

static const char *const kind_names[] = {[IMGMATCH_INDEX_AUTO] = "auto",
                                         [IMGMATCH_INDEX_EXACT] = "exact",
                                         [IMGMATCH_INDEX_HNSW] = "hnsw",
                                         [IMGMATCH_INDEX_IVF] = "ivf"};

#define KIND_COUNT (sizeof kind_names / sizeof *kind_names)

static imgmatch_index_kind kind_of_name(const char *name) {
    for (size_t i = 0; i < KIND_COUNT && name != NULL; i++) {
        if (strcmp(name, kind_names[i]) == 0) {
            return (imgmatch_index_kind)i;
        }
    }
    return IMGMATCH_INDEX_AUTO;
}

imgmatch_status imx_store_kept_index(imgmatch_index_kind *out, const imx_store *store,
                                     imgmatch_diag *diag) {
    char *name = NULL;
    imgmatch_status status = imx_store_get_value(&name, store, KIND_KEY, diag);
    *out = kind_of_name(name);
    free(name);
    return status;
}

static imgmatch_status choose_kind(imgmatch_index_kind *out, imx_sql *sql, uint64_t item_count,
                                   imgmatch_diag *diag) {
    char *name = NULL;
    imgmatch_status status = imx_schema_read_text(&name, sql, KIND_KEY, diag);
    *out = kind_of_name(name);
    free(name);
    if (item_count == 0) {
        *out = IMGMATCH_INDEX_EXACT;
    } else if (*out == IMGMATCH_INDEX_AUTO) {
        *out = item_count <= MAX_EXACT ? IMGMATCH_INDEX_EXACT : IMGMATCH_INDEX_IVF;
    }
    return status;
}

static imgmatch_status append_row(void *user, const imx_index_row *row, imgmatch_diag *diag) {
    return imx_bulk_append(user, row, diag);
}

static imgmatch_status write_file(imx_store *store, const imx_index_stamp *stamp,
                                  imgmatch_index_kind kind, imgmatch_diag *diag) {
    imx_bulk bulk = {.dimension = stamp->dimension};
    imx_entry_plan plan = {.entry_count = 0};
    imx_sql *sql = store->changes->sql;
    imgmatch_status status =
        imx_rows_each_view(sql, INT64_MIN, stamp->dimension, append_row, &bulk, diag);
    if (status == IMGMATCH_OK && bulk.item_count != stamp->item_count) {
        status = imx_sql_fail_damaged(sql, "the number of items", diag);
    }
    if (status == IMGMATCH_OK) {
        status = imx_entry_plan_make(&plan, &bulk, kind == IMGMATCH_INDEX_IVF, diag);
    }
    if (status == IMGMATCH_OK) {
        imx_main_source source = {.kind = kind, .bulk = &bulk, .plan = &plan};
        status = imx_index_file_publish(store->folder, stamp, imx_main_index_write, &source, diag);
    }
    imx_entry_plan_free(&plan);
    imx_bulk_free(&bulk);
    return status;
}

/* Write the file and read it back. What was gathered is freed in between: memory holds one. */
static imgmatch_status write_main(imx_segment **main, imx_store *store, const imx_state *state,
                                  imgmatch_diag *diag) {
    imx_index_stamp stamp = {.catalogue_number = store->identity.number,
                             .generation = state->main_generation,
                             .covered_seq = state->covered_seq,
                             .item_count = state->main_item_count,
                             .dimension = store->identity.made_by.dimension};
    imgmatch_index_kind kind = IMGMATCH_INDEX_AUTO;
    imgmatch_status status = choose_kind(&kind, store->changes->sql, stamp.item_count, diag);
    if (status == IMGMATCH_OK) {
        status = write_file(store, &stamp, kind, diag);
    }
    if (status == IMGMATCH_OK) {
        status = imx_index_file_read(main, store->folder, &stamp, diag);
    }
    return status;
}

static imgmatch_status name_main(imx_store *store, const imx_state *state, imx_segment *main,
                                 imgmatch_diag *diag) {
    imx_snapshot *snapshot = NULL;
    imgmatch_status status =
        imx_snapshot_of_main(&snapshot, state, store->identity.made_by.dimension, main, diag);
    if (status == IMGMATCH_OK) {
        status = imx_sql_run(store->changes->sql, "DELETE FROM tombstones", diag);
    }
    if (status != IMGMATCH_OK) {
        imx_snapshot_release(snapshot);
        return status;
    }
    return imx_store_commit_change_take(store, snapshot, diag);
}

/* `kind` NULL: what was asked for before. */
static imgmatch_status compact(imx_store *store, const imgmatch_index_kind *kind,
                               imgmatch_diag *diag) {
    const imx_snapshot *base = NULL;
    imgmatch_status status = imx_store_begin_change(&base, store, diag);
    if (status != IMGMATCH_OK) {
        return status;
    }
    imx_state state = base->state;
    uint64_t old_generation = state.main_generation;
    state.generation++;
    state.main_generation = state.generation;
    state.covered_seq = state.next_seq - 1;
    state.main_item_count = state.item_count;
    imx_segment *main = NULL;
    if (kind != NULL) {
        status = imx_schema_write_text(store->changes->sql, KIND_KEY, kind_names[*kind], diag);
    }
    if (status == IMGMATCH_OK) {
        status = write_main(&main, store, &state, diag);
    }
    if (status != IMGMATCH_OK) {
        imx_sql_rollback(store->changes->sql);
        imx_index_file_collect(store->folder, old_generation);
        return status;
    }
    /* Should the commit fail half-way, both files stay: the next open knows which one counts. */
    status = name_main(store, &state, main, diag);
    imx_segment_release(main);
    if (status == IMGMATCH_OK) {
        imx_index_file_collect(store->folder, state.main_generation);
        /* What was removed is to leave the log as well. Not when a reader is in the way. */
        (void)imx_sql_checkpoint(store->changes->sql, NULL);
    } else {
        imx_sql_rollback(store->changes->sql);
    }
    return status;
}

static imgmatch_status lock_and_compact(imx_store *store, const imgmatch_index_kind *kind,
                                        imgmatch_diag *diag) {
    (void)pthread_mutex_lock(&store->changes->mutex);
    imgmatch_status status = compact(store, kind, diag);
    (void)pthread_mutex_unlock(&store->changes->mutex);
    return status;
}

imgmatch_status imx_store_compact(imx_store *store, imgmatch_diag *diag) {
    return lock_and_compact(store, NULL, diag);
}

imgmatch_status imx_store_compact_as(imx_store *store, imgmatch_index_kind kind,
                                     imgmatch_diag *diag) {
    if ((size_t)kind >= KIND_COUNT) {
        return imx_fail(diag, IMGMATCH_ERR_ARGUMENT, "there is no index of kind %d", (int)kind);
    }
    return lock_and_compact(store, &kind, diag);
}

void imx_store_compact_if_due(imx_store *store) {
    const imx_snapshot *snapshot = store->current->snapshot;
    uint64_t main_count = snapshot->state.main_item_count;
    uint64_t tail = snapshot->state.item_count - imx_snapshot_indexed_count(snapshot);
    uint64_t due = main_count / 4;
    if (due > MAX_DUE) {
        due = main_count / 50 > MAX_DUE ? main_count / 50 : MAX_DUE;
    }
    due = due > MIN_DUE ? due : MIN_DUE;
    if (tail + snapshot->gone.count > due) {
        /* The change that led here is stored either way. A compaction that fails, say for want of
         * room, leaves all as it was, and the next change tries again. */
        (void)compact(store, NULL, NULL);
    }
}
