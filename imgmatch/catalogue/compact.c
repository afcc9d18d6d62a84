/*
 * Compaction: the next main index, built from the database alone (so that it also repairs), beside
 * the one that is in use.
 *
 * Order: write the new file under a temporary name, sync, rename; read it back, which verifies it;
 * then one transaction names it as the current one and forgets the tombstones. Killed anywhere
 * before the commit, the old file is current and the new one is swept up by the next writer; after
 * it, the other way round. Readers that still hold the old one have it in memory.
 */
#include "catalogue/store_parts.h"

#include "base/diag.h"
#include "base/memory.h"
#include "catalogue/index_file.h"
#include "catalogue/rows.h"

#include <stdlib.h>

/* Below this a tail is searched so fast that a new index is not worth its writing. */
#define MIN_DUE 2000

/* All views of the database, in order, as a sealed segment. */
static imgmatch_status gather(imx_segment **out, imx_sql *sql, uint32_t dimension,
                              uint64_t item_count, imgmatch_diag *diag) {
    imx_statement *statement = NULL;
    uint16_t *halves = imx_new_array_raw(dimension, sizeof *halves);
    imgmatch_status status = halves == NULL
                                 ? imx_fail_memory(diag)
                                 : imx_segment_new(out, dimension, (size_t)item_count, diag);
    if (status == IMGMATCH_OK) {
        status = imx_sql_prepare(&statement, sql,
                                 "SELECT " IMX_VIEW_COLUMNS " FROM views ORDER BY seq, view", diag);
    }
    bool row = status == IMGMATCH_OK;
    while (row && (status = imx_sql_step(&row, statement, diag)) == IMGMATCH_OK && row) {
        imx_view_row view;
        status = imx_view_row_take(&view, halves, dimension, sql, statement, 0, diag);
        if (status == IMGMATCH_OK) {
            imx_segment_row segment_row = {
                .seq = view.seq, .view = view.view, .hash = view.pdq.hash, .halves = halves};
            status = imx_segment_append(*out, &segment_row, diag);
        }
        row = status == IMGMATCH_OK;
    }
    imx_sql_done(statement);
    free(halves);
    if (status == IMGMATCH_OK) {
        status = imx_segment_seal(*out, diag);
    }
    if (status == IMGMATCH_OK && (*out)->item_count != item_count) {
        status = imx_sql_fail_damaged(sql, "the number of items", diag);
    }
    return status;
}

/* Write the file and read it back. The gathered copy is freed in between: memory holds one. */
static imgmatch_status write_main(imx_segment **main, imx_store *store, const imx_state *state,
                                  imgmatch_diag *diag) {
    imx_sql *sql = store->changes->sql;
    imx_index_stamp stamp = {.catalogue_number = store->identity.number,
                             .generation = state->main_generation,
                             .covered_seq = state->covered_seq,
                             .item_count = state->main_item_count,
                             .dimension = store->identity.made_by.dimension};
    imx_segment *gathered = NULL;
    imgmatch_status status = gather(&gathered, sql, stamp.dimension, stamp.item_count, diag);
    if (status == IMGMATCH_OK) {
        status = imx_index_file_write(store->folder, &stamp, gathered, diag);
    }
    imx_segment_release(gathered);
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

static imgmatch_status compact(imx_store *store, imgmatch_diag *diag) {
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
    status = write_main(&main, store, &state, diag);
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

imgmatch_status imx_store_compact(imx_store *store, imgmatch_diag *diag) {
    (void)pthread_mutex_lock(&store->changes->mutex);
    imgmatch_status status = compact(store, diag);
    (void)pthread_mutex_unlock(&store->changes->mutex);
    return status;
}

void imx_store_compact_if_due(imx_store *store) {
    const imx_snapshot *snapshot = store->current->snapshot;
    uint64_t tail = snapshot->state.item_count - imx_snapshot_indexed_count(snapshot);
    uint64_t due = snapshot->state.main_item_count / 4;
    due = due > MIN_DUE ? due : MIN_DUE;
    if (tail + snapshot->gone.count > due) {
        /* The change that led here is stored either way. A compaction that fails, say for want of
         * room, leaves all as it was, and the next change tries again. */
        (void)compact(store, NULL);
    }
}
