#include "eval/workers.h"

#include "common/interrupt.h"

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#define MOST_THREADS 64

typedef struct crew {
    const eval_work *work;
    atomic_size_t next;
    atomic_size_t done;
    atomic_bool stopped;
} crew;

static void work_on(crew *self, cli_progress *progress) {
    const eval_work *work = self->work;
    size_t index;
    while (!self->stopped && (index = atomic_fetch_add(&self->next, 1)) < work->count) {
        if (!work->each(work->user, index) || cli_interrupted())
            self->stopped = true;
        size_t done = atomic_fetch_add(&self->done, 1) + 1;
        if (progress)
            cli_progress_show(progress, done);
    }
}

static void *start(void *user) {
    work_on(user, NULL);
    return NULL;
}

bool eval_work_all(const eval_work *work) {
    crew self = {.work = work};
    pthread_t threads[MOST_THREADS];
    long wanted = work->threads > 0 ? work->threads : sysconf(_SC_NPROCESSORS_ONLN);
    int started = 0;
    /* The calling thread works, too, so a thread that cannot be started is none that is missed. */
    while (started < MOST_THREADS && started + 1 < wanted &&
           pthread_create(&threads[started], NULL, start, &self) == 0)
        started++;
    work_on(&self, work->progress);
    for (int i = 0; i < started; i++)
        (void)pthread_join(threads[i], NULL);
    if (work->progress)
        cli_progress_batch_done(work->progress, work->count);
    return !self.stopped;
}
