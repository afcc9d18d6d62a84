/* Messages for people: on standard error, one line, "program: message". */
#ifndef IMGMATCH_TOOLS_MESSAGE_H
#define IMGMATCH_TOOLS_MESSAGE_H

#include "exit_status.h"

#include <imgmatch/status.h>

#include <stdbool.h>
#include <stdio.h>

/* Print a message; control characters in it come out escaped. */
void cli_message(const char *program, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Say what is wrong with the command line and where help is. Returns CLI_USAGE. */
cli_exit cli_usage_error(const char *program, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Say that `doing` failed, and why; "interrupted", when the user has stopped it. `doing` may be the
 * path of what it was done to, which is said once, also where the reason names it. Returns
 * CLI_FAILED. */
cli_exit cli_failure(const char *program, const char *doing, imgmatch_status status,
                     const imgmatch_diag *diag);

/* Note in `*error` why the first write to a file failed; 0 is none. To be called right behind the
 * writes, while errno says why: later ones may get through or fail otherwise. */
void cli_keep_write_error(int *error, FILE *file);

/* Close a written file. CLI_GO_ON, or CLI_FAILED with a message when not everything could be
 * written: `error` is what was kept. */
cli_exit cli_close_written(FILE *file, int error, const char *program, const char *path);

/* Has a write to standard output failed? To be asked right behind the writes, while errno says why:
 * cli_finish_output tells it then. */
bool cli_output_failed(void);

/* Flush standard output. CLI_FAILED, with a message, when not everything could be written (full
 * disk); else `status`, also when the reader has seen enough and closed the pipe. With CLI_FAILED
 * nothing more is said. */
cli_exit cli_finish_output(const char *program, cli_exit status);

#endif
