/* Opening models and catalogues, with messages that say what to do when that fails. */
#ifndef IMGMATCH_TOOLS_OPEN_H
#define IMGMATCH_TOOLS_OPEN_H

#include "exit_status.h"

#include <imgmatch/imgmatch.h>

/* `path` NULL: the default model. CLI_GO_ON or CLI_FAILED. */
cli_exit cli_open_model(imgmatch_model **out, const char *program, const char *path);

/* `model` NULL: photos will not be fingerprinted. CLI_GO_ON or CLI_FAILED. */
cli_exit cli_open_catalogue(imgmatch_catalogue **out, const char *program, const char *path,
                            const imgmatch_model *model, bool writable);

/* As above, with all options of the library. */
cli_exit cli_open_catalogue_with(imgmatch_catalogue **out, const char *program, const char *path,
                                 const imgmatch_open_options *options);

#endif
