#include "catalogue/snapshot.h"

#include "base/diag.h"
#include "base/memory.h"

#include <math.h>
#include <stdlib.h>

static imgmatch_status start_search(imx_nearest *nearest, size_t *count,
                                    const imx_snapshot *snapshot, size_t k, imgmatch_diag *diag) {
    *count = 0;
    *nearest = (imx_nearest){.entries = NULL};
    if (snapshot->damage[0] != '\0') {
        return imx_fail(diag, IMGMATCH_ERR_CATALOGUE, "%s", snapshot->damage);
    }
    if (k > snapshot->state.item_count) {
        k = (size_t)snapshot->state.item_count;
    }
    if (k > 0 && !imx_nearest_init(nearest, k)) {
        return imx_fail_memory(diag);
    }
    return IMGMATCH_OK;
}

static void finish_search(imx_hit *hits, size_t *count, imx_nearest *nearest, bool hashes) {
    imx_nearest_sort(nearest);
    for (size_t i = 0; i < nearest->count; i++) {
        const imx_near *entry = &nearest->entries[i];
        hits[i] = (imx_hit){.seq = entry->seq,
                            .rank = entry->rank,
                            .similarity = hashes ? 0.0f : (float)-entry->key,
                            .distance = hashes ? (int)entry->key : 0,
                            .orientation = entry->orientation,
                            .view = entry->view};
    }
    *count = nearest->count;
    imx_nearest_free(nearest);
}

static imgmatch_status search_segments(imx_nearest *nearest, const imx_snapshot *snapshot,
                                       const float *queries, size_t query_count,
                                       imgmatch_diag *diag) {
    for (size_t i = 0; i < query_count * snapshot->dimension; i++) {
        if (!isfinite(queries[i])) {
            return imx_fail(diag, IMGMATCH_ERR_ARGUMENT, "the query's embedding is not finite");
        }
    }
    imgmatch_status status = IMGMATCH_OK;
    for (size_t i = 0; i < snapshot->segment_count && status == IMGMATCH_OK; i++) {
        status = imx_segment_search_embeddings(nearest, snapshot->segments[i], queries, query_count,
                                               &snapshot->gone, diag);
    }
    return status;
}

imgmatch_status imx_snapshot_search_embeddings(imx_hit *hits, size_t *counts,
                                               const imx_snapshot *snapshot, const float *queries,
                                               size_t query_count, size_t k, imgmatch_diag *diag) {
    imx_nearest *nearest = imx_new_array(query_count, sizeof *nearest);
    imgmatch_status status = nearest == NULL ? imx_fail_memory(diag) : IMGMATCH_OK;
    for (size_t i = 0; i < query_count; i++) {
        counts[i] = 0;
    }
    for (size_t i = 0; i < query_count && status == IMGMATCH_OK; i++) {
        status = start_search(&nearest[i], &counts[i], snapshot, k, diag);
    }
    if (status == IMGMATCH_OK) {
        status = search_segments(nearest, snapshot, queries, query_count, diag);
    }
    for (size_t i = 0; i < query_count && nearest != NULL; i++) {
        if (status == IMGMATCH_OK) {
            finish_search(hits + i * k, &counts[i], &nearest[i], false);
        } else {
            imx_nearest_free(&nearest[i]);
        }
    }
    free(nearest);
    return status;
}

imgmatch_status imx_snapshot_search_embedding(imx_hit *hits, size_t *count,
                                              const imx_snapshot *snapshot, const float *query,
                                              size_t k, imgmatch_diag *diag) {
    return imx_snapshot_search_embeddings(hits, count, snapshot, query, 1, k, diag);
}

imgmatch_status imx_snapshot_search_hash(imx_hit *hits, size_t *count, const imx_snapshot *snapshot,
                                         const imgmatch_pdq *queries, size_t query_count,
                                         int max_distance, size_t k, imgmatch_diag *diag) {
    imx_nearest nearest;
    imgmatch_status status = start_search(&nearest, count, snapshot, k, diag);
    if (status != IMGMATCH_OK) {
        return status;
    }
    if (query_count < 1 || query_count > IMX_HASH_QUERIES || max_distance < 0) {
        imx_nearest_free(&nearest);
        return imx_fail(diag, IMGMATCH_ERR_ARGUMENT,
                        "1 to %d query hashes are looked for at a time", IMX_HASH_QUERIES);
    }
    imx_hash_query query;
    imx_hash_query_init(&query, queries, query_count);
    for (size_t i = 0; i < snapshot->segment_count && nearest.capacity > 0; i++) {
        status = imx_segment_search_hash(&nearest, snapshot->segments[i], &query, max_distance,
                                         &snapshot->gone, diag);
        if (status != IMGMATCH_OK) {
            imx_nearest_free(&nearest);
            return status;
        }
    }
    finish_search(hits, count, &nearest, true);
    return IMGMATCH_OK;
}
