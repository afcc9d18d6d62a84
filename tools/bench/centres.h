/* Embeddings of real photos, for made-up ones to lie around. */
#ifndef BENCH_CENTRES_H
#define BENCH_CENTRES_H

#include <imgmatch/fingerprint.h>

#include <stddef.h>

/* The embeddings of the first `most` photos of a folder that can be decoded, one behind the other:
 * *count of them, for the caller to free. One photo is in memory at a time. NULL, with the reason
 * on standard error, when there are none. */
float *bench_centres_of_folder(size_t *count, const imgmatch_model *model, const char *folder,
                               size_t most);

#endif
