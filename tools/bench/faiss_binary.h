/* FAISS's binary indexes, called directly, to compare with. */
#ifndef BENCH_FAISS_BINARY_H
#define BENCH_FAISS_BINARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct bench_faiss_binary bench_faiss_binary;

/* Over 256-bit hashes: IndexBinaryFlat, or for `flips` >= 0 an IndexBinaryMultiHash of 16 x 16 bits
 * that turns up to so many of a piece (exact for radii below 16 * (flips + 1)). NULL on failure. */
bench_faiss_binary *bench_faiss_binary_new(const uint8_t *hashes, size_t count, int flips);
void bench_faiss_binary_free(bench_faiss_binary *index);

/* How many hashes are within `limit` (inclusive) of each of `query_count` queries, together; a
 * negative number on failure. */
long bench_faiss_binary_search(const bench_faiss_binary *index, const uint8_t *queries,
                               size_t query_count, int limit);

/* FAISS's threads, for the calls of the calling thread; where it was built with OpenMP. */
void bench_faiss_set_threads(int threads);

#endif
