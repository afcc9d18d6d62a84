/* What the tools' exit statuses mean; documented in every manual page. */
#ifndef IMGMATCH_TOOLS_EXIT_STATUS_H
#define IMGMATCH_TOOLS_EXIT_STATUS_H

typedef enum cli_exit {
    CLI_GO_ON = -1,      /* Not over yet. */
    CLI_DONE = 0,        /* Done, also when nothing was matched. */
    CLI_FAILED = 1,      /* The job could not be done, or only in part. */
    CLI_USAGE = 2,       /* The command line makes no sense. */
    CLI_SOME_FAILED = 3, /* Done, but some inputs could not be used. */
} cli_exit;

#endif
