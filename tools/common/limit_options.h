/* The options that all tools share which read photos or manifests: bounds, and where photos are
 * decoded. */
#ifndef IMGMATCH_TOOLS_LIMIT_OPTIONS_H
#define IMGMATCH_TOOLS_LIMIT_OPTIONS_H

#include "option.h"

#include <imgmatch/imgmatch.h>

typedef struct cli_intake_options {
    imgmatch_limits limits;
    bool isolate;
    bool no_isolate;
} cli_intake_options;

#define CLI_LIMIT_OPTION_COUNT 14
#define CLI_INTAKE_OPTION_COUNT (2 + CLI_LIMIT_OPTION_COUNT)

/* --max-line-bytes into a limit of its own, for commands that read lines and nothing else. */
#define CLI_OPTION_MAX_LINE_BYTES(limits, what)                                                    \
    {                                                                                              \
        .name = "max-line-bytes", .argument = "N", .help = what " (default 1048576)",              \
        .kind = CLI_COUNT, .value = {.count = &(limits)->max_line_bytes}, .min = 1,                \
        .max = 1u << 30                                                                            \
    }

/* Set the default limits, and append their options to the `count` that are in `table` (room for
 * CLI_LIMIT_OPTION_COUNT more). Returns their new number. */
size_t cli_limit_options_append(cli_option *table, size_t count, imgmatch_limits *limits);

/* The same, and where photos are decoded: set the defaults, and append the options to the `count`
 * that are in `table` (room for CLI_INTAKE_OPTION_COUNT more). Returns their new number. */
size_t cli_intake_options_append(cli_option *table, size_t count, cli_intake_options *out);

/* A decoder pool for `threads` (0: one for each processor), or NULL with --no-isolate. CLI_GO_ON or
 * CLI_FAILED. */
cli_exit cli_intake_pool(imgmatch_decoder_pool **out, const char *program,
                         const cli_intake_options *options, uint32_t threads);

/* Say how many workers were replaced, unless none was. */
void cli_intake_report(const char *program, imgmatch_decoder_pool *pool);

#endif
