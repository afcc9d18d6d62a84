#include "recall.h"

#include "base/half.h"
#include "catalogue/inner_product.h"

#include <stdlib.h>

#define MAX_DIMENSION 4096u

static void stored_embedding(float *out, const bench_made_up *made_up, size_t number) {
    uint16_t halves[MAX_DIMENSION];
    size_t dimension = bench_made_up_dimension(made_up);
    bench_make_embedding(out, made_up, number);
    imx_half_from_float(halves, out, dimension);
    imx_half_to_float(out, halves, dimension);
}

float bench_similarity(const bench_made_up *made_up, size_t number, const float *query) {
    float embedding[MAX_DIMENSION];
    stored_embedding(embedding, made_up, number);
    return imx_inner_product(query, embedding, bench_made_up_dimension(made_up));
}

/* Keep the best, worst first. */
static void keep_best(float best[BENCH_K], float similarity) {
    if (similarity <= best[0]) {
        return;
    }
    size_t at = 0;
    for (; at + 1 < BENCH_K && best[at + 1] < similarity; at++) {
        best[at] = best[at + 1];
    }
    best[at] = similarity;
}

float *bench_exact_thresholds(const bench_made_up *made_up, size_t references, const float *queries,
                              size_t query_count) {
    size_t dimension = bench_made_up_dimension(made_up);
    float embedding[MAX_DIMENSION];
    float(*best)[BENCH_K] = malloc(query_count * sizeof *best);
    float *thresholds = calloc(query_count, sizeof *thresholds);
    if (best == NULL || thresholds == NULL || dimension > MAX_DIMENSION) {
        free(best);
        free(thresholds);
        return NULL;
    }
    for (size_t i = 0; i < query_count * BENCH_K; i++) {
        best[i / BENCH_K][i % BENCH_K] = -2;
    }
    for (size_t number = 0; number < references; number++) {
        stored_embedding(embedding, made_up, number);
        for (size_t i = 0; i < query_count; i++) {
            keep_best(best[i], imx_inner_product(queries + i * dimension, embedding, dimension));
        }
    }
    for (size_t i = 0; i < query_count; i++) {
        thresholds[i] = best[i][0];
    }
    free(best);
    return thresholds;
}
