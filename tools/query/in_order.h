/*
 * The photos of a run, looked up by several threads and handed out in their order, each as soon as
 * it and all before it are done. Nothing that is done waits for a list to go on.
 */
#ifndef IMGMATCH_TOOLS_QUERY_IN_ORDER_H
#define IMGMATCH_TOOLS_QUERY_IN_ORDER_H

#include "overlay.h"

#include "common/photo_source.h"
#include "common/progress.h"

#include <imgmatch/query.h>

/* One photo, or one entry of a list that could not be made one. */
typedef struct query_entry {
    cli_photo_batch input; /* A photo or a failure. */
    uint64_t number;       /* Of the photo among those of this run, from 1. */
    bool done;
    const char *doing; /* With what `status` is about, for a message. */
    imgmatch_status status;
    imgmatch_diag diag;
    imgmatch_result *result; /* NULL when there is no photo, or an error. */
    query_drawing drawing;
} query_entry;

typedef struct query_in_order {
    uint32_t threads; /* 0: one for each processor. */
    size_t together;  /* The first entries are handed out when so many are done, or all. */
    /* Fill in an entry's status, diag, result and drawing; on any thread. */
    void (*look_up)(void *user, query_entry *entry);
    /* Once, before the first is handed out: those that are done, `together` or more, or all. */
    void (*begin)(void *user, const query_entry *entries, size_t count);
    /* On the calling thread; CLI_GO_ON to be given more. */
    cli_exit (*hand_out)(void *user, query_entry *entry);
    void *user;
    cli_progress *progress;
} query_in_order;

/* Read all photos, look them up, hand them out. When the user interrupts, those that are done
 * without a gap are still handed out, and CLI_GO_ON comes back. CLI_FAILED has been said. */
cli_exit query_in_order_run(const query_in_order *job, cli_photo_source *source);

#endif
