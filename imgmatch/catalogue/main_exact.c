/*
 * Exact search of a main index: every entry is looked at by its code, which is a quarter of the
 * bytes of its embedding as floats, and scored by the embedding itself only if it may be among the
 * best.
 *
 * Let v be an embedding, c its code and s the scale, so that v is about s c; q the query and p its
 * integers, q about p / t. Rounding leaves |v - s c| <= s sqrt(d) / 2 and |q - p / t| <= sqrt(d) /
 * 2 t, and |c| <= 127 sqrt(d), so that
 *
 *     q.v <= s (p.c / t + W),   W = |q| sqrt(d) / 2 + 127 d / 2 t.
 *
 * W is taken a thousandth larger, which is more than the roundings of floats on the way add up to.
 *
 * An item has at most IMX_MAX_VIEWS rows, so k items are known as soon as IMX_MAX_VIEWS k live rows
 * are; the score of the last of these is a bar that only rises, and an entry whose bound is below
 * it has no item to offer. Rows at the bar are kept: ties are settled by rank.
 */
#include "catalogue/main_scoring.h"

#include "base/diag.h"
#include "base/half.h"
#include "base/memory.h"
#include "catalogue/inner_product.h"

#include <math.h>
#include <stdlib.h>

#define SCAN_ENTRIES 256u

typedef struct exact_search {
    const imx_segment *segment;
    const float *query;
    int16_t *integers; /* Of the query, p, and */
    float steps;       /* t. */
    float slack;       /* W, in the units of code sums: a sum of p.c stands for p.c / t. */
    const imx_seq_set *gone;
    float *vector; /* The embedding at hand. */
    float *bar;    /* The highest scores of live rows: a heap with the lowest on top. */
    size_t bar_count;
    size_t bar_capacity;
    imx_scored_row *rows; /* That were at or above the bar when they came. */
    size_t row_count;
    size_t row_capacity;
} exact_search;

static bool keep_row(exact_search *self, uint32_t row, float score) {
    imx_scored_row *rows =
        imx_grow_array(self->rows, &self->row_capacity, self->row_count, sizeof *rows);
    if (rows == NULL) {
        return false;
    }
    self->rows = rows;
    self->rows[self->row_count++] = (imx_scored_row){row, score};
    return true;
}

static void raise_bar(exact_search *self, float score) {
    float *heap = self->bar;
    size_t at = 0;
    if (self->bar_count < self->bar_capacity) {
        for (at = self->bar_count++; at > 0 && heap[(at - 1) / 2] > score; at = (at - 1) / 2) {
            heap[at] = heap[(at - 1) / 2];
        }
        heap[at] = score;
        return;
    }
    for (size_t child; (child = 2 * at + 1) < self->bar_count; at = child) {
        child += child + 1 < self->bar_count && heap[child + 1] < heap[child];
        if (heap[child] >= score) {
            break;
        }
        heap[at] = heap[child];
    }
    heap[at] = score;
}

static bool is_below_bar(const exact_search *self, float score) {
    return self->bar_count == self->bar_capacity && score < self->bar[0];
}

static bool score_entry(exact_search *self, uint32_t entry) {
    const imx_main_index *index = self->segment->index;
    uint32_t dimension = self->segment->dimension;
    imx_half_to_float(self->vector, index->halves + (size_t)entry * dimension, dimension);
    float score = imx_inner_product(self->query, self->vector, dimension);
    for (uint32_t i = index->entry_starts[entry]; i < index->entry_starts[entry + 1]; i++) {
        uint32_t row = index->entry_rows[i];
        if (is_below_bar(self, score)) {
            return true;
        }
        if (imx_seq_set_has(self->gone, self->segment->seqs[row])) {
            continue;
        }
        if (!keep_row(self, row, score)) {
            return false;
        }
        if (self->bar_count < self->bar_capacity || score > self->bar[0]) {
            raise_bar(self, score);
        }
    }
    return true;
}

static float slack_of(const float *query, float steps, uint32_t dimension) {
    double squares = 0;
    for (uint32_t i = 0; i < dimension; i++) {
        squares += (double)query[i] * (double)query[i];
    }
    double slack = sqrt(squares * dimension) / 2 + IMX_CODE_MAX * (double)dimension / 2 / steps;
    return (float)(1.001 * slack);
}

static bool start(exact_search *self, const imx_segment *segment, const float *query, size_t k,
                  const imx_seq_set *gone) {
    uint32_t dimension = segment->dimension;
    *self = (exact_search){.segment = segment, .query = query, .gone = gone};
    bool fits = imx_mul_size(&self->bar_capacity, k, IMX_MAX_VIEWS);
    self->integers = imx_new_array_raw(dimension, sizeof *self->integers);
    self->vector = imx_new_array_raw(dimension, sizeof *self->vector);
    self->bar = fits ? imx_new_array_raw(self->bar_capacity, sizeof *self->bar) : NULL;
    if (self->integers == NULL || self->vector == NULL || self->bar == NULL) {
        return false;
    }
    self->steps = imx_ivf_quantise_query(self->integers, query, dimension);
    self->slack = slack_of(query, self->steps, dimension);
    return true;
}

static void finish(exact_search *self) {
    free(self->integers);
    free(self->vector);
    free(self->bar);
    free(self->rows);
}

static bool scan_block(exact_search *self, imx_code_scan_fn scan_codes, uint32_t first,
                       uint32_t count) {
    const imx_ivf *codes = &self->segment->index->ivf;
    int32_t sums[SCAN_ENTRIES];
    scan_codes(sums, self->integers, codes->codes + (size_t)first * codes->dimension, count,
               codes->dimension);
    for (uint32_t i = 0; i < count; i++) {
        float bound = codes->scales[first + i] * ((float)sums[i] / self->steps + self->slack);
        if (!is_below_bar(self, bound) && !score_entry(self, first + i)) {
            return false;
        }
    }
    return true;
}

/* All queries look at a block of codes while it is in the processor's cache: fetching the codes
 * takes longer than looking at them. */
static bool scan(exact_search *searches, size_t count) {
    const char *name = NULL;
    imx_code_scan_fn scan_codes = imx_code_scan_variant(0, &name);
    uint32_t entries = searches[0].segment->index->ivf.entry_count;
    for (uint32_t first = 0; first < entries; first += SCAN_ENTRIES) {
        uint32_t left = entries - first;
        uint32_t block = left < SCAN_ENTRIES ? left : SCAN_ENTRIES;
        for (size_t i = 0; i < count; i++) {
            if (!scan_block(&searches[i], scan_codes, first, block)) {
                return false;
            }
        }
    }
    return true;
}

imgmatch_status imx_main_search_exact(imx_nearest *nearest, const imx_segment *segment,
                                      const float *queries, size_t query_count,
                                      const imx_seq_set *gone, imgmatch_diag *diag) {
    exact_search *searches = imx_new_array(query_count, sizeof *searches);
    bool done = searches != NULL;
    for (size_t i = 0; i < query_count && done; i++) {
        done = start(&searches[i], segment, queries + i * segment->dimension, nearest[i].capacity,
                     gone);
    }
    done = done && scan(searches, query_count);
    for (size_t i = 0; i < query_count && searches != NULL; i++) {
        if (done) {
            imx_main_offer_rows(&nearest[i], segment, searches[i].rows, searches[i].row_count,
                                gone);
        }
        finish(&searches[i]);
    }
    free(searches);
    return done ? IMGMATCH_OK : imx_fail_memory(diag);
}
