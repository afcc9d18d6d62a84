/* Spread independent jobs over threads. Jobs are handed out in order; what a job does must depend
 * on its index alone, which keeps answers the same for any number of threads. */
#ifndef IMX_BASE_PARALLEL_H
#define IMX_BASE_PARALLEL_H

#include <imgmatch/status.h>

#include <stdbool.h>
#include <stddef.h>

/* `worker` is 0 .. threads - 1 and picks scratch memory. */
typedef void (*imx_job)(void *context, size_t index, int worker);

/* Called from the calling thread about ten times a second and at the end; false: stop. */
typedef bool (*imx_progress)(void *user, size_t done, size_t total);

/* The number of threads to use for a request (0: one for each processor), at most `jobs`. */
int imx_parallel_threads(int requested, size_t jobs);

/* Run jobs 0 .. count - 1 on `threads` threads (1 runs them here). Returns the number of jobs that
 * were done through *done; less than count only when `progress` said stop: those are jobs
 * 0 .. *done - 1. When a thread cannot be started, the others do its work. */
imgmatch_status imx_parallel_run(size_t *done, size_t count, int threads, imx_job job,
                                 void *context, imx_progress progress, void *user,
                                 imgmatch_diag *diag);

#endif
