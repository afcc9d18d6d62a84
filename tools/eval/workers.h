/* The same work on many things, on several threads. */
#ifndef IMGMATCH_TOOLS_EVAL_WORKERS_H
#define IMGMATCH_TOOLS_EVAL_WORKERS_H

#include "common/progress.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct eval_work {
    bool (*each)(void *user, size_t index); /* On any thread; false stops all of it. */
    void *user;
    size_t count;
    int threads;            /* 0: one for each processor. */
    cli_progress *progress; /* Shown from the calling thread. */
} eval_work;

/* False when `each` returned false, or the user interrupted. The order of the calls is not known.
 */
bool eval_work_all(const eval_work *work);

#endif
