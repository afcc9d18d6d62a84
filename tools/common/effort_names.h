/* How the command lines and pages call the efforts of queries. */
#ifndef IMGMATCH_TOOLS_EFFORT_NAMES_H
#define IMGMATCH_TOOLS_EFFORT_NAMES_H

/* Of each imgmatch_effort, in their order; NULL-ended. */
extern const char *const cli_effort_names[];

#endif
