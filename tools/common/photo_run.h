/*
 * The loop that all jobs over photos share: batches, progress, failures, Ctrl-C.
 *
 * A job fills in the first part, calls cli_photo_run, and finds the figures in the second one.
 */
#ifndef IMGMATCH_TOOLS_PHOTO_RUN_H
#define IMGMATCH_TOOLS_PHOTO_RUN_H

#include "failures.h"
#include "photo_source.h"
#include "progress.h"

#define CLI_BATCH_PHOTOS 256

typedef struct cli_photo_run cli_photo_run;

struct cli_photo_run {
    const char *program;
    cli_photo_source_options photos;
    const char *errors_path; /* NULL: failures are named on standard error. */
    cli_failures *shared;    /* Open already, takes the failures and is not closed; mostly NULL. */
    bool quiet;              /* No progress. */
    uint64_t skip;           /* Of the first photos: an earlier run has worked on them. */
    /* Work on up to CLI_BATCH_PHOTOS photos; CLI_GO_ON to be given more, CLI_DONE when
     * no more is wanted. */
    cli_exit (*work)(cli_photo_run *run, const cli_photo_batch *batch);
    /* Or, instead of `work`: read all photos, work on them, and count them in `done`. Returns early
     * when the user interrupts. */
    cli_exit (*work_on_source)(cli_photo_run *run, cli_photo_source *source);
    void *user; /* For these. */

    cli_photo_source *source; /* Of the batches, for `work`. */
    cli_failures failures;
    cli_progress progress;
    uint64_t done;    /* Photos worked on, with those of the earlier run. */
    uint64_t skipped; /* Files in folders that are no photos. */
};

/* Do the whole job. A list without any photo is named. CLI_DONE, CLI_SOME_FAILED, or CLI_FAILED,
 * which has been said. */
cli_exit cli_photo_run_all(cli_photo_run *run);

/* To be used as the progress callback of a library call in `work`; `user` is the run. */
bool cli_photo_run_progress(void *user, size_t done, size_t total);

#endif
