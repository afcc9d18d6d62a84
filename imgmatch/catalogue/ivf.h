/*
 * Approximate inner-product search among very many embeddings: an inverted file with scalar
 * quantisation, over arrays that are mapped from an index file.
 *
 * Identical embeddings are one entry, however many rows have them. Entries lie in lists, by the
 * centroid that is nearest, and their numbers follow the lists.
 */
#ifndef IMX_CATALOGUE_IVF_H
#define IMX_CATALOGUE_IVF_H

#include "mapped_file.h"
#include "vector_index.h"

/* Lists that a search looks into at first, where there are so many. Measured with
 * imgmatch-bench --catalogue=1000000: recall@10 is above 0.99. */
#define IMX_IVF_PROBES 96

typedef struct imx_ivf {
    uint32_t dimension;
    uint32_t list_count;
    uint32_t entry_count;
    uint32_t probes;             /* Lists that a search looks into at first. */
    imx_vector_index *centroids; /* Owned. */
    const uint32_t *list_starts; /* list_count + 1: entries of a list. */
    const float *scales;         /* Of the codes, for each entry. */
    const int8_t *codes;         /* dimension for each entry: scale * code is about the vector. */
    const imx_mapped_file *file; /* That the codes and scales are in; they are verified at use. */
} imx_ivf;

#define IMX_CODE_MAX 127 /* Of a code's magnitude. */

/* Write the code of a vector and return its scale. */
float imx_ivf_encode(int8_t *code, const float *vector, uint32_t dimension);

/*
 * The up to `wanted` entries with the highest approximate scores in the `probes` lists nearest to
 * the query, in no order. `*scanned`: how many there are in those lists. Thread-safe; nothing
 * shared is changed.
 */
imgmatch_status imx_ivf_search(uint32_t *entries, size_t *count, size_t *scanned,
                               const imx_ivf *ivf, const float *query, size_t wanted,
                               uint32_t probes, imgmatch_diag *diag);

/* A query as integers, in at most 13 bits, and in so few that no sum of products with codes
 * overflows 32. Returns t: the query is about out / t, to within 1 / 2 t a dimension. */
float imx_ivf_quantise_query(int16_t *out, const float *query, uint32_t dimension);

#endif
