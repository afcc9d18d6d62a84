/*
 * A snapshot is a list of sealed segments and a set of items that are gone, none of which ever
 * changes. A change makes a new snapshot that shares the segments of the one before, so an add
 * costs what it adds: its rows become a segment of their own, and neighbours of like size are
 * joined, as in a log-structured merge tree, which keeps the segments few.
 */
#include "catalogue/snapshot.h"

#include "base/diag.h"
#include "base/memory.h"
#include "catalogue/index_file.h"
#include "catalogue/main_index.h"
#include "catalogue/rows.h"
#include "catalogue/tombstones.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How often a reader starts over because a writer published a new main index meanwhile. */
#define MAX_ATTEMPTS 8

static imgmatch_status new_snapshot(imx_snapshot **out, const imx_state *state, uint32_t dimension,
                                    imgmatch_diag *diag) {
    *out = imx_new_array(1, sizeof **out);
    if (*out == NULL) {
        return imx_fail_memory(diag);
    }
    atomic_init(&(*out)->holders, 1);
    (*out)->state = *state;
    (*out)->dimension = dimension;
    return IMGMATCH_OK;
}

imx_snapshot *imx_snapshot_hold(imx_snapshot *snapshot) {
    (void)atomic_fetch_add_explicit(&snapshot->holders, 1, memory_order_relaxed);
    return snapshot;
}

void imx_snapshot_release(imx_snapshot *snapshot) {
    if (snapshot == NULL ||
        atomic_fetch_sub_explicit(&snapshot->holders, 1, memory_order_acq_rel) != 1) {
        return;
    }
    for (size_t i = 0; i < snapshot->segment_count; i++) {
        imx_segment_release(snapshot->segments[i]);
    }
    free(snapshot->gone.seqs);
    free(snapshot);
}

uint64_t imx_snapshot_generation(const imx_snapshot *snapshot) {
    return snapshot->state.generation;
}

uint64_t imx_snapshot_item_count(const imx_snapshot *snapshot) {
    return snapshot->state.item_count;
}

uint64_t imx_snapshot_indexed_count(const imx_snapshot *snapshot) {
    uint64_t count = snapshot->state.main_item_count;
    for (size_t i = 0; i < snapshot->gone.count && count > 0; i++) {
        count -= snapshot->gone.seqs[i] <= snapshot->state.covered_seq;
    }
    return count;
}

imgmatch_index_kind imx_snapshot_index_kind(const imx_snapshot *snapshot) {
    if (snapshot->state.main_generation == 0 || snapshot->damage[0] != '\0') {
        return IMGMATCH_INDEX_AUTO;
    }
    return snapshot->segments[0]->index->kind;
}

/* ---- putting a snapshot together ---- */

static int compare_seqs(const void *left, const void *right) {
    int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
    return a < b ? -1 : a > b;
}

static imgmatch_status join_gone(imx_snapshot *snapshot, const imx_seq_set *first,
                                 const imx_seq_set *second, imgmatch_diag *diag) {
    size_t count = first->count + second->count;
    if (count == 0) {
        return IMGMATCH_OK;
    }
    int64_t *seqs = imx_new_array_raw(count, sizeof *seqs);
    if (seqs == NULL) {
        return imx_fail_memory(diag);
    }
    if (first->count > 0) {
        memcpy(seqs, first->seqs, first->count * sizeof *seqs);
    }
    if (second->count > 0) {
        memcpy(seqs + first->count, second->seqs, second->count * sizeof *seqs);
        qsort(seqs, count, sizeof *seqs, compare_seqs);
    }
    snapshot->gone = (imx_seq_set){seqs, count};
    return IMGMATCH_OK;
}

static void share_segments(imx_snapshot *snapshot, const imx_snapshot *previous) {
    for (size_t i = 0; i < previous->segment_count; i++) {
        snapshot->segments[i] = imx_segment_hold(previous->segments[i]);
    }
    snapshot->segment_count = previous->segment_count;
    memcpy(snapshot->damage, previous->damage, sizeof snapshot->damage);
}

static imgmatch_status join_last_two(imx_snapshot *snapshot, imgmatch_diag *diag) {
    imx_segment **last = &snapshot->segments[snapshot->segment_count - 1];
    imx_segment **before = last - 1;
    imx_segment *joined = NULL;
    imgmatch_status status = imx_segment_new(&joined, snapshot->dimension,
                                             (*before)->row_count + (*last)->row_count, diag);
    if (status == IMGMATCH_OK) {
        status = imx_segment_append_segment(joined, *before, &snapshot->gone, diag);
    }
    if (status == IMGMATCH_OK) {
        status = imx_segment_append_segment(joined, *last, &snapshot->gone, diag);
    }
    if (status == IMGMATCH_OK) {
        status = imx_segment_seal(joined, diag);
    }
    if (status != IMGMATCH_OK) {
        imx_segment_release(joined);
        return status;
    }
    imx_segment_release(*before);
    imx_segment_release(*last);
    *before = joined;
    *last = NULL;
    snapshot->segment_count--;
    return IMGMATCH_OK;
}

