/*
 * Workers are lent to one call after another. One that died, or was ended for what it did, is not
 * replaced at once but when the next call wants it; so a burst of bad photos costs no more starts
 * than photos.
 *
 * A worker that says that it keeps memory of its photos is ended, before it is short of it: a leak
 * never costs a photo. One that ran out of memory may have leaked it all the same; the photo gets a
 * second try in a new one.
 */
#include <imgmatch/decoder_pool.h>

#include "base/diag.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/memory.h"
#include "base/process_key.h"
#include "isolate/worker_path.h"
#include "isolate/worker_process.h"

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#define MOST_WORKERS 1024u
#define LEAST_WORKER_BYTES (UINT64_C(64) << 20)
#define MOST_TRIES 3

struct imgmatch_decoder_pool {
    uint32_t process; /* Key of the one that made it: a child would share its workers' answers. */
    char *program;
    uint64_t max_worker_bytes;
    uint32_t max_workers;
    pthread_mutex_t mutex; /* Guards what is below. */
    pthread_cond_t returned;
    imx_worker_process **idle; /* Room for max_workers. */
    uint32_t idle_count;
    uint32_t lent_count;
    imgmatch_decoder_pool_stat stat;
};

static bool is_ours(const imgmatch_decoder_pool *pool) {
    return pool->process == imx_process_key();
}

static uint32_t processors(void) {
    long count = sysconf(_SC_NPROCESSORS_ONLN);
    return count < 1 ? 1 : count > (long)MOST_WORKERS ? MOST_WORKERS : (uint32_t)count;
}

/* Under the mutex. */
static imx_worker_process *pop_idle(imgmatch_decoder_pool *pool) {
    return pool->idle_count > 0 ? pool->idle[--pool->idle_count] : NULL;
}

/* One that waits for work, or NULL; those that have died meanwhile are ended. */
static imx_worker_process *take_idle(imgmatch_decoder_pool *pool) {
    imx_worker_process *worker = NULL;
    bool waits = false;
    do {
        imx_worker_process_end(worker);
        (void)pthread_mutex_lock(&pool->mutex);
        pool->stat.replaced += worker != NULL;
        worker = pop_idle(pool);
        (void)pthread_mutex_unlock(&pool->mutex);
        waits = worker != NULL && imx_worker_process_waits(worker);
    } while (worker != NULL && !waits);
    return worker;
}

/* A worker of the caller's own until it is returned, a new one on demand; waits while all are lent.
 */
static imgmatch_status lend(imx_worker_process **out, imgmatch_decoder_pool *pool, bool is_new,
                            const imgmatch_limits *limits, imgmatch_diag *diag) {
    (void)pthread_mutex_lock(&pool->mutex);
    while (pool->lent_count >= pool->max_workers) {
        (void)pthread_cond_wait(&pool->returned, &pool->mutex);
    }
    pool->lent_count++;
    /* An idle one makes room for one that is to be new. */
    bool full = pool->idle_count + pool->lent_count > pool->max_workers;
    imx_worker_process *unfit = is_new && full ? pop_idle(pool) : NULL;
    (void)pthread_mutex_unlock(&pool->mutex);
    *out = is_new ? NULL : take_idle(pool);
    if (*out != NULL && !imx_worker_process_fits(*out, limits)) {
        unfit = *out;
        *out = NULL;
    }
    imx_worker_process_end(unfit);
    return *out != NULL
               ? IMGMATCH_OK
               : imx_worker_process_start(out, pool->program, pool->max_worker_bytes, limits, diag);
}

/* Take a worker back. One that is not to go on is ended, and counted when it was no use any more.
 */
static void give(imgmatch_decoder_pool *pool, imx_worker_process *worker, imx_worker_fate fate) {
    bool retired = worker != NULL && fate == IMX_WORKER_READY && imx_worker_process_is_old(worker);
    bool kept = worker != NULL && fate == IMX_WORKER_READY && !retired;
    if (!kept) {
        imx_worker_process_end(worker);
    }
    (void)pthread_mutex_lock(&pool->mutex);
    pool->lent_count--;
    if (kept) {
        pool->idle[pool->idle_count++] = worker;
    } else if (worker != NULL && !retired) {
        pool->stat.replaced++;
    }
    (void)pthread_cond_signal(&pool->returned);
    (void)pthread_mutex_unlock(&pool->mutex);
}

