/* Fingerprints made up like those of a marketplace: seeded, so that every run has the same. */
#ifndef BENCH_MADE_UP_H
#define BENCH_MADE_UP_H

#include "base/random.h"

#include <imgmatch/fingerprint.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Embeddings: products lie around kinds of goods (thousands of centres of very different size, in
 * directions of falling weight, so that the vectors fill few dimensions as a network's do), photos
 * around products, and one in twelve is the exact copy of an earlier one. With embeddings of real
 * photos, those are the centres.
 *
 * Hashes: photos of one product differ in some bits, one in twelve is a copy, and one in fifty is
 * near one of a few white packshots.
 */
typedef struct bench_made_up bench_made_up;

/* `centres`: `centre_count` real embeddings of `dimension` floats to start from; NULL: make them
 * up. NULL when out of memory. */
bench_made_up *bench_made_up_new(size_t dimension, size_t count, const float *centres,
                                 size_t centre_count);
void bench_made_up_free(bench_made_up *made_up);
size_t bench_made_up_dimension(const bench_made_up *made_up);

/* The fingerprints of reference `number`; the same whenever it is asked for. The embedding has
 * length 1. */
void bench_make_embedding(float *out, const bench_made_up *made_up, size_t number);
void bench_make_hash(uint8_t out[IMGMATCH_PDQ_BYTES], const bench_made_up *made_up, size_t number);

/* An altered photo of some reference: its embedding with noise; its hash with up to 40 bits turned
 * as the first of eight orientations, the others unlike anything. Seeds other than the
 * references'. */
void bench_make_query(float *embedding, imgmatch_pdq hashes[IMGMATCH_ORIENT_COUNT],
                      const bench_made_up *made_up, size_t number);

#endif
