/*
 * A run of fingerprinted views, in rising order of seq, made ready for searching: the main index is
 * one segment, and the tail is a few. A sealed segment never changes and is shared by snapshots;
 * what was removed from it is left out while searching.
 */
#ifndef IMX_CATALOGUE_SEGMENT_H
#define IMX_CATALOGUE_SEGMENT_H

#include "hash_index.h"
#include "index_row.h"
#include "nearest.h"
#include "records.h"
#include "seq_set.h"
#include "vector_index.h"

#include <stdatomic.h>

struct imx_main_index; /* main_index.h */

typedef struct imx_segment {
    atomic_uint holders;
    uint32_t dimension;
    size_t row_count; /* One row a view; the rows of an item are neighbours. */
    size_t item_count;
    size_t capacity;
    int64_t *seqs;
    uint64_t *ranks; /* Of the items: imx_item_rank. */
    uint8_t *views;
    uint8_t *hashes; /* IMGMATCH_PDQ_BYTES a row. */
    /* A main index is mapped from its file, arrays and all; it has no `vectors`. NULL for a tail.
     */
    struct imx_main_index *index;
    imx_vector_index *vectors;
    float *pending; /* Vectors that are not in `vectors` yet; NULL once sealed. */
    size_t pending_count;
} imx_segment;

/* An empty segment with one holder and room for `row_count` rows; it grows when more come. */
imgmatch_status imx_segment_new(imx_segment **out, uint32_t dimension, size_t row_count,
                                imgmatch_diag *diag);
/* A sealed segment over a main index, which is taken; NULL when out of memory. The caller fills in
 * the rest. */
imx_segment *imx_segment_new_main_take(struct imx_main_index *index);
imx_segment *imx_segment_hold(imx_segment *segment);
void imx_segment_release(imx_segment *segment); /* NULL is allowed. */

/* Rows come in order. */
imgmatch_status imx_segment_append(imx_segment *segment, const imx_index_row *row,
                                   imgmatch_diag *diag);
/* All rows of another segment but those of `gone` items. */
imgmatch_status imx_segment_append_segment(imx_segment *segment, const imx_segment *other,
                                           const imx_seq_set *gone, imgmatch_diag *diag);
/* No rows after this. */
imgmatch_status imx_segment_seal(imx_segment *segment, imgmatch_diag *diag);

/* Offer the items within `max_distance` of the query that may be among the nearest. Exact.
 * Thread-safe. */
imgmatch_status imx_segment_search_hash(imx_nearest *nearest, const imx_segment *segment,
                                        const imx_hash_query *query, int max_distance,
                                        const imx_seq_set *gone, imgmatch_diag *diag);

/* For each query, offer the items whose inner product with it may be among the highest to the
 * `nearest` of the same number; all of these keep as many. All items, or most of them from an
 * approximate main index. Several queries at once take less time than one by one. Thread-safe. */
imgmatch_status imx_segment_search_embeddings(imx_nearest *nearest, const imx_segment *segment,
                                              const float *queries, size_t query_count,
                                              const imx_seq_set *gone, imgmatch_diag *diag);

#endif