static void count(imgmatch_decoder_pool *pool, imgmatch_status status, imgmatch_reason reason) {
    (void)pthread_mutex_lock(&pool->mutex);
    if (status == IMGMATCH_OK) {
        pool->stat.decoded++;
    } else if (status == IMGMATCH_ERR_PHOTO) {
        pool->stat.crashed += reason == IMGMATCH_REASON_DECODER_CRASHED;
        pool->stat.timed_out += reason == IMGMATCH_REASON_DECODER_TIMEOUT;
        pool->stat.refused +=
            reason != IMGMATCH_REASON_DECODER_CRASHED && reason != IMGMATCH_REASON_DECODER_TIMEOUT;
    }
    (void)pthread_mutex_unlock(&pool->mutex);
}

/* One try in one worker, in a new one when it is done *again, as it is to be afterwards when the
 * failure may be the worker's and not the photo's. */
static imgmatch_status decode_once(imgmatch_image **out, bool *again, imgmatch_decoder_pool *pool,
                                   const void *data, size_t size_bytes,
                                   const imgmatch_limits *limits, imgmatch_diag *diag) {
    imx_worker_process *worker = NULL;
    imx_worker_fate fate = IMX_WORKER_SPOILT;
    bool is_new = *again;
    *again = false;
    imgmatch_status status = lend(&worker, pool, is_new, limits, diag);
    if (status == IMGMATCH_OK) {
        status = imx_worker_process_decode(out, &fate, worker, data, size_bytes, limits, diag);
        bool out_of_memory = status == IMGMATCH_ERR_PHOTO && fate == IMX_WORKER_SPOILT &&
                             diag->reason == IMGMATCH_REASON_OUT_OF_MEMORY;
        *again = fate == IMX_WORKER_UNUSED || (out_of_memory && imx_worker_process_age(worker) > 1);
    }
    give(pool, worker, fate);
    return status;
}

imgmatch_status imgmatch_decoder_pool_decode(imgmatch_image **out, imgmatch_decoder_pool *pool,
                                             const void *data, size_t size_bytes,
                                             const imgmatch_limits *limits, imgmatch_diag *diag) {
    if (out != NULL) {
        *out = NULL;
    }
    if (out == NULL || pool == NULL || (data == NULL && size_bytes > 0)) {
        return imx_fail(diag, IMGMATCH_ERR_ARGUMENT, "a required argument is NULL");
    }
    if (!is_ours(pool)) {
        return imx_fail(diag, IMGMATCH_ERR_ARGUMENT,
                        "the decoder pool is another process's: after fork, make one anew");
    }
    if (imx_limits_check(&limits, diag) != IMGMATCH_OK) {
        return IMGMATCH_ERR_ARGUMENT;
    }
    if (size_bytes == 0 || size_bytes > limits->max_file_bytes) {
        /* Refused before anything is decoded, in the same words. */
        return imgmatch_image_decode(out, data, size_bytes, limits, diag);
    }
    imgmatch_status status = IMGMATCH_ERR_INTERNAL;
    imgmatch_diag own = IMGMATCH_DIAG_INIT;
    bool again = false;
    int tries = 0;
    do {
        own = (imgmatch_diag)IMGMATCH_DIAG_INIT;
        status = decode_once(out, &again, pool, data, size_bytes, limits, &own);
    } while (again && ++tries < MOST_TRIES);
    count(pool, status, own.reason);
    if (status == IMGMATCH_ERR_PHOTO) {
        return imx_fail_photo(diag, own.reason, "%s", own.message);
    }
    return status == IMGMATCH_OK ? status : imx_fail(diag, status, "%s", own.message);
}

