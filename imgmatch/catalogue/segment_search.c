/*
 * Searching a segment, exactly. (The embeddings of a main index: main_search.c, main_exact.c.)
 *
 * Hashes: the scan names the rows within a limit; each is worked out, an item counts with its
 * nearest view, and the limit falls to the worst of the k best as soon as there are k.
 *
 * Embeddings: FAISS's scores are float sums whose last bits depend on the order of adding, so it is
 * asked for more rows than are wanted, and those are scored again by imx_inner_product. Let e be
 * the largest difference between the two: a row that FAISS left out scores at most its lowest
 * score + e. Once the k-th best live item is above that, nothing was missed. If it is not (removed
 * items, many views of few items, ties), more rows are asked for; where that does not settle it
 * soon, all rows are scored by our own arithmetic.
 */
#include "catalogue/inner_product.h"
#include "catalogue/main_index.h"
#include "catalogue/segment.h"

#include "base/diag.h"
#include "base/memory.h"

#include <stdlib.h>

#define SCAN_ROWS 1024
#define SCORE_ROWS 256
#define FETCH_MARGIN 32
#define FETCH_GROWTH 4
#define MAX_FETCH 8192

/* Joins the neighbouring rows of an item into one offer. */
typedef struct item_joiner {
    imx_nearest *nearest;
    const imx_seq_set *gone;
    imx_near best; /* Of the item at hand; seq 0: none. */
} item_joiner;

static void finish_item(item_joiner *joiner) {
    if (joiner->best.seq != 0 && !imx_seq_set_has(joiner->gone, joiner->best.seq)) {
        imx_nearest_offer(joiner->nearest, &joiner->best);
    }
    joiner->best.seq = 0;
}

static void join_row(item_joiner *joiner, const imx_near *row) {
    if (row->seq != joiner->best.seq) {
        finish_item(joiner);
        joiner->best = *row;
    } else if (row->key < joiner->best.key) {
        joiner->best = *row;
    }
}

/* Work out rows that are near, and join them into items. */
static void join_near_rows(item_joiner *joiner, const imx_segment *segment, size_t start,
                           const uint32_t *rows, size_t count, const imx_hash_query *query) {
    for (size_t i = 0; i < count; i++) {
        size_t at = start + rows[i];
        imx_near row = {
            .rank = segment->ranks[at], .seq = segment->seqs[at], .view = segment->views[at]};
        row.key =
            imx_hash_distance(&row.orientation, segment->hashes + at * IMGMATCH_PDQ_BYTES, query);
        join_row(joiner, &row);
    }
}

static int limit_now(const imx_nearest *nearest, int max_distance) {
    if (imx_nearest_is_full(nearest) && imx_nearest_worst(nearest)->key < max_distance) {
        return (int)imx_nearest_worst(nearest)->key;
    }
    return max_distance;
}

static void scan_hashes(item_joiner *joiner, const imx_segment *segment,
                        const imx_hash_query *query, int max_distance) {
    uint32_t rows[SCAN_ROWS];
    for (size_t start = 0; start < segment->row_count; start += SCAN_ROWS) {
        size_t count = segment->row_count - start;
        count = count < SCAN_ROWS ? count : SCAN_ROWS;
        size_t found = imx_hash_scan(rows, segment->hashes + start * IMGMATCH_PDQ_BYTES, count,
                                     query, limit_now(joiner->nearest, max_distance));
        join_near_rows(joiner, segment, start, rows, found, query);
    }
    finish_item(joiner);
}

/* The hashes, and the tables where they are used, are verified as a whole: a scan reads all. */
static imgmatch_status search_main_hashes(item_joiner *joiner, const imx_segment *segment,
                                          const imx_hash_query *query, int max_distance,
                                          imgmatch_diag *diag) {
    const imx_main_index *index = segment->index;
    const imx_hash_tables *tables = &index->tables;
    int limit = limit_now(joiner->nearest, max_distance);
    bool pay = imx_hash_tables_pay(tables, query, limit);
    imgmatch_status status = imx_mapped_file_check(index->file, diag);
    if (status == IMGMATCH_OK) {
        status = imx_mapped_file_verify(index->file, segment->hashes,
                                        segment->row_count * IMGMATCH_PDQ_BYTES, diag);
    }
    if (status == IMGMATCH_OK && pay) {
        status = imx_mapped_file_verify(index->file, tables->rows,
                                        segment->row_count * IMX_HASH_ROWS_BYTES, diag);
    }
    if (status != IMGMATCH_OK) {
        return status;
    }
    uint32_t *rows = NULL;
    size_t count = 0;
    if (pay && imx_hash_tables_search(&rows, &count, tables, query, limit)) {
        join_near_rows(joiner, segment, 0, rows, count, query);
        finish_item(joiner);
    } else {
        scan_hashes(joiner, segment, query, max_distance);
    }
    free(rows);
    return IMGMATCH_OK;
}

imgmatch_status imx_segment_search_hash(imx_nearest *nearest, const imx_segment *segment,
                                        const imx_hash_query *query, int max_distance,
                                        const imx_seq_set *gone, imgmatch_diag *diag) {
    item_joiner joiner = {.nearest = nearest, .gone = gone};
    if (segment->index != NULL) {
        return search_main_hashes(&joiner, segment, query, max_distance, diag);
    }
    scan_hashes(&joiner, segment, query, max_distance);
    return IMGMATCH_OK;
}

