/* Ctrl-C: the first one asks the job to stop at the next safe place, the second one kills. */
#ifndef IMGMATCH_TOOLS_INTERRUPT_H
#define IMGMATCH_TOOLS_INTERRUPT_H

#include <stdbool.h>

/* From now on SIGINT, SIGTERM and SIGHUP ask to stop; SIGHUP not when it was ignored. */
void cli_catch_signals(void);

/* First of all: from now on a pipe that nobody reads is an error of the write, not the end of the
 * process; and so is writing to standard output or error that the caller has closed, whose numbers
 * the next files would get otherwise, a catalogue's lock for one. */
void cli_prepare_streams(void);

/* Has somebody asked to stop? The message is "interrupted", which cli_failure and cli_photo_run_all
 * print; a second line says how to go on. */
bool cli_interrupted(void);

/* That second line, of a command that goes on where it was interrupted; nothing when it was not. */
void cli_tell_same_command(const char *program);

#endif
