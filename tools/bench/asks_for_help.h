/* What both benchmark programs look at first. */
#ifndef IMGMATCH_BENCH_ASKS_FOR_HELP_H
#define IMGMATCH_BENCH_ASKS_FOR_HELP_H

#include <stdbool.h>

/* Is -h or --help among the arguments behind the program's name? */
bool bench_asks_for_help(char **arguments);

#endif
