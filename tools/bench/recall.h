/* Exact search among made-up references, to tell what others have missed. */
#ifndef BENCH_RECALL_H
#define BENCH_RECALL_H

#include "made_up.h"

#define BENCH_K 10u

/* The similarity of the BENCH_K-th best reference to each of `query_count` queries, in one pass
 * over all references; with free(). NULL when out of memory. What is found at least so similar is
 * right: of references that are equally near, as copies are, any will do. */
float *bench_exact_thresholds(const bench_made_up *made_up, size_t references, const float *queries,
                              size_t query_count);

/* Of a query and a reference as a catalogue stores it. */
float bench_similarity(const bench_made_up *made_up, size_t number, const float *query);

#endif
