/* Ctrl-C: the first one asks the job to stop at the next safe place, the second one kills. */
#ifndef IMGMATCH_TOOLS_INTERRUPT_H
#define IMGMATCH_TOOLS_INTERRUPT_H

#include <stdbool.h>

/* From now on SIGINT and SIGTERM ask to stop, and a closed pipe is an error of the write instead of
 * the end of the process. */
void cli_catch_signals(void);

/* Has somebody asked to stop? */
bool cli_interrupted(void);

#endif
