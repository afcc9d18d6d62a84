/*
 * Exact search of a main index: every entry is looked at by its code, which is a quarter of the
 * bytes of its embedding as floats, and scored by the embedding itself only if it may be among the
 * best.
 *
 * Let v be an embedding, c its code and s the scale, so that v is about s c; q the query and p its
 * integers, q about p / t. Rounding leaves |v - s c| <= s sqrt(d) / 2 and |q - p / t| <= sqrt(d) /
 * 2 t, and |c| <= 127 sqrt(d), so that
 *
 *     |q.v - s p.c / t| <= s W,   W = |q| sqrt(d) / 2 + 127 d / 2 t.
 *
 * W is taken a thousandth larger, which is more than the roundings of floats on the way add up to.
 *
 * An item has at most IMX_MAX_VIEWS rows, so k items are known as soon as IMX_MAX_VIEWS k live rows
 * are. The scan keeps so many of the highest lower bounds of live rows: the last of these is a bar
 * that only rises, and an entry whose upper bound is below it has no item to offer. The others are
 * noted, and those that the bar did not pass in the end are scored. Rows at the bar are kept: ties
 * are settled by rank.
 */
#include "catalogue/main_scoring.h"

#include "base/diag.h"
#include "base/half.h"
#include "base/memory.h"
#include "catalogue/code_scan.h"
#include "catalogue/inner_product.h"

#include <math.h>
#include <stdlib.h>

#define SCAN_ENTRIES 512u
#define GROUP 16u
#define SCAN_QUERIES 4u /* At a time. */

/* An entry that may be among the best. */
typedef struct noted_entry {
    uint32_t entry;
    float bound; /* Its score is at most that. */
} noted_entry;

typedef struct exact_search {
    const imx_segment *segment;
    const float *query;
    int16_t *integers; /* Of the query, p, and */
    float steps;       /* t. */
    float slack;       /* W, in the units of code sums: a sum of p.c stands for p.c / t. */
    const imx_seq_set *gone;
    float *bar; /* The highest lower bounds of live rows: a heap with the lowest on top. */
    size_t bar_count;
    size_t bar_capacity;
    noted_entry *noted; /* Entries that were not below the bar when they came. */
    size_t noted_count;
    size_t noted_capacity;
} exact_search;

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

static imgmatch_status note_entry(exact_search *self, uint32_t entry, float low, float high,
                                  imgmatch_diag *diag) {
    const imx_segment *segment = self->segment;
    noted_entry *noted =
        imx_grow_array(self->noted, &self->noted_capacity, self->noted_count, sizeof *noted);
    if (noted == NULL) {
        return imx_fail_memory(diag);
    }
    self->noted = noted;
    self->noted[self->noted_count++] = (noted_entry){entry, high};
    imx_span span;
    imgmatch_status status = imx_main_rows_of(&span, segment, entry, diag);
    for (uint32_t i = span.start; status == IMGMATCH_OK && i < span.end && !is_below_bar(self, low);
         i++) {
        uint32_t row = imx_mapped_number(segment->index->entry_rows + i);
        if (row >= segment->row_count) {
            status = imx_mapped_file_fail_changed(segment->index->file, diag);
        } else if (!imx_seq_set_has(self->gone, segment->seqs[row])) {
            raise_bar(self, low);
        }
    }
    return status;
}

static float slack_of(const float *query, float steps, uint32_t dimension) {
    double squares = 0;
    for (uint32_t i = 0; i < dimension; i++) {
        squares += (double)query[i] * (double)query[i];
    }
    double slack = sqrt(squares * dimension) / 2 + IMX_CODE_MAX * (double)dimension / 2 / steps;
    return (float)(1.001 * slack);
}

static imgmatch_status start(exact_search *self, const imx_segment *segment, const float *query,
                             size_t k, const imx_seq_set *gone, imgmatch_diag *diag) {
    uint32_t dimension = segment->dimension;
    *self = (exact_search){.segment = segment, .query = query, .gone = gone};
    bool fits = imx_mul_size(&self->bar_capacity, k, IMX_MAX_VIEWS);
    self->integers = imx_new_array_raw(dimension, sizeof *self->integers);
    self->bar = fits ? imx_new_array_raw(self->bar_capacity, sizeof *self->bar) : NULL;
    if (self->integers == NULL || self->bar == NULL) {
        return imx_fail_memory(diag);
    }
    self->steps = imx_ivf_quantise_query(self->integers, query, dimension);
    self->slack = slack_of(query, self->steps, dimension);
    return IMGMATCH_OK;
}

static void finish(exact_search *self) {
    free(self->integers);
    free(self->bar);
    free(self->noted);
}

/* Note the entries of a block that may be among the best, given their sums. Few are: groups are
 * looked at as a whole, which takes no branch an entry. */
