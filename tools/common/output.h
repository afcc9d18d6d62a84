/* Files that a command writes, which must not be those that it reads. */
#ifndef IMGMATCH_TOOLS_OUTPUT_H
#define IMGMATCH_TOOLS_OUTPUT_H

#include "exit_status.h"

#include <stddef.h>

/* What a command reads; "-" is standard input. */
typedef struct cli_inputs {
    char *const *paths; /* NULL for none. */
    size_t path_count;
    const char *list;  /* Another one; NULL for none. */
    const char *other; /* And one more. */
} cli_inputs;

/*
 * Before anything is opened for writing: the file `path` of the option `name` is none of the
 * inputs, by whatever names and links, and neither a photo nor one of the files of a catalogue.
 * Only regular files are looked at: nothing is lost of others.
 * CLI_GO_ON, also when `path` is NULL; or CLI_USAGE, which has been said.
 */
cli_exit cli_check_output(const char *program, const char *name, const char *path,
                          const cli_inputs *inputs);

/* The same of standard output. The shell has emptied the file by then, unless it appends; but what
 * comes of an empty list would look like an answer. */
cli_exit cli_check_standard_output(const char *program, const cli_inputs *inputs);

#endif
