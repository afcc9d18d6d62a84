#include "catalogue/snapshot.h"

#include "base/diag.h"

#include <math.h>

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

imgmatch_status imx_snapshot_search_embedding(imx_hit *hits, size_t *count,
                                              const imx_snapshot *snapshot, const float *query,
                                              size_t k, imgmatch_diag *diag) {
    imx_nearest nearest;
    imgmatch_status status = start_search(&nearest, count, snapshot, k, diag);
    if (status != IMGMATCH_OK) {
        return status;
    }
    for (uint32_t i = 0; i < snapshot->dimension; i++) {
        if (!isfinite(query[i])) {
            imx_nearest_free(&nearest);
            return imx_fail(diag, IMGMATCH_ERR_ARGUMENT, "the query's embedding is not finite");
        }
    }
    for (size_t i = 0; i < snapshot->segment_count && status == IMGMATCH_OK; i++) {
        status = imx_segment_search_embedding(&nearest, snapshot->segments[i], query,
                                              &snapshot->gone, diag);
    }
    if (status != IMGMATCH_OK) {
        imx_nearest_free(&nearest);
        return status;
    }
    finish_search(hits, count, &nearest, false);
    return IMGMATCH_OK;
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
