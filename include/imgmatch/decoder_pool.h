/*
 * Isolated decoding: photos are decoded by worker processes that can neither open a file nor talk
 * to a network, whose memory and time are bounded, and whose death costs one photo.
 *
 * A worker is the program imgmatch-decode-worker. It gets the encoded bytes in memory that it
 * shares with this process, and puts the pixels there; what it says is checked before it is used.
 * Pixels are the same, bit for bit, as imgmatch_image_decode's.
 *
 * A decoder that crashes or asks the system for what it may not have is killed: the photo's reason
 * is "decoder_crashed". One that runs longer than imgmatch_limits.max_decode_ms gets
 * "decoder_timeout", one that wants more memory than it may have "out_of_memory". The worker is
 * replaced each time, and so is one that died without work, at no photo's cost. A decoder that
 * leaks costs no photo either: the worker is replaced when it keeps more than a sixteenth of the
 * memory that it may have.
 *
 * Processes: workers are children of this process, in sessions of their own, and end with the pool
 * or with this process, also when it is killed. No signal disposition is changed; each worker is
 * killed and waited for by a descriptor of its own (pidfd), or by its number where the system has
 * none, as Linux before 5.4. A program that waits for any child, or ignores SIGCHLD, only loses the
 * name of the signal that ended a worker; without pidfd it must not, since another process may have
 * got the number.
 *
 * fork: a pool belongs to the process that made it. In a child of a fork its calls fail with
 * IMGMATCH_ERR_ARGUMENT, or zeros for the statistics; freeing it there is allowed and leaves the
 * parent's workers alone. A child makes its own.
 *
 * Threads: any number of threads may use one pool at the same time.
 */
#ifndef IMGMATCH_DECODER_POOL_H
#define IMGMATCH_DECODER_POOL_H

#include "image.h"
#include "limits.h"
#include "status.h"

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct imgmatch_decoder_pool imgmatch_decoder_pool;

typedef struct imgmatch_decoder_pool_options {
    /** The worker program. NULL takes the environment variable IMGMATCH_DECODE_WORKER, else the one
        installed with the library. */
    const char *worker;
    uint32_t max_workers; /**< Most workers at a time, 1..1024; 0: one for each processor. More
                               callers wait for one. */
    /** Memory that one worker may allocate, its threads' stacks among it, besides the shared one:
        64 MiB at least, 2 GiB by default. All workers together may take as many times that: what
        a machine has no room for is better bounded by max_workers and max_pixels. With less than
        the default some AVIF and HEIC photos that the limits allow cannot be decoded. */
    uint64_t max_worker_bytes;
} imgmatch_decoder_pool_options;

#define IMGMATCH_DECODER_POOL_OPTIONS_INIT                                                         \
    { NULL, 0, 2u << 30 }

/**
 * Make a pool and start its first worker; the others start when they are needed.
 *
 * \param options  NULL for IMGMATCH_DECODER_POOL_OPTIONS_INIT.
 *
 * IMGMATCH_ERR_NOT_FOUND when there is no worker program, IMGMATCH_ERR_UNSUPPORTED when it cannot
 * be confined on this system, IMGMATCH_ERR_IO when it cannot be started, also where
 * RLIMIT_FSIZE is below the memory that is shared with it, limits' max_file_bytes and 3 *
 * max_pixels.
 */
IMGMATCH_API IMGMATCH_MUST_USE imgmatch_status imgmatch_decoder_pool_new(
    imgmatch_decoder_pool **out, const imgmatch_decoder_pool_options *options, imgmatch_diag *diag);

/** Free a pool and end its workers. NULL is allowed. No other call on it may be in flight. */
IMGMATCH_API void imgmatch_decoder_pool_free(imgmatch_decoder_pool *pool);

/**
 * As imgmatch_image_decode, in a worker. Where a new one is needed, also fails as
 * imgmatch_decoder_pool_new does.
 */
IMGMATCH_API IMGMATCH_MUST_USE imgmatch_status
imgmatch_decoder_pool_decode(imgmatch_image **out, imgmatch_decoder_pool *pool, const void *data,
                             size_t size_bytes, const imgmatch_limits *limits, imgmatch_diag *diag);

/** As imgmatch_image_open, with the file read here and decoded in a worker. */
IMGMATCH_API IMGMATCH_MUST_USE imgmatch_status
imgmatch_decoder_pool_open(imgmatch_image **out, imgmatch_decoder_pool *pool, const char *path,
                           const imgmatch_limits *limits, imgmatch_diag *diag);

/** What became of the photos and workers of a pool since it was made. */
typedef struct imgmatch_decoder_pool_stat {
    uint64_t decoded;   /**< Photos that came back as pixels. */
    uint64_t refused;   /**< Photos with any other reason, of those that a worker was asked for. */
    uint64_t crashed;   /**< Photos with reason decoder_crashed. */
    uint64_t timed_out; /**< Photos with reason decoder_timeout. */
    uint64_t replaced;  /**< Workers that died or were ended before their time. */
} imgmatch_decoder_pool_stat;

IMGMATCH_API void imgmatch_decoder_pool_get_stat(imgmatch_decoder_pool_stat *out,
                                                 imgmatch_decoder_pool *pool);

#ifdef __cplusplus
}
#endif
#endif
