#include "timing.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

typedef struct round_of_queries {
    bool (*query)(void *user, size_t number);
    void *user;
    size_t count;
    double *seconds;
    double *cpu_seconds;
    atomic_size_t next;
    atomic_bool failed;
} round_of_queries;

double bench_now_s(void) {
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

double bench_cpu_now_s(void) {
    struct timespec now;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static void *work(void *argument) {
    round_of_queries *all = argument;
    size_t number;
    while ((number = atomic_fetch_add(&all->next, 1)) < all->count) {
        double start = bench_now_s(), cpu_start = bench_cpu_now_s();
        if (!all->query(all->user, number)) {
            atomic_store(&all->failed, true);
        }
        all->cpu_seconds[number] = bench_cpu_now_s() - cpu_start;
        all->seconds[number] = bench_now_s() - start;
    }
    return NULL;
}

static int compare(const void *left, const void *right) {
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

static bool run_round(round_of_queries *all, size_t count, int threads) {
    pthread_t others[BENCH_MAX_THREADS];
    int started = 0;
    all->count = count;
    atomic_store(&all->next, 0);
    while (started < threads - 1 && pthread_create(&others[started], NULL, work, all) == 0) {
        started++;
    }
    (void)work(all);
    for (int i = 0; i < started; i++) {
        (void)pthread_join(others[i], NULL);
    }
    return started == threads - 1 && !atomic_load(&all->failed);
}

bool bench_time_queries(bench_times *out, bool (*query)(void *user, size_t number), void *user,
                        size_t count, int threads) {
    round_of_queries all = {.query = query, .user = user};
    *out = (bench_times){.p50_ms = 0};
    all.seconds = calloc(count + 1, sizeof *all.seconds);
    all.cpu_seconds = calloc(count + 1, sizeof *all.cpu_seconds);
    atomic_init(&all.next, 0);
    atomic_init(&all.failed, false);
    bool done =
        all.seconds != NULL && all.cpu_seconds != NULL && run_round(&all, (count + 7) / 8, threads);
    double start = bench_now_s();
    done = done && run_round(&all, count, threads);
    double seconds = bench_now_s() - start;
    if (done && count > 0) {
        qsort(all.seconds, count, sizeof *all.seconds, compare);
        qsort(all.cpu_seconds, count, sizeof *all.cpu_seconds, compare);
        out->cpu_p50_ms = 1e3 * all.cpu_seconds[count / 2];
        out->p50_ms = 1e3 * all.seconds[count / 2];
        out->p99_ms = 1e3 * all.seconds[count - 1 - count / 100];
        out->per_second = (double)count / seconds;
    }
    free(all.seconds);
    free(all.cpu_seconds);
    return done;
}
