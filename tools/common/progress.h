/* A line on the terminal that says how far a job is; nothing when standard error is no terminal. */
#ifndef IMGMATCH_TOOLS_PROGRESS_H
#define IMGMATCH_TOOLS_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

typedef struct cli_progress {
    bool enabled;
    bool visible;
    uint64_t total;  /* 0: not known. */
    uint64_t before; /* Done in earlier batches. */
    struct timespec start;
    struct timespec drawn;
} cli_progress;

/* Is there somebody to show progress to? */
bool cli_progress_wanted(bool quiet);

void cli_progress_start(cli_progress *progress, bool enabled, uint64_t total);

/* `done` of the current batch is done; draws at most five times a second. */
void cli_progress_show(cli_progress *progress, uint64_t done);

/* So many more are done, outside of any batch; draws as above. */
void cli_progress_advance(cli_progress *progress, uint64_t done);

/* The current batch is over: make way for other output, and count it. */
void cli_progress_batch_done(cli_progress *progress, uint64_t done);

#endif
