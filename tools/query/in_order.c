/*
 * A ring of entries between three counters that only grow: the calling thread reads photos into it
 * (`read`), threads take them in order (`taken`), and the calling thread hands them out in order
 * (`handed_out`). Neither passes read, which is at most ENTRIES ahead of handed_out: so many
 * answers may wait for one slow photo before all threads do. Entries without a photo may be handed
 * out before a thread has passed them.
 *
 * The calling thread waits for two things at once, an answer and the next line of a list: threads
 * ring a bell that is a descriptor, as the list is one.
 */
#include "in_order.h"

#include "common/interrupt.h"
#include "common/message.h"

#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define ENTRIES 256
#define MOST_THREADS 256
#define GLANCE_MS 100 /* How often to look for Ctrl-C and to draw progress. */

typedef struct ring {
    const query_in_order *job;
    query_entry entries[ENTRIES];
    uint64_t photos; /* Of the entries that were read. */
    bool begun;
    bool at_end; /* Nothing is left to read. */
    int bell;
    pthread_t threads[MOST_THREADS];
    size_t started;
    pthread_mutex_t mutex; /* Guards what follows, and each entry's `done`. */
    pthread_cond_t more;
    uint64_t read;
    uint64_t taken;
    uint64_t handed_out; /* Written by the calling thread only. */
    bool stopping;
} ring;

static query_entry *entry_at(ring *self, uint64_t place) { return &self->entries[place % ENTRIES]; }

static void ring_bell(const ring *self) {
    const uint64_t one = 1;
    /* Fails only when it has rung for longer than a counter holds. */
    if (write(self->bell, &one, sizeof one) < 0)
        return;
}

static void *work(void *user) {
    ring *self = user;
    (void)pthread_mutex_lock(&self->mutex);
    for (;;) {
        while (!self->stopping && self->taken == self->read)
            (void)pthread_cond_wait(&self->more, &self->mutex);
        if (self->stopping)
            break;
        if (self->taken < self->handed_out)
            self->taken = self->handed_out;
        if (self->taken == self->read)
            continue;
        query_entry *entry = entry_at(self, self->taken++);
        if (entry->done) /* There is no photo. */
            continue;
        (void)pthread_mutex_unlock(&self->mutex);
        self->job->look_up(self->job->user, entry);
        (void)pthread_mutex_lock(&self->mutex);
        entry->done = true;
        ring_bell(self);
    }
    (void)pthread_mutex_unlock(&self->mutex);
    return NULL;
}

static size_t threads_wanted(const query_in_order *job) {
    long wanted = job->threads > 0 ? (long)job->threads : sysconf(_SC_NPROCESSORS_ONLN);
    return wanted < 1 ? 1 : wanted > MOST_THREADS ? MOST_THREADS : (size_t)wanted;
}

/* One thread for each photo, until there are enough. Without any, the photo is looked up here. */
static void see_to(ring *self, query_entry *entry) {
    if (self->started < threads_wanted(self->job) &&
        pthread_create(&self->threads[self->started], NULL, work, self) == 0)
        self->started++;
    if (self->started > 0)
        return;
    self->job->look_up(self->job->user, entry);
    entry->done = true;
}

/* Read the next entry into the ring. What goes wrong is an entry, too, and the last one. */
static void read_entry(ring *self, cli_photo_source *source) {
    query_entry *entry = entry_at(self, self->read);
    *entry = (query_entry){.doing = "looking photos up", .diag = IMGMATCH_DIAG_INIT};
    imgmatch_status status = cli_photo_source_next(&entry->input, source, 1, &entry->diag);
    bool is_photo = status == IMGMATCH_OK && entry->input.count > 0;
    if (status != IMGMATCH_OK) {
        entry->doing = "reading the list of photos";
        entry->status = status;
    }
    self->at_end = status != IMGMATCH_OK || (!is_photo && !entry->input.failed);
    if (self->at_end && status == IMGMATCH_OK)
        return;
    entry->done = !is_photo;
    if (is_photo) {
        entry->number = ++self->photos;
        see_to(self, entry);
    }
    (void)pthread_mutex_lock(&self->mutex);
    self->read++;
    (void)pthread_cond_signal(&self->more);
    (void)pthread_mutex_unlock(&self->mutex);
}

