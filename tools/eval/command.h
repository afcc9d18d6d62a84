/* The commands of imgmatch-eval. All return the status to exit with. */
#ifndef IMGMATCH_TOOLS_EVAL_COMMAND_H
#define IMGMATCH_TOOLS_EVAL_COMMAND_H

#include "common/exit_status.h"

cli_exit eval_make(int argc, char **argv);
cli_exit eval_run(int argc, char **argv);
cli_exit eval_score(int argc, char **argv);
cli_exit eval_kinds_list(int argc, char **argv);

#endif
