/*
 * Searching the approximate kinds. (The exact one: main_exact.c.)
 *
 * Lists or graph name entries that may be among the nearest; those are scored by their embeddings
 * as stored, with imx_inner_product, like everything else. Each stands for one row or more. Their
 * embeddings, more than half of the file, are read and not mapped: a mapping would bring in the
 * pages around each, until all of them counted as memory of the process.
 *
 * When fewer live items come out than are wanted (most were removed, or one has many entries), more
 * entries are asked for, until there are no more.
 */
#include "catalogue/inner_product.h"
#include "catalogue/main_scoring.h"

#include "base/diag.h"
#include "base/half.h"
#include "base/memory.h"

#include <stdlib.h>

/* Of the entries that the codes put first, so many for each item that is wanted are scored. */
#define FETCH_FACTOR 4
#define FETCH_MARGIN 64
#define FETCH_GROWTH 4

imgmatch_status imx_main_index_row_halves(const uint16_t **out, const imx_segment *segment,
                                          size_t row, imgmatch_diag *diag) {
    const imx_main_index *index = segment->index;
    *out = NULL;
    imgmatch_status status = imx_mapped_file_verify(index->file, index->row_entries + row,
                                                    sizeof *index->row_entries, diag);
    if (status != IMGMATCH_OK) {
        return status;
    }
    size_t entry = imx_mapped_number(index->row_entries + row);
    if (entry >= index->entry_count) {
        return imx_fail(diag, IMGMATCH_ERR_CATALOGUE,
                        "the main index is damaged: a row has no entry");
    }
    const uint16_t *halves = index->halves + entry * segment->dimension;
    status = imx_mapped_file_verify(index->file, halves, segment->dimension * sizeof *halves, diag);
    *out = status == IMGMATCH_OK ? halves : NULL;
    return status;
}

/* ---- scoring ---- */

imgmatch_status imx_main_rows_of(imx_span *out, const imx_segment *segment, uint32_t entry,
                                 imgmatch_diag *diag) {
    *out = imx_mapped_span(segment->index->entry_starts, entry);
    return imx_span_is_within(*out, segment->row_count)
               ? IMGMATCH_OK
               : imx_mapped_file_fail_changed(segment->index->file, diag);
}

imgmatch_status imx_main_take_rows(imx_scored_rows *out, const imx_segment *segment, uint32_t entry,
                                   float score, imgmatch_diag *diag) {
    const imx_main_index *index = segment->index;
    imx_span span;
    imgmatch_status status = imx_main_rows_of(&span, segment, entry, diag);
    for (uint32_t i = span.start; status == IMGMATCH_OK && i < span.end; i++) {
        uint32_t row = imx_mapped_number(index->entry_rows + i);
        if (row < segment->row_count && out->count < out->room) {
            out->rows[out->count++] = (imx_scored_row){row, score};
        } else {
            status = imx_mapped_file_fail_changed(index->file, diag);
        }
    }
    return status;
}

static int by_row(const void *left, const void *right) {
    const imx_scored_row *a = left, *b = right;
    return (a->row > b->row) - (a->row < b->row);
}

void imx_main_offer_rows(imx_nearest *nearest, const imx_segment *segment,
                         const imx_scored_rows *scored, const imx_seq_set *gone) {
    imx_scored_row *rows = scored->rows;
    size_t count = scored->count;
    qsort(rows, count, sizeof *rows, by_row);
    for (size_t i = 0; i < count;) {
        int64_t seq = segment->seqs[rows[i].row];
        imx_near best = {.seq = seq, .rank = segment->ranks[rows[i].row]};
        /* The first has to be passed whatever its seq is by now, or there would be no end. */
        for (bool first = true; i < count && (first || segment->seqs[rows[i].row] == seq); i++) {
            double key = -(double)rows[i].score;
            if (first || !(key >= best.key)) { /* Also where the best is NaN. */
                best.key = key;
                best.view = segment->views[rows[i].row];
            }
            first = false;
        }
        if (!imx_seq_set_has(gone, seq)) {
            imx_nearest_offer(nearest, &best);
        }
    }
}

