/* Opening models and catalogues, with messages that say what to do when that fails. */
#ifndef IMGMATCH_TOOLS_OPEN_H
#define IMGMATCH_TOOLS_OPEN_H

#include "option.h"

#include <imgmatch/imgmatch.h>

/* `path` NULL: the default model. CLI_GO_ON or CLI_FAILED. */
cli_exit cli_open_model(imgmatch_model **out, const char *program, const char *path);

/* Without a model: photos will not be fingerprinted. CLI_GO_ON or CLI_FAILED. */
cli_exit cli_open_catalogue(imgmatch_catalogue **out, const char *program, const char *path,
                            bool writable);

/* Say that there is no catalogue at `path`, and what makes one. Returns CLI_FAILED. */
cli_exit cli_no_catalogue(const char *program, const char *path);

/* As cli_open_catalogue, with all options of the library. */
cli_exit cli_open_catalogue_with(imgmatch_catalogue **out, const char *program, const char *path,
                                 const imgmatch_open_options *options);

/* Parse a command line whose first operand is a catalogue, and open that. CLI_GO_ON, or the status
 * to exit with. */
cli_exit cli_parse_and_open(imgmatch_catalogue **out, cli_operands *operands,
                            const cli_command *command, int argc, char **argv, bool writable);

#endif
