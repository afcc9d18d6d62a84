/* FAISS's indexes of embeddings, called directly, to compare with. */
#ifndef BENCH_FAISS_FLOAT_H
#define BENCH_FAISS_FLOAT_H

#include "made_up.h"

typedef struct bench_faiss_float bench_faiss_float;

/* An index over references 0 .. count - 1 by the inner product. `kind`: as index_factory takes it.
 * NULL on failure. */
bench_faiss_float *bench_faiss_float_new(const bench_made_up *made_up, size_t count,
                                         const char *kind);
/* One that was kept in a file, or NULL; and to keep one. */
bench_faiss_float *bench_faiss_float_read(const char *path);
bool bench_faiss_float_write(const bench_faiss_float *index, const char *path);
/* `parameter`: "nprobe", "efSearch"; NULL sets none. */
bool bench_faiss_float_set(const bench_faiss_float *index, const char *parameter, double value);
void bench_faiss_float_free(bench_faiss_float *index);

/* The `k` nearest; a label may be -1. */
bool bench_faiss_float_search(int64_t *labels, const bench_faiss_float *index, const float *query,
                              size_t k);

#endif
