/* Pools of workers, photos that make the faulty worker fail, and what comes of them. */
#ifndef IMX_TESTS_ISOLATE_POOLS_H
#define IMX_TESTS_ISOLATE_POOLS_H

#include "integration/facade/pictures.h"

#include <stdbool.h>

/* The pool of the test that runs; close_pool is its teardown. A worker of it has 128 MiB. */
imgmatch_decoder_pool *new_pool(const char *worker, uint32_t max_workers);
imgmatch_decoder_pool *new_pool_of(const char *worker, uint32_t max_workers,
                                   uint64_t max_worker_bytes);
int close_pool(void **state);

/* A crop as JPEG with "imx-fault:NAME" behind its end, where decoders do not look; to be freed. */
encoded marked_photo(const char *fault);

bool same_picture(const imgmatch_image *a, const imgmatch_image *b);

/* The pool decodes it as this process does. */
void expect_same(imgmatch_decoder_pool *pool, const encoded *photo);

imgmatch_reason reason_of(imgmatch_decoder_pool *pool, const encoded *photo,
                          const imgmatch_limits *limits);

/* The fault fails the photo, with that name in the message. */
void expect_signal(imgmatch_decoder_pool *pool, const char *fault, const char *name);

#endif
