/* How long queries take: each one is timed, on one thread or on several at once. The time of the
 * processor as well, which other programs on the machine hardly change. */
#ifndef BENCH_TIMING_H
#define BENCH_TIMING_H

#include <stdbool.h>
#include <stddef.h>

#define BENCH_MAX_THREADS 64

double bench_now_s(void);
double bench_cpu_now_s(void); /* Of this thread. */

typedef struct bench_times {
    double p50_ms;
    double p99_ms;
    double cpu_p50_ms; /* Of the thread that asks. */
    double per_second; /* Queries, all threads together. */
} bench_times;

/* Run `query` for 0 .. count - 1 once each, after one in eight of them untimed. False when a query
 * returned false or there was no memory. */
bool bench_time_queries(bench_times *out, bool (*query)(void *user, size_t number), void *user,
                        size_t count, int threads);

#endif
