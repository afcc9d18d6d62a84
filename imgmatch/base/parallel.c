/*
 * A pool for the length of one call: threads take the next index from an atomic counter until it
 * runs out or the caller's progress callback says stop. Indexes are handed out in order and a
 * taken job is always finished, so what was done is a prefix 0 .. done - 1.
 *
 * The calling thread works too unless it has to report progress; then it only waits and reports,
 * because callbacks that are late by one long job make a progress bar useless.
 */
#include "base/parallel.h"

#include "base/diag.h"
#include "base/memory.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define MAX_THREADS 256
#define REPORT_INTERVAL_NS 100000000L

typedef struct job_pool {
    atomic_size_t next;
    atomic_size_t done;
    atomic_bool stop;
    size_t count;
    imx_job job;
    void *context;
    pthread_mutex_t mutex; /* Guards `idle`, pairs with `changed`. */
    pthread_cond_t changed;
    int idle; /* Threads that found no more work. */
} job_pool;

typedef struct pool_thread {
    job_pool *pool;
    pthread_t thread;
    int worker;
} pool_thread;

int imx_parallel_threads(int requested, size_t jobs) {
    long threads = requested;
    if (threads <= 0) {
        threads = sysconf(_SC_NPROCESSORS_ONLN);
    }
    if (threads < 1) {
        threads = 1;
    }
    if (threads > MAX_THREADS) {
        threads = MAX_THREADS;
    }
    if ((size_t)threads > jobs) {
        threads = jobs == 0 ? 1 : (long)jobs;
    }
    return (int)threads;
}

static void work(job_pool *pool, int worker) {
    while (!atomic_load(&pool->stop)) {
        size_t index = atomic_fetch_add(&pool->next, 1);
        if (index >= pool->count) {
            break;
        }
        pool->job(pool->context, index, worker);
        atomic_fetch_add(&pool->done, 1);
    }
}

static void *thread_main(void *argument) {
    pool_thread *self = argument;
    work(self->pool, self->worker);
    (void)pthread_mutex_lock(&self->pool->mutex);
    self->pool->idle++;
    (void)pthread_cond_signal(&self->pool->changed);
    (void)pthread_mutex_unlock(&self->pool->mutex);
    return NULL;
}

static void wait_for_change(job_pool *pool) {
    struct timespec until;
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += REPORT_INTERVAL_NS;
    if (until.tv_nsec >= 1000000000L) {
        until.tv_nsec -= 1000000000L;
        until.tv_sec++;
    }
    (void)pthread_cond_timedwait(&pool->changed, &pool->mutex, &until);
}

/* The last report is of all that was done, also where that was before the first one was due. */
static void report_until_idle(job_pool *pool, int started, imx_progress progress, void *user) {
    bool idle = false;
    (void)pthread_mutex_lock(&pool->mutex);
    while (!idle) {
        if (pool->idle < started) {
            wait_for_change(pool);
        }
        idle = pool->idle == started;
        (void)pthread_mutex_unlock(&pool->mutex);
        if (!atomic_load(&pool->stop) && !progress(user, atomic_load(&pool->done), pool->count)) {
            atomic_store(&pool->stop, true);
        }
        (void)pthread_mutex_lock(&pool->mutex);
    }
    (void)pthread_mutex_unlock(&pool->mutex);
}

/* One thread: work and report between jobs, at most ten times a second. */
static void run_here(job_pool *pool, imx_progress progress, void *user) {
    struct timespec last = {0, 0};
    for (size_t i = 0; i < pool->count; i++) {
        pool->job(pool->context, i, 0);
        atomic_store(&pool->done, i + 1);
        struct timespec now;
        (void)clock_gettime(CLOCK_MONOTONIC, &now);
        bool due = now.tv_sec - last.tv_sec > 1 ||
                   (now.tv_sec - last.tv_sec) * 1000000000L + now.tv_nsec - last.tv_nsec >=
                       REPORT_INTERVAL_NS;
        if (progress != NULL && (due || i + 1 == pool->count)) {
            last = now;
            if (!progress(user, i + 1, pool->count)) {
                return;
            }
        }
    }
}

static int start_threads(pool_thread *team, int threads, job_pool *pool) {
    int started = 0;
    for (int i = 0; i < threads; i++) {
        team[i].pool = pool;
        team[i].worker = i;
        if (pthread_create(&team[i].thread, NULL, thread_main, &team[i]) != 0) {
            break;
        }
        started++;
    }
    return started;
}

imgmatch_status imx_parallel_run(size_t *done, size_t count, int threads, imx_job job,
                                 void *context, imx_progress progress, void *user,
                                 imgmatch_diag *diag) {
    *done = 0;
    job_pool pool = {.count = count, .job = job, .context = context};
    if (threads <= 1 || count == 0) {
        run_here(&pool, progress, user);
        *done = atomic_load(&pool.done);
        return IMGMATCH_OK;
    }
    pool_thread *team = imx_new_array((size_t)threads, sizeof *team);
    if (team == NULL) {
        return imx_fail_memory(diag);
    }
    pthread_condattr_t attributes;
    (void)pthread_condattr_init(&attributes);
    (void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    (void)pthread_mutex_init(&pool.mutex, NULL);
    (void)pthread_cond_init(&pool.changed, &attributes);
    (void)pthread_condattr_destroy(&attributes);

    int started = start_threads(team, threads, &pool);
    if (started == 0) {
        run_here(&pool, progress, user);
    } else if (progress != NULL) {
        report_until_idle(&pool, started, progress, user);
    }
    for (int i = 0; i < started; i++) {
        (void)pthread_join(team[i].thread, NULL);
    }
    (void)pthread_cond_destroy(&pool.changed);
    (void)pthread_mutex_destroy(&pool.mutex);
    free(team);
    *done = atomic_load(&pool.done);
    return IMGMATCH_OK;
}