static imgmatch_status score_entries(imx_nearest *found, const imx_segment *segment,
                                     const float *query, const uint32_t *entries, size_t count,
                                     const imx_seq_set *gone, imgmatch_diag *diag) {
    const imx_main_index *index = segment->index;
    uint32_t dimension = segment->dimension;
    imx_scored_rows rows = {.room = 0};
    for (size_t i = 0; i < count; i++) {
        imx_span span;
        imgmatch_status status = imx_main_rows_of(&span, segment, entries[i], diag);
        if (status != IMGMATCH_OK) {
            return status;
        }
        rows.room += span.end - span.start;
    }
    rows.rows = imx_new_array_raw(rows.room, sizeof *rows.rows);
    float *vector = imx_new_array_raw(dimension, sizeof *vector);
    uint16_t *halves = imx_new_array_raw(dimension, sizeof *halves);
    imgmatch_status status =
        rows.rows == NULL || vector == NULL || halves == NULL ? imx_fail_memory(diag) : IMGMATCH_OK;
    for (size_t i = 0; i < count && status == IMGMATCH_OK; i++) {
        status = imx_mapped_file_copy(halves, index->file,
                                      index->halves + (size_t)entries[i] * dimension,
                                      dimension * sizeof *halves, diag);
        if (status == IMGMATCH_OK) {
            imx_half_to_float(vector, halves, dimension);
            float score = imx_inner_product(query, vector, dimension);
            status = imx_main_take_rows(&rows, segment, entries[i], score, diag);
        }
    }
    if (status == IMGMATCH_OK) {
        imx_main_offer_rows(found, segment, &rows, gone);
    }
    free(rows.rows);
    free(vector);
    free(halves);
    return status;
}

/* ---- searching ---- */

/* *all: there are no more entries to be had. */
static imgmatch_status find_entries(uint32_t *entries, size_t *count, bool *all,
                                    const imx_main_index *index, const float *query, size_t fetch,
                                    uint32_t probes, imgmatch_diag *diag) {
    if (index->kind == IMGMATCH_INDEX_HNSW) {
        imgmatch_status status =
            imx_vector_index_search_graph(entries, count, index->graph, query, fetch, diag);
        *all = fetch >= index->entry_count;
        return status;
    }
    size_t scanned = 0;
    imgmatch_status status =
        imx_ivf_search(entries, count, &scanned, &index->ivf, query, fetch, probes, diag);
    /* What scanned says is read from a file that somebody may change meanwhile. */
    *all = probes >= index->ivf.list_count && (fetch >= index->entry_count || *count >= scanned);
    return status;
}

static imgmatch_status search_round(bool *enough, imx_nearest *found, const imx_segment *segment,
                                    const float *query, size_t fetch, uint32_t probes,
                                    const imx_seq_set *gone, imgmatch_diag *diag) {
    uint32_t *entries = imx_new_array_raw(fetch, sizeof *entries);
    if (entries == NULL) {
        return imx_fail_memory(diag);
    }
    size_t count = 0;
    bool all = false;
    imgmatch_status status =
        find_entries(entries, &count, &all, segment->index, query, fetch, probes, diag);
    if (status == IMGMATCH_OK) {
        found->count = 0;
        status = score_entries(found, segment, query, entries, count, gone, diag);
        *enough = all || imx_nearest_is_full(found);
    }
    free(entries);
    return status;
}

/* Probes and fetches more until there are enough that are not gone. */
static imgmatch_status search_approximately(imx_nearest *nearest, const imx_segment *segment,
                                            const float *query, const imx_seq_set *gone,
                                            imgmatch_diag *diag) {
    const imx_main_index *index = segment->index;
    size_t k = nearest->capacity;
    imx_nearest found;
    if (!imx_nearest_init(&found, k)) {
        return imx_fail_memory(diag);
    }
    size_t fetch = k > index->entry_count ? index->entry_count : FETCH_FACTOR * k + FETCH_MARGIN;
    uint64_t probes = index->ivf.probes;
    bool enough = false;
    imgmatch_status status = IMGMATCH_OK;
    while (!enough && status == IMGMATCH_OK) {
        fetch = fetch < index->entry_count ? fetch : index->entry_count;
        probes = probes < index->ivf.list_count ? probes : index->ivf.list_count;
        status = search_round(&enough, &found, segment, query, fetch, (uint32_t)probes, gone, diag);
        fetch *= FETCH_GROWTH;
        probes *= FETCH_GROWTH;
    }
    for (size_t i = 0; i < found.count && status == IMGMATCH_OK; i++) {
        imx_nearest_offer(nearest, &found.entries[i]);
    }
    imx_nearest_free(&found);
    return status;
}

imgmatch_status imx_main_index_search(imx_nearest *nearest, const imx_segment *segment,
                                      const float *queries, size_t query_count,
                                      const imx_seq_set *gone, imgmatch_diag *diag) {
    imgmatch_status status = imx_mapped_file_check(segment->index->file, diag);
    if (status == IMGMATCH_OK && segment->index->kind == IMGMATCH_INDEX_EXACT) {
        return imx_main_search_exact(nearest, segment, queries, query_count, gone, diag);
    }
    for (size_t i = 0; i < query_count && status == IMGMATCH_OK; i++) {
        status = search_approximately(&nearest[i], segment, queries + i * segment->dimension, gone,
                                      diag);
    }
    return status;
}
