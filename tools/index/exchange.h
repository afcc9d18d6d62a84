/* What import and merge share: failures, progress and a summary. */
#ifndef IMGMATCH_TOOLS_INDEX_EXCHANGE_H
#define IMGMATCH_TOOLS_INDEX_EXCHANGE_H

#include "common/exit_status.h"
#include "common/failures.h"
#include "common/option.h"
#include "common/progress.h"

#include <imgmatch/imgmatch.h>

typedef struct index_exchange {
    const char *program;
    const char *errors; /* NULL: failures are named on standard error. */
    cli_failures failures;
    cli_progress progress;
    uint32_t on_conflict; /* imgmatch_conflict */
    bool quiet;
} index_exchange;

/* The names of imgmatch_conflict. */
extern const char *const index_conflict_names[];

/* --on-conflict=WHAT into the uint32_t `*where`: an entry of a table of options. */
#define INDEX_OPTION_ON_CONFLICT(where)                                                            \
    {                                                                                              \
        .name = "on-conflict", .argument = "fail|keep|replace",                                    \
        .help =                                                                                    \
            "what to do with an id that is there already, and differs: report it and leave it "    \
            "(fail, the default), leave it (keep), or take the new one (replace; never a bare "    \
            "hash for a photo)",                                                                   \
        .kind = CLI_CHOICE, .value = {.choice = (where)}, .choices = index_conflict_names          \
    }

/* Catch Ctrl-C, open the file of failures, start the progress line, and fill in the callbacks;
 * `exchange` outlives them. CLI_GO_ON, and index_exchange_finish ends it; or CLI_FAILED, which has
 * been said. */
cli_exit index_exchange_start(imgmatch_exchange_options *out, index_exchange *exchange);

/* Print the summary, close the file of failures; the status to exit with. */
cli_exit index_exchange_finish(index_exchange *exchange, const imgmatch_exchange_report *report);

#endif
