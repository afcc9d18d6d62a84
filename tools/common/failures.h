/* Inputs that could not be used: named on standard error, written to --errors, counted by reason.
 */
#ifndef IMGMATCH_TOOLS_FAILURES_H
#define IMGMATCH_TOOLS_FAILURES_H

#include "exit_status.h"

#include <imgmatch/status.h>

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define CLI_REASON_COUNT 64

typedef struct cli_failures {
    const char *program;
    const char *path; /* Of `file`, for messages. */
    FILE *file;       /* JSON Lines; NULL for none. */
    int write_error;  /* errno of the first write to it that failed; 0 for none. */
    uint64_t total;
    uint64_t by_reason[CLI_REASON_COUNT];
} cli_failures;

/* One failed input. Texts may be NULL. Without a reason `message` is a whole line, as the library
 * reports items and lines of exports, and there is nothing else. */
typedef struct cli_failure_entry {
    const char *path; /* The photo, or the folder. */
    const char *id;
    const char *list; /* The manifest that names it, */
    uint64_t line;    /* and where; 0 for none. */
    imgmatch_reason reason;
    const char *message;
} cli_failure_entry;

/* `path` NULL: no file is written; `append`: behind what is in it. CLI_GO_ON, or CLI_FAILED when it
 * cannot be opened. */
cli_exit cli_failures_open(cli_failures *failures, const char *program, const char *path,
                           bool append);

void cli_failures_add(cli_failures *failures, const cli_failure_entry *entry);

/* Write the counts by reason as "truncated 2, unsupported 1". */
void cli_failures_print_counts(FILE *file, const cli_failures *failures);

/* Close the file. CLI_FAILED when it could not be written whole; CLI_SOME_FAILED when there were
 * failures; else CLI_DONE. */
cli_exit cli_failures_close(cli_failures *failures);

#endif