static void clear_entry(query_entry *entry) {
    imgmatch_result_free(entry->result);
    cli_photo_batch_free(&entry->input);
    entry->result = NULL;
}

/* How many are done without a gap. */
static size_t count_done(ring *self) {
    size_t count = 0;
    (void)pthread_mutex_lock(&self->mutex);
    while (self->handed_out + count < self->read && entry_at(self, self->handed_out + count)->done)
        count++;
    (void)pthread_mutex_unlock(&self->mutex);
    return count;
}

static cli_exit hand_out(ring *self) {
    const query_in_order *job = self->job;
    size_t count = count_done(self);
    bool all = self->at_end && self->handed_out + count == self->read;
    if (!self->begun && count < job->together && !all && !cli_interrupted())
        return CLI_GO_ON;
    if (!self->begun)
        job->begin(job->user, self->entries, count);
    self->begun = true;
    cli_exit step = CLI_GO_ON;
    if (count > 0)
        cli_progress_batch_done(job->progress, count);
    for (; count > 0 && step == CLI_GO_ON; count--) {
        query_entry *entry = entry_at(self, self->handed_out);
        step = entry->status == IMGMATCH_OK
                   ? job->hand_out(job->user, entry)
                   : cli_failure(QUERY_PROGRAM, entry->doing, entry->status, &entry->diag);
        clear_entry(entry);
        (void)pthread_mutex_lock(&self->mutex);
        self->handed_out++;
        (void)pthread_mutex_unlock(&self->mutex);
    }
    return step;
}

static void wait_for_something(const ring *self, int list) {
    struct pollfd sources[2] = {{.fd = self->bell, .events = POLLIN},
                                {.fd = list, .events = POLLIN}}; /* -1 is passed over. */
    uint64_t rung;
    (void)poll(sources, 2, GLANCE_MS);
    if (read(self->bell, &rung, sizeof rung) < 0)
        return; /* It has not rung. */
}

static cli_exit run_all(ring *self, cli_photo_source *source) {
    cli_exit step = CLI_GO_ON;
    while (step == CLI_GO_ON && !cli_interrupted()) {
        int list = -1;
        bool has_room = !self->at_end && self->read - self->handed_out < ENTRIES;
        if (has_room && !cli_photo_source_waits(&list, source))
            read_entry(self, source);
        else if (self->at_end && self->handed_out == self->read)
            break;
        else
            wait_for_something(self, list);
        step = hand_out(self);
        cli_progress_show(self->job->progress, 0);
    }
    return step;
}

/* Photos that were begun are finished. */
static void stop_threads(ring *self) {
    (void)pthread_mutex_lock(&self->mutex);
    self->stopping = true;
    (void)pthread_cond_broadcast(&self->more);
    (void)pthread_mutex_unlock(&self->mutex);
    while (self->started > 0)
        (void)pthread_join(self->threads[--self->started], NULL);
}

cli_exit query_in_order_run(const query_in_order *job, cli_photo_source *source) {
    ring *self = calloc(1, sizeof *self);
    int bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (!self || bell < 0) {
        free(self);
        if (bell >= 0)
            close(bell);
        return cli_failure(QUERY_PROGRAM, "starting", IMGMATCH_ERR_MEMORY,
                           &(imgmatch_diag)IMGMATCH_DIAG_INIT);
    }
    self->job = job;
    self->bell = bell;
    (void)pthread_mutex_init(&self->mutex, NULL);
    (void)pthread_cond_init(&self->more, NULL);
    cli_exit step = run_all(self, source);
    cli_progress_batch_done(job->progress, 0); /* Nothing more is drawn: whatever comes next. */
    stop_threads(self);
    if (step == CLI_GO_ON)
        step = hand_out(self); /* After Ctrl-C, what was in work then. */
    while (self->handed_out < self->read)
        clear_entry(entry_at(self, self->handed_out++));
    (void)pthread_cond_destroy(&self->more);
    (void)pthread_mutex_destroy(&self->mutex);
    close(bell);
    free(self);
    return step;
}