/* Put a tail segment behind the others. The main index is joined with nothing. */
static imgmatch_status push_tail(imx_snapshot *snapshot, imx_segment *added, imgmatch_diag *diag) {
    if (added == NULL || added->row_count == 0) {
        return IMGMATCH_OK;
    }
    size_t first_tail = snapshot->state.main_generation != 0 && snapshot->damage[0] == '\0' ? 1 : 0;
    snapshot->segments[snapshot->segment_count++] = imx_segment_hold(added);
    imgmatch_status status = IMGMATCH_OK;
    while (status == IMGMATCH_OK && snapshot->segment_count >= first_tail + 2) {
        imx_segment *const *last = &snapshot->segments[snapshot->segment_count - 1];
        if (last[-1]->row_count > 2 * last[0]->row_count &&
            snapshot->segment_count < IMX_MAX_SEGMENTS) {
            break;
        }
        status = join_last_two(snapshot, diag);
    }
    return status;
}

imgmatch_status imx_snapshot_derive(imx_snapshot **out, const imx_snapshot *previous,
                                    const imx_state *state, imx_segment *added,
                                    const imx_seq_set *more_gone, imgmatch_diag *diag) {
    imx_snapshot *snapshot = NULL;
    *out = NULL;
    imgmatch_status status = new_snapshot(&snapshot, state, previous->dimension, diag);
    if (status != IMGMATCH_OK) {
        return status;
    }
    share_segments(snapshot, previous);
    status = join_gone(snapshot, &previous->gone, more_gone, diag);
    if (status == IMGMATCH_OK) {
        status = push_tail(snapshot, added, diag);
    }
    if (status != IMGMATCH_OK) {
        imx_snapshot_release(snapshot);
        return status;
    }
    *out = snapshot;
    return IMGMATCH_OK;
}

imgmatch_status imx_snapshot_of_main(imx_snapshot **out, const imx_state *state, uint32_t dimension,
                                     imx_segment *main, imgmatch_diag *diag) {
    imgmatch_status status = new_snapshot(out, state, dimension, diag);
    if (status == IMGMATCH_OK && main != NULL) {
        (*out)->segments[0] = imx_segment_hold(main);
        (*out)->segment_count = 1;
    }
    return status;
}

/* ---- reading ---- */

static imgmatch_status append_row(void *user, const imx_index_row *row, imgmatch_diag *diag) {
    return imx_segment_append(user, row, diag);
}

/* The rows from `first_seq` on, as a sealed segment. */
static imgmatch_status read_tail(imx_segment **out, imx_sql *sql, uint32_t dimension,
                                 int64_t first_seq, imgmatch_diag *diag) {
    imgmatch_status status = imx_segment_new(out, dimension, 64, diag);
    if (status == IMGMATCH_OK) {
        status = imx_rows_each_view(sql, first_seq, dimension, append_row, *out, diag);
    }
    return status == IMGMATCH_OK ? imx_segment_seal(*out, diag) : status;
}

/* Read the main index; with `tolerant`, damage is noted in the snapshot. *missing: no such file. */
static imgmatch_status read_main(imx_snapshot *snapshot, bool *missing, const char *folder,
                                 const imx_catalogue_identity *identity, bool tolerant,
                                 imgmatch_diag *diag) {
    *missing = false;
    if (snapshot->state.main_generation == 0) {
        return IMGMATCH_OK;
    }
    imx_index_stamp stamp = {.catalogue_number = identity->number,
                             .generation = snapshot->state.main_generation,
                             .covered_seq = snapshot->state.covered_seq,
                             .item_count = snapshot->state.main_item_count,
                             .dimension = snapshot->dimension};
    imgmatch_diag own = IMGMATCH_DIAG_INIT;
    imx_segment *main = NULL;
    imgmatch_status status = imx_index_file_read(&main, folder, &stamp, &own);
    if (status == IMGMATCH_OK) {
        snapshot->segments[snapshot->segment_count++] = main;
        return IMGMATCH_OK;
    }
    if (status == IMGMATCH_ERR_NOT_FOUND) {
        char name[IMX_INDEX_NAME_BYTES];
        imx_index_file_name(name, stamp.generation);
        *missing = true;
        own = (imgmatch_diag)IMGMATCH_DIAG_INIT;
        status = imx_fail(&own, IMGMATCH_ERR_CATALOGUE,
                          "%s/%s is missing; 'imgmatch-index compact' makes it anew", folder, name);
    }
    if (tolerant && (status == IMGMATCH_ERR_CATALOGUE || status == IMGMATCH_ERR_IO)) {
        memcpy(snapshot->damage, own.message, sizeof snapshot->damage);
        return IMGMATCH_OK;
    }
    return imx_fail(diag, status, "%s", own.message);
}

