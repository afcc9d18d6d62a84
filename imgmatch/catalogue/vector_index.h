/*
 * Inner-product search among embeddings, through FAISS's C API (the one place that includes it):
 * exact, or by a graph. A row is a vector's number in the order of adding.
 *
 * Scores that leave the catalogue are not FAISS's but imx_inner_product's, which are the same on
 * every processor, so an answer does not depend on where a vector lies or on how FAISS adds up.
 */
#ifndef IMX_CATALOGUE_VECTOR_INDEX_H
#define IMX_CATALOGUE_VECTOR_INDEX_H

#include <imgmatch/status.h>

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

typedef struct imx_vector_index imx_vector_index;

imgmatch_status imx_vector_index_new(imx_vector_index **out, uint32_t dimension,
                                     imgmatch_diag *diag);
void imx_vector_index_free(imx_vector_index *index); /* NULL is allowed. */

/* Append `count` vectors of `dimension` floats. To a graph on one thread, so that the same vectors
 * make the same graph. */
imgmatch_status imx_vector_index_add(imx_vector_index *index, const float *vectors, size_t count,
                                     imgmatch_diag *diag);

size_t imx_vector_index_count(const imx_vector_index *index);

/* The vectors of an exact index, one behind the other. */
const float *imx_vector_index_vectors(const imx_vector_index *index);

/*
 * The `k` rows (1 <= k <= count) with the highest scores by FAISS's arithmetic, best first. A score
 * differs from the exact one by at most imx_vector_index_score_error. Starts no threads.
 * Thread-safe.
 */
imgmatch_status imx_vector_index_search(int64_t *rows, float *scores, const imx_vector_index *index,
                                        const float *query, size_t k, imgmatch_diag *diag);

/* The row with the highest score for each of `count` queries, one behind the other. Starts no
 * threads when `count` is small; thread-safe. */
imgmatch_status imx_vector_index_nearest(int64_t *rows, const imx_vector_index *index,
                                         const float *queries, size_t count, imgmatch_diag *diag);

/* Find `centre_count` (<= count) directions around which vectors of length 1 lie: spherical k-means
 * with a fixed seed. `centres` has room for them. */
imgmatch_status imx_vector_centres(float *centres, size_t centre_count, const float *vectors,
                                   size_t count, uint32_t dimension, imgmatch_diag *diag);

/* For vectors up to length 1.02, the length that the catalogue admits. */
double imx_vector_index_score_error(const imx_vector_index *index, const float *query);

/*
 * A graph (HNSW, Malkov and Yashunin 2016) over vectors of which a byte a dimension is kept. It is
 * trained before the first add; there is no deleting. How widely it
 * searches is set when it is made or read, and never again: others may be searching.
 */
imgmatch_status imx_vector_index_new_graph(imx_vector_index **out, uint32_t dimension,
                                           imgmatch_diag *diag);
imgmatch_status imx_vector_index_train(imx_vector_index *graph, const float *vectors, size_t count,
                                       imgmatch_diag *diag);

/* FAISS's own bytes, in the midst of a file. Reading wants bytes that were checked, and that nobody
 * can change any more: FAISS trusts its files. */
imgmatch_status imx_vector_index_write(const imx_vector_index *graph, FILE *file, const char *path,
                                       imgmatch_diag *diag);
imgmatch_status imx_vector_index_read_graph(imx_vector_index **out, FILE *file, uint32_t dimension,
                                            size_t count, const char *path, imgmatch_diag *diag);

/* Up to `wanted` rows that are near, in no order. Thread-safe. FAISS wakes its OpenMP threads for
 * each search; a program that searches on threads of its own sets OMP_NUM_THREADS=1. */
imgmatch_status imx_vector_index_search_graph(uint32_t *rows, size_t *count,
                                              const imx_vector_index *graph, const float *query,
                                              size_t wanted, imgmatch_diag *diag);

#endif