static imgmatch_status note_block(exact_search *self, const int32_t *sums, uint32_t first,
                                  uint32_t count, imgmatch_diag *diag) {
    const float *scales = self->segment->index->ivf.scales + first;
    float per_step = 1 / self->steps;
    float bounds[SCAN_ENTRIES];
    for (uint32_t i = 0; i < count; i++) {
        bounds[i] = scales[i] * ((float)sums[i] * per_step + self->slack);
    }
    for (uint32_t group = 0; group < count; group += GROUP) {
        uint32_t end = count - group < GROUP ? count : group + GROUP;
        float bar = self->bar_count == self->bar_capacity ? self->bar[0] : -INFINITY;
        int above = 0;
        for (uint32_t i = group; i < end; i++) {
            above |= bounds[i] >= bar;
        }
        for (uint32_t i = group; i < end && above; i++) {
            float low = bounds[i] - 2 * scales[i] * self->slack;
            imgmatch_status status = is_below_bar(self, bounds[i])
                                         ? IMGMATCH_OK
                                         : note_entry(self, first + i, low, bounds[i], diag);
            if (status != IMGMATCH_OK) {
                return status;
            }
        }
    }
    return IMGMATCH_OK;
}

/* All queries look at a block of codes while it is in the processor's cache: fetching the codes
 * takes longer than looking at them. */
static imgmatch_status scan(exact_search *searches, size_t count, imgmatch_diag *diag) {
    const imx_ivf *codes = &searches[0].segment->index->ivf;
    int32_t sums[SCAN_QUERIES * SCAN_ENTRIES];
    for (uint32_t first = 0; first < codes->entry_count; first += SCAN_ENTRIES) {
        uint32_t left = codes->entry_count - first;
        uint32_t block = left < SCAN_ENTRIES ? left : SCAN_ENTRIES;
        const int8_t *here = codes->codes + (size_t)first * codes->dimension;
        for (size_t i = 0; i < count; i += SCAN_QUERIES) {
            const int16_t *queries[SCAN_QUERIES];
            size_t some = count - i < SCAN_QUERIES ? count - i : SCAN_QUERIES;
            for (size_t q = 0; q < some; q++) {
                queries[q] = searches[i + q].integers;
            }
            imx_code_scan(sums, queries, some, here, block, codes->dimension);
            for (size_t q = 0; q < some; q++) {
                imgmatch_status status =
                    note_block(&searches[i + q], sums + q * block, first, block, diag);
                if (status != IMGMATCH_OK) {
                    return status;
                }
            }
        }
    }
    return IMGMATCH_OK;
}

/* Score what the bar did not pass, and offer its items. */
static imgmatch_status offer_noted(imx_nearest *nearest, const exact_search *self,
                                   imgmatch_diag *diag) {
    const imx_segment *segment = self->segment;
    const imx_main_index *index = segment->index;
    imx_scored_rows rows = {.room = 0};
    imgmatch_status status = IMGMATCH_OK;
    for (size_t i = 0; i < self->noted_count && status == IMGMATCH_OK; i++) {
        imx_span span = {0};
        if (!is_below_bar(self, self->noted[i].bound)) {
            status = imx_main_rows_of(&span, segment, self->noted[i].entry, diag);
        }
        rows.room += span.end - span.start;
    }
    if (status != IMGMATCH_OK) {
        return status;
    }
    rows.rows = imx_new_array_raw(rows.room, sizeof *rows.rows);
    float *vector = imx_new_array_raw(segment->dimension, sizeof *vector);
    status = rows.rows == NULL || vector == NULL ? imx_fail_memory(diag) : IMGMATCH_OK;
    for (size_t i = 0; i < self->noted_count && status == IMGMATCH_OK; i++) {
        uint32_t entry = self->noted[i].entry;
        if (is_below_bar(self, self->noted[i].bound)) {
            continue;
        }
        imx_half_to_float(vector, index->halves + (size_t)entry * segment->dimension,
                          segment->dimension);
        float score = imx_inner_product(self->query, vector, segment->dimension);
        status = imx_main_take_rows(&rows, segment, entry, score, diag);
    }
    if (status == IMGMATCH_OK) {
        imx_main_offer_rows(nearest, segment, &rows, self->gone);
    }
    free(rows.rows);
    free(vector);
    return status;
}

imgmatch_status imx_main_search_exact(imx_nearest *nearest, const imx_segment *segment,
                                      const float *queries, size_t query_count,
                                      const imx_seq_set *gone, imgmatch_diag *diag) {
    exact_search *searches = imx_new_array(query_count, sizeof *searches);
    imgmatch_status status = searches == NULL ? imx_fail_memory(diag) : IMGMATCH_OK;
    for (size_t i = 0; i < query_count && status == IMGMATCH_OK; i++) {
        status = start(&searches[i], segment, queries + i * segment->dimension, nearest[i].capacity,
                       gone, diag);
    }
    if (status == IMGMATCH_OK) {
        status = scan(searches, query_count, diag);
    }
    for (size_t i = 0; i < query_count && searches != NULL; i++) {
        if (status == IMGMATCH_OK) {
            status = offer_noted(&nearest[i], &searches[i], diag);
        }
        finish(&searches[i]);
    }
    free(searches);
    return status;
}
