/*
 * The lists nearest to the query are scanned by codes of one byte a dimension, which is enough to
 * tell what may be among the best; the caller scores those by the embeddings themselves.
 *
 * FAISS finds the lists. It could scan them as well, but its C API sets the number of lists on the
 * shared index, which other threads search, and its reader copies what is mapped here. The scan is
 * in integers: the same entries come out on every processor.
 */
#include "catalogue/ivf.h"

#include "base/diag.h"
#include "base/memory.h"
#include "catalogue/code_scan.h"
#include "catalogue/mapped_span.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SCAN_ENTRIES 256
#define SMALLEST_QUERY 1e-30f

float imx_ivf_encode(int8_t *code, const float *vector, uint32_t dimension) {
    float largest = 0;
    for (uint32_t i = 0; i < dimension; i++) {
        largest = fmaxf(largest, fabsf(vector[i]));
    }
    float scale = largest / IMX_CODE_MAX;
    for (uint32_t i = 0; i < dimension; i++) {
        code[i] = (int8_t)(scale > 0 ? lrintf(vector[i] / scale) : 0);
    }
    return scale;
}

/* ---- searching ---- */

/* The best so far: a heap with the worst on top. Of equal scores the lower entry is better. */
typedef struct best_entries {
    uint32_t *entries;
    float *scores;
    size_t count;
    size_t wanted;
} best_entries;

static bool is_worse(const best_entries *best, size_t a, size_t b) {
    if (best->scores[a] != best->scores[b]) {
        return best->scores[a] < best->scores[b];
    }
    return best->entries[a] > best->entries[b];
}

static void swap(best_entries *best, size_t a, size_t b) {
    uint32_t entry = best->entries[a];
    float score = best->scores[a];
    best->entries[a] = best->entries[b];
    best->scores[a] = best->scores[b];
    best->entries[b] = entry;
    best->scores[b] = score;
}

static void sift_down(best_entries *best) {
    for (size_t at = 0;;) {
        size_t worst = at;
        for (size_t child = 2 * at + 1; child <= 2 * at + 2 && child < best->count; child++) {
            worst = is_worse(best, child, worst) ? child : worst;
        }
        if (worst == at) {
            return;
        }
        swap(best, at, worst);
        at = worst;
    }
}

static void offer(best_entries *best, uint32_t entry, float score) {
    if (best->count < best->wanted) {
        size_t at = best->count++;
        best->entries[at] = entry;
        best->scores[at] = score;
        for (; at > 0 && is_worse(best, at, (at - 1) / 2); at = (at - 1) / 2) {
            swap(best, at, (at - 1) / 2);
        }
    } else if (score > best->scores[0] || (score == best->scores[0] && entry < best->entries[0])) {
        best->entries[0] = entry;
        best->scores[0] = score;
        sift_down(best);
    }
}

float imx_ivf_quantise_query(int16_t *out, const float *query, uint32_t dimension) {
    float most = fminf(4095, floorf((float)(INT32_MAX / IMX_CODE_MAX / (int64_t)dimension)));
    float largest = 0;
    for (uint32_t i = 0; i < dimension; i++) {
        largest = fmaxf(largest, fabsf(query[i]));
    }
    /* A query of almost nothing is one of zeros: finer steps would overflow. */
    float steps = largest > SMALLEST_QUERY ? most / largest : 1;
    for (uint32_t i = 0; i < dimension; i++) {
        out[i] = (int16_t)lrintf(query[i] * steps);
    }
    return steps;
}

/* Adds the list's entries to *scanned. */
static imgmatch_status scan_list(best_entries *best, size_t *scanned, const imx_ivf *ivf,
                                 size_t list, const int16_t *query, imgmatch_diag *diag) {
    imx_span span = imx_mapped_span(ivf->list_starts, list);
    if (!imx_span_is_within(span, ivf->entry_count)) {
        return imx_mapped_file_fail_changed(ivf->file, diag);
    }
    uint32_t first = span.start, end = span.end;
    *scanned += end - first;
    const int8_t *codes = ivf->codes + (size_t)first * ivf->dimension;
    imgmatch_status status =
        imx_mapped_file_verify(ivf->file, codes, (size_t)(end - first) * ivf->dimension, diag);
    if (status == IMGMATCH_OK) {
        status = imx_mapped_file_verify(ivf->file, ivf->scales + first,
                                        (end - first) * sizeof *ivf->scales, diag);
    }
    while (status == IMGMATCH_OK && first < end) {
        int32_t sums[SCAN_ENTRIES];
        uint32_t count = end - first < SCAN_ENTRIES ? end - first : SCAN_ENTRIES;
        imx_code_scan(sums, &query, 1, ivf->codes + (size_t)first * ivf->dimension, count,
                      ivf->dimension);
        for (uint32_t i = 0; i < count; i++) {
            offer(best, first + i, ivf->scales[first + i] * (float)sums[i]);
        }
        first += count;
    }
    return status;
}

imgmatch_status imx_ivf_search(uint32_t *entries, size_t *count, size_t *scanned,
                               const imx_ivf *ivf, const float *query, size_t wanted,
                               uint32_t probes, imgmatch_diag *diag) {
    *count = 0;
    *scanned = 0;
    int64_t *lists = imx_new_array_raw(probes, sizeof *lists);
    float *nearness = imx_new_array_raw(probes, sizeof *nearness);
    float *scores = imx_new_array_raw(wanted, sizeof *scores);
    int16_t *quantised = imx_new_array_raw(ivf->dimension, sizeof *quantised);
    best_entries best = {.entries = entries, .scores = scores, .wanted = wanted};
    imgmatch_status status =
        lists == NULL || nearness == NULL || scores == NULL || quantised == NULL
            ? imx_fail_memory(diag)
            : imx_vector_index_search(lists, nearness, ivf->centroids, query, probes, diag);
    if (status == IMGMATCH_OK) {
        (void)imx_ivf_quantise_query(quantised, query, ivf->dimension);
    }
    for (uint32_t i = 0; i < probes && status == IMGMATCH_OK; i++) {
        if (lists[i] < 0 || lists[i] >= (int64_t)ivf->list_count) {
            continue; /* FAISS found fewer. */
        }
        status = scan_list(&best, scanned, ivf, (size_t)lists[i], quantised, diag);
    }
    *count = best.count;
    free(lists);
    free(nearness);
    free(scores);
    free(quantised);
    return status;
}
