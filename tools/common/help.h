/* Help texts, made from a command's table of options. */
#ifndef IMGMATCH_TOOLS_HELP_H
#define IMGMATCH_TOOLS_HELP_H

#include "option.h"

/* Print the whole help text of a command on standard output, 80 columns wide. */
void cli_print_help(const cli_command *command);

#endif
