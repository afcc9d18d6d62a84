/* Help texts, made from a command's table of options. */
#ifndef IMGMATCH_TOOLS_HELP_H
#define IMGMATCH_TOOLS_HELP_H

#include "option.h"

#include <stdio.h>

/* Print the whole help text of a command, 80 columns wide. */
void cli_print_help(FILE *out, const cli_command *command);

#endif
