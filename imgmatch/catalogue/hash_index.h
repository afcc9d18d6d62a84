/*
 * Exact search among PDQ hashes: one pass over all of them for up to eight query hashes at a time.
 */
#ifndef IMX_CATALOGUE_HASH_INDEX_H
#define IMX_CATALOGUE_HASH_INDEX_H

#include "hash_turns.h"

#define IMX_HASH_QUERIES 8

/* Query hashes in the order in which the scan wants them: word by word. */
typedef struct imx_hash_query {
    uint64_t words[IMGMATCH_PDQ_BYTES / 8][IMX_HASH_QUERIES];
    size_t count;
    imx_hash_turns turns;
} imx_hash_query;

/* `count` is 1..IMX_HASH_QUERIES. */
void imx_hash_query_init(imx_hash_query *query, const imgmatch_pdq *hashes, size_t count);

/*
 * Find the rows of `hashes` (`count` of them, 32 bytes each) that are within `limit` (inclusive) of
 * any query hash. Writes their numbers, rising, to `rows`, which has room for `count`, and returns
 * how many there are. The answer is the same on every processor.
 */
size_t imx_hash_scan(uint32_t *rows, const uint8_t *hashes, size_t count,
                     const imx_hash_query *query, int limit);

/* The distance of one hash to the nearest query hash, and which one that is (the first of equals).
 */
int imx_hash_distance(int *nearest, const uint8_t *hash, const imx_hash_query *query);

/* The scans that this processor can run, for tests; `which` counts from 0 up to the plain C one.
 * NULL behind the last. */
typedef size_t (*imx_hash_scan_fn)(uint32_t *rows, const uint8_t *hashes, size_t count,
                                   const imx_hash_query *query, int limit);
imx_hash_scan_fn imx_hash_scan_variant(size_t which, const char **name);

#endif