/* The three sources have to agree on how many items there are. */
static imgmatch_status check_counts(const imx_snapshot *snapshot, imx_sql *sql,
                                    imgmatch_diag *diag) {
    uint64_t gone_tail = 0, tail = 0;
    size_t main_segments = snapshot->state.main_generation != 0 ? 1 : 0;
    for (size_t i = main_segments; i < snapshot->segment_count; i++) {
        const imx_segment *segment = snapshot->segments[i];
        tail += segment->item_count;
        for (size_t row = 0; row < segment->row_count; row++) {
            bool first = row == 0 || segment->seqs[row - 1] != segment->seqs[row];
            gone_tail += first && imx_seq_set_has(&snapshot->gone, segment->seqs[row]);
        }
    }
    if (imx_snapshot_indexed_count(snapshot) + tail - gone_tail != snapshot->state.item_count) {
        return imx_sql_fail_damaged(sql, "the number of items", diag);
    }
    return IMGMATCH_OK;
}

static imgmatch_status fill(imx_snapshot *snapshot, bool *missing, imx_sql *sql, const char *folder,
                            const imx_catalogue_identity *identity, const imx_snapshot *previous,
                            bool tolerant, imgmatch_diag *diag) {
    *missing = false;
    int64_t first_seq = snapshot->state.covered_seq + 1;
    imgmatch_status status = IMGMATCH_OK;
    if (previous != NULL && previous->damage[0] == '\0' &&
        previous->state.main_generation == snapshot->state.main_generation) {
        share_segments(snapshot, previous);
        first_seq = previous->state.next_seq;
    } else {
        status = read_main(snapshot, missing, folder, identity, tolerant, diag);
    }
    if (status == IMGMATCH_OK) {
        status = imx_tombstones_read(&snapshot->gone, sql, snapshot->state.generation, diag);
    }
    imx_segment *tail = NULL;
    if (status == IMGMATCH_OK) {
        status = read_tail(&tail, sql, snapshot->dimension, first_seq, diag);
    }
    if (status == IMGMATCH_OK) {
        status = push_tail(snapshot, tail, diag);
    }
    imx_segment_release(tail);
    if (status == IMGMATCH_OK && snapshot->damage[0] == '\0') {
        status = check_counts(snapshot, sql, diag);
    }
    return status;
}

imgmatch_status imx_snapshot_load(imx_snapshot **out, imx_sql *sql, const char *folder,
                                  const imx_catalogue_identity *identity,
                                  const imx_snapshot *previous, bool tolerant,
                                  imgmatch_diag *diag) {
    *out = NULL;
    uint64_t missing_generation = 0;
    for (int attempt = 0;; attempt++) {
        imx_state state = {.generation = 0};
        imx_snapshot *snapshot = NULL;
        imgmatch_diag own = IMGMATCH_DIAG_INIT;
        bool missing = false;
        imgmatch_status status = imx_sql_begin_read(sql, &own);
        if (status == IMGMATCH_OK) {
            status = imx_schema_read_state(&state, sql, &own);
        }
        if (status == IMGMATCH_OK) {
            status = new_snapshot(&snapshot, &state, identity->made_by.dimension, &own);
        }
        /* A file that is missing at the second look too, is. */
        bool last = attempt == MAX_ATTEMPTS || state.main_generation == missing_generation;
        if (status == IMGMATCH_OK) {
            status =
                fill(snapshot, &missing, sql, folder, identity, previous, tolerant && last, &own);
        }
        imx_sql_rollback(sql);
        if (status == IMGMATCH_OK) {
            *out = snapshot;
            return IMGMATCH_OK;
        }
        imx_snapshot_release(snapshot);
        bool try_again = status == IMGMATCH_ERR_CATALOGUE && (missing || tolerant) && !last;
        if (!try_again) {
            return imx_fail(diag, status, "%s", own.message);
        }
        missing_generation = state.main_generation;
    }
}