imgmatch_status imgmatch_decoder_pool_open(imgmatch_image **out, imgmatch_decoder_pool *pool,
                                           const char *path, const imgmatch_limits *limits,
                                           imgmatch_diag *diag) {
    if (out != NULL) {
        *out = NULL;
    }
    if (out == NULL || pool == NULL || path == NULL) {
        return imx_fail(diag, IMGMATCH_ERR_ARGUMENT, "a required argument is NULL");
    }
    if (imx_limits_check(&limits, diag) != IMGMATCH_OK) {
        return IMGMATCH_ERR_ARGUMENT;
    }
    uint8_t *bytes = NULL;
    size_t size = 0;
    imgmatch_status status = imx_file_read_photo(&bytes, &size, path, limits->max_file_bytes, diag);
    if (status == IMGMATCH_OK) {
        status = imgmatch_decoder_pool_decode(out, pool, bytes, size, limits, diag);
    }
    free(bytes);
    return status;
}

static imgmatch_status fill_pool(imgmatch_decoder_pool *pool,
                                 const imgmatch_decoder_pool_options *options,
                                 imgmatch_diag *diag) {
    static const imgmatch_limits defaults = IMGMATCH_LIMITS_INIT;
    pool->max_worker_bytes = options->max_worker_bytes;
    pool->max_workers = options->max_workers == 0 ? processors() : options->max_workers;
    pool->idle = imx_new_array(pool->max_workers, sizeof(imx_worker_process *));
    if (pool->idle == NULL) {
        return imx_fail_memory(diag);
    }
    imgmatch_status status = imx_worker_path_find(&pool->program, options->worker, diag);
    if (status == IMGMATCH_OK) {
        status = imx_worker_process_start(&pool->idle[0], pool->program, pool->max_worker_bytes,
                                          &defaults, diag);
    }
    pool->idle_count = status == IMGMATCH_OK;
    return status;
}

imgmatch_status imgmatch_decoder_pool_new(imgmatch_decoder_pool **out,
                                          const imgmatch_decoder_pool_options *options,
                                          imgmatch_diag *diag) {
    static const imgmatch_decoder_pool_options defaults = IMGMATCH_DECODER_POOL_OPTIONS_INIT;
    options = options == NULL ? &defaults : options;
    if (out == NULL) {
        return imx_fail(diag, IMGMATCH_ERR_ARGUMENT, "out is NULL");
    }
    *out = NULL;
    if (options->max_workers > MOST_WORKERS || options->max_worker_bytes < LEAST_WORKER_BYTES) {
        return imx_fail(diag, IMGMATCH_ERR_ARGUMENT,
                        "more than %u workers, or less than 64 MiB for one", MOST_WORKERS);
    }
    imgmatch_decoder_pool *pool = imx_new_array(1, sizeof *pool);
    if (pool == NULL) {
        return imx_fail_memory(diag);
    }
    pool->process = imx_process_key();
    (void)pthread_mutex_init(&pool->mutex, NULL);
    (void)pthread_cond_init(&pool->returned, NULL);
    imgmatch_status status = fill_pool(pool, options, diag);
    if (status != IMGMATCH_OK) {
        imgmatch_decoder_pool_free(pool);
        return status;
    }
    *out = pool;
    return IMGMATCH_OK;
}

void imgmatch_decoder_pool_free(imgmatch_decoder_pool *pool) {
    if (pool == NULL) {
        return;
    }
    bool ours = is_ours(pool);
    for (uint32_t i = 0; i < pool->idle_count; i++) {
        (ours ? imx_worker_process_end : imx_worker_process_forget)(pool->idle[i]);
    }
    if (ours) { /* Elsewhere a thread that is not there may hold them. */
        (void)pthread_cond_destroy(&pool->returned);
        (void)pthread_mutex_destroy(&pool->mutex);
    }
    free(pool->idle);
    free(pool->program);
    free(pool);
}

void imgmatch_decoder_pool_get_stat(imgmatch_decoder_pool_stat *out, imgmatch_decoder_pool *pool) {
    *out = (imgmatch_decoder_pool_stat){0};
    if (pool != NULL && is_ours(pool)) {
        (void)pthread_mutex_lock(&pool->mutex);
        *out = pool->stat;
        (void)pthread_mutex_unlock(&pool->mutex);
    }
}
