/* The altered photos of a benchmark in the making, and its truth files. */
#ifndef IMGMATCH_TOOLS_EVAL_QUERIES_H
#define IMGMATCH_TOOLS_EVAL_QUERIES_H

#include "eval/collection.h"

typedef struct eval_queries_options {
    const char *folder; /* Of the benchmark; it has a folder "queries" and one "variants". */
    size_t each;        /* Queries of each kind and strength. */
    size_t variants;    /* Pairs of a copy and a colour variant. */
    uint64_t seed;
    int threads;
    bool quiet;
} eval_queries_options;

/* Write all queries with truth.csv, and all pairs with variants.csv. CLI_GO_ON, or CLI_FAILED,
 * which has been said. `*count` is how many queries there are. */
cli_exit eval_queries_write(size_t *count, const char *program, const eval_collection *collection,
                            const eval_queries_options *options);

#endif
