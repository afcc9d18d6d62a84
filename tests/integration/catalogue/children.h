/* Processes of a test's own. What is forked while a catalogue is open cannot open one: where two
 * are to have it open, the child is the first. */
#ifndef TESTS_CATALOGUE_CHILDREN_H
#define TESTS_CATALOGUE_CHILDREN_H

#include <sys/types.h>

/* Returns when the child has the catalogue open for writing, which it closes when the descriptor
 * *until is closed. */
pid_t child_start_writer(int *until, const char *path);

/* Wait for it; the test fails unless it exits with 0. */
void child_expect_done(pid_t child);

#endif
