/* The options that say where reports go, the same in all commands that report. */
#ifndef IMGMATCH_TOOLS_EVAL_REPORT_OPTIONS_H
#define IMGMATCH_TOOLS_EVAL_REPORT_OPTIONS_H

#include "common/option.h"

#define EVAL_REPORT_OPTIONS(paths)                                                                 \
    {0, "json", "FILE", "write all figures to FILE as JSON", CLI_TEXT, {.text = &(paths).json},    \
     0, 0,      NULL},                                                                             \
        {0,        "csv",                                                                          \
         "FILE",   "write the figures of each kind and strength to FILE as CSV",                   \
         CLI_TEXT, {.text = &(paths).csv},                                                         \
         0,        0,                                                                              \
         NULL},                                                                                    \
    {                                                                                              \
        0, "html", "FILE", "write a page with curves, a map and the worst mistakes to FILE",       \
            CLI_TEXT, {.text = &(paths).html}, 0, 0, NULL                                          \
    }

#endif