static void offer_all(imx_nearest *nearest, const imx_nearest *found) {
    for (size_t i = 0; i < found->count; i++) {
        imx_nearest_offer(nearest, &found->entries[i]);
    }
}

static void score_every_row(imx_nearest *nearest, const imx_segment *segment, const float *query,
                            const imx_seq_set *gone) {
    const float *vectors = imx_vector_index_vectors(segment->vectors);
    item_joiner joiner = {.nearest = nearest, .gone = gone};
    float scores[SCORE_ROWS];
    for (size_t start = 0; start < segment->row_count; start += SCORE_ROWS) {
        size_t count = segment->row_count - start;
        count = count < SCORE_ROWS ? count : SCORE_ROWS;
        imx_inner_products(scores, query, vectors + start * segment->dimension, count,
                           segment->dimension);
        for (size_t i = 0; i < count; i++) {
            imx_near row = {.key = -(double)scores[i],
                            .rank = segment->ranks[start + i],
                            .seq = segment->seqs[start + i],
                            .view = segment->views[start + i]};
            join_row(&joiner, &row);
        }
    }
    finish_item(&joiner);
}

static int compare_rows(const void *left, const void *right) {
    int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
    return a < b ? -1 : a > b;
}

/* Score the rows that FAISS found; sorted, so that an item's are neighbours. */
static void score_rows(imx_nearest *found, const imx_segment *segment, const float *query,
                       int64_t *rows, size_t count, const imx_seq_set *gone) {
    const float *vectors = imx_vector_index_vectors(segment->vectors);
    item_joiner joiner = {.nearest = found, .gone = gone};
    qsort(rows, count, sizeof *rows, compare_rows);
    for (size_t i = 0; i < count; i++) {
        if (rows[i] < 0 || (size_t)rows[i] >= segment->row_count) {
            continue;
        }
        size_t at = (size_t)rows[i];
        imx_near row = {.key = -(double)imx_inner_product(query, vectors + at * segment->dimension,
                                                          segment->dimension),
                        .rank = segment->ranks[at],
                        .seq = segment->seqs[at],
                        .view = segment->views[at]};
        join_row(&joiner, &row);
    }
    finish_item(&joiner);
}

/* One round: the best of the `fetch` rows that FAISS finds. *complete: nothing was missed. */
static imgmatch_status search_round(bool *complete, imx_nearest *found, const imx_segment *segment,
                                    const float *query, size_t fetch, const imx_seq_set *gone,
                                    imgmatch_diag *diag) {
    *complete = false;
    int64_t *rows = imx_new_array_raw(fetch, sizeof *rows);
    float *scores = imx_new_array_raw(fetch, sizeof *scores);
    imgmatch_status status =
        rows == NULL || scores == NULL
            ? imx_fail_memory(diag)
            : imx_vector_index_search(rows, scores, segment->vectors, query, fetch, diag);
    if (status == IMGMATCH_OK) {
        double missed =
            (double)scores[fetch - 1] + imx_vector_index_score_error(segment->vectors, query);
        found->count = 0;
        score_rows(found, segment, query, rows, fetch, gone);
        *complete = imx_nearest_is_full(found) && -imx_nearest_worst(found)->key > missed;
    }
    free(rows);
    free(scores);
    return status;
}

/* In a segment that is held in memory. */
static imgmatch_status search_rows(imx_nearest *nearest, const imx_segment *segment,
                                   const float *query, const imx_seq_set *gone,
                                   imgmatch_diag *diag) {
    size_t k = nearest->capacity;
    size_t fetch = k > MAX_FETCH ? k : k * IMX_MAX_VIEWS + FETCH_MARGIN;
    if (fetch > MAX_FETCH || fetch >= segment->row_count / 2) {
        score_every_row(nearest, segment, query, gone);
        return IMGMATCH_OK;
    }
    imx_nearest found;
    if (!imx_nearest_init(&found, k)) {
        return imx_fail_memory(diag);
    }
    bool complete = false;
    imgmatch_status status = IMGMATCH_OK;
    while (!complete && fetch <= MAX_FETCH && fetch < segment->row_count / 2) {
        status = search_round(&complete, &found, segment, query, fetch, gone, diag);
        if (status != IMGMATCH_OK) {
            break;
        }
        fetch *= FETCH_GROWTH;
    }
    if (complete) {
        offer_all(nearest, &found);
    } else if (status == IMGMATCH_OK) {
        score_every_row(nearest, segment, query, gone);
    }
    imx_nearest_free(&found);
    return status;
}

imgmatch_status imx_segment_search_embeddings(imx_nearest *nearest, const imx_segment *segment,
                                              const float *queries, size_t query_count,
                                              const imx_seq_set *gone, imgmatch_diag *diag) {
    if (query_count == 0 || nearest[0].capacity == 0 || segment->row_count == 0) {
        return IMGMATCH_OK;
    }
    if (segment->index != NULL) {
        return imx_main_index_search(nearest, segment, queries, query_count, gone, diag);
    }
    imgmatch_status status = IMGMATCH_OK;
    for (size_t i = 0; i < query_count && status == IMGMATCH_OK; i++) {
        status = search_rows(&nearest[i], segment, queries + i * segment->dimension, gone, diag);
    }
    return status;
}
