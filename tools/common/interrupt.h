/* Ctrl-C: the first one asks the job to stop at the next safe place, the second one kills. */
#ifndef IMGMATCH_TOOLS_INTERRUPT_H
#define IMGMATCH_TOOLS_INTERRUPT_H

#include <stdbool.h>

/* From now on SIGINT and SIGTERM ask to stop. */
void cli_catch_signals(void);

/* From now on a pipe that nobody reads is an error of the write, not the end of the process. */
void cli_ignore_closed_pipes(void);

/* Has somebody asked to stop? */
bool cli_interrupted(void);

#endif
