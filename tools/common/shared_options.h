/* Options that several commands have, alike in all of them: entries of a table of cli_option. */
#ifndef IMGMATCH_TOOLS_SHARED_OPTIONS_H
#define IMGMATCH_TOOLS_SHARED_OPTIONS_H

#include "option.h"

/* -t, --threads=N into the uint32_t `*where`, up to `most`. */
#define CLI_OPTION_THREADS(where, most)                                                            \
    {                                                                                              \
        .letter = 't', .name = "threads", .argument = "N",                                         \
        .help = "threads to work on (default 0: one for each processor)", .kind = CLI_COUNT,       \
        .value = {.count = (where)}, .max = (most)                                                 \
    }

/* -e, --errors=FILE into the text `*where`, for cli_failures_open. */
#define CLI_OPTION_ERRORS(where)                                                                   \
    {                                                                                              \
        .letter = 'e', .name = "errors", .argument = "FILE",                                       \
        .help = "write the inputs that failed to FILE, one JSON object a line, instead of naming " \
                "the first 20",                                                                    \
        .kind = CLI_TEXT, .value = {                                                               \
            .text = (where)                                                                        \
        }                                                                                          \
    }

/* -q, --quiet into the bool `*where`; `left_out` is what is not printed then. */
#define CLI_OPTION_QUIET(where, left_out)                                                          \
    {                                                                                              \
        .letter = 'q', .name = "quiet", .help = "print " left_out, .kind = CLI_FLAG, .value = {    \
            .flag = (where)                                                                        \
        }                                                                                          \
    }

/* -f, --format=FORMAT into the uint32_t `*where`, the place of one of `names` (NULL-ended; `list`
 * has them as "a|b"). */
#define CLI_OPTION_FORMAT(where, list, names, text)                                                \
    {                                                                                              \
        .letter = 'f', .name = "format", .argument = (list), .help = (text), .kind = CLI_CHOICE,   \
        .value = {.choice = (where)}, .choices = (names)                                           \
    }

/* -m, --model=DIR into the text `*where`, for cli_open_model. */
#define CLI_OPTION_MODEL(where)                                                                    \
    {                                                                                              \
        .letter = 'm', .name = "model", .argument = "DIR",                                         \
        .help = "folder of the model (default: the one that IMGMATCH_MODEL names, else the "       \
                "installed one)",                                                                  \
        .kind = CLI_TEXT, .value = {                                                               \
            .text = (where)                                                                        \
        }                                                                                          \
    }

#endif
