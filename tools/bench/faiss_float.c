#include "faiss_float.h"

#include "base/half.h"

#include <faiss/c_api/AutoTune_c.h>
#include <faiss/c_api/Index_c.h>
#include <faiss/c_api/index_factory_c.h>
#include <faiss/c_api/index_io_c.h>
#include <stdlib.h>

#define ADD_AT_ONCE 16384u
#define TRAIN_ON 131072u

struct bench_faiss_float {
    FaissIndex *inner;
};

/* As a catalogue keeps them: rounded to halves. */
static void make_rounded(float *out, uint16_t *halves, const bench_made_up *made_up,
                         size_t number) {
    size_t dimension = bench_made_up_dimension(made_up);
    bench_make_embedding(out, made_up, number);
    imx_half_from_float(halves, out, dimension);
    imx_half_to_float(out, halves, dimension);
}

static bool fill(FaissIndex *index, const bench_made_up *made_up, size_t count) {
    size_t dimension = bench_made_up_dimension(made_up);
    size_t train = count < TRAIN_ON ? count : TRAIN_ON;
    float *vectors = calloc(train * dimension, sizeof *vectors);
    uint16_t *halves = calloc(dimension, sizeof *halves);
    bool done = vectors != NULL && halves != NULL;
    for (size_t i = 0; i < train && done; i++) {
        make_rounded(vectors + i * dimension, halves, made_up, i * count / train);
    }
    done = done && faiss_Index_train(index, (idx_t)train, vectors) == 0;
    for (size_t first = 0; first < count && done; first += ADD_AT_ONCE) {
        size_t some = count - first < ADD_AT_ONCE ? count - first : ADD_AT_ONCE;
        some = some < train ? some : train;
        for (size_t i = 0; i < some; i++) {
            make_rounded(vectors + i * dimension, halves, made_up, first + i);
        }
        done = faiss_Index_add(index, (idx_t)some, vectors) == 0;
    }
    free(vectors);
    free(halves);
    return done;
}

bench_faiss_float *bench_faiss_float_new(const bench_made_up *made_up, size_t count,
                                         const char *kind) {
    bench_faiss_float *index = calloc(1, sizeof *index);
    if (index == NULL) {
        return NULL;
    }
    if (faiss_index_factory(&index->inner, (int)bench_made_up_dimension(made_up), kind,
                            METRIC_INNER_PRODUCT) != 0 ||
        !fill(index->inner, made_up, count)) {
        bench_faiss_float_free(index);
        return NULL;
    }
    return index;
}

bench_faiss_float *bench_faiss_float_read(const char *path) {
    bench_faiss_float *index = calloc(1, sizeof *index);
    if (index != NULL && faiss_read_index_fname(path, 0, &index->inner) != 0) {
        free(index);
        return NULL;
    }
    return index;
}

bool bench_faiss_float_write(const bench_faiss_float *index, const char *path) {
    return faiss_write_index_fname(index->inner, path) == 0;
}

bool bench_faiss_float_set(const bench_faiss_float *index, const char *parameter, double value) {
    FaissParameterSpace *space = NULL;
    bool done =
        parameter == NULL ||
        (faiss_ParameterSpace_new(&space) == 0 &&
         faiss_ParameterSpace_set_index_parameter(space, index->inner, parameter, value) == 0);
    faiss_ParameterSpace_free(space);
    return done;
}

void bench_faiss_float_free(bench_faiss_float *index) {
    if (index != NULL) {
        faiss_Index_free(index->inner);
        free(index);
    }
}

bool bench_faiss_float_search(int64_t *labels, const bench_faiss_float *index, const float *query,
                              size_t k) {
    float scores[256];
    return k <= sizeof scores / sizeof *scores &&
           faiss_Index_search(index->inner, 1, query, (idx_t)k, scores, labels) == 0;
}
