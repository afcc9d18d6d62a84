/* The command line of imgmatch-query. */
#ifndef IMGMATCH_TOOLS_QUERY_OPTIONS_H
#define IMGMATCH_TOOLS_QUERY_OPTIONS_H

#include "common/limit_options.h"
#include "common/option.h"

#define QUERY_PROGRAM "imgmatch-query"

enum query_format { QUERY_TABLE, QUERY_JSONL, QUERY_CSV };

typedef struct query_options {
    bool compare;
    uint32_t format; /* enum query_format */
    uint32_t top;
    double min_score;
    double max_false_alerts; /* 0: none was given. */
    uint32_t effort;         /* imgmatch_effort */
    uint32_t threads;
    uint32_t skip;        /* Photos that an earlier run has looked up. */
    const char *manifest; /* NULL when not given, as the texts below. */
    const char *errors;
    const char *model;
    const char *overlay;
    bool quiet;
    cli_intake_options intake;
} query_options;

/* Defaults, then what the command line says. CLI_GO_ON, or the status to exit with. */
cli_exit query_options_parse(cli_operands *operands, query_options *out, int argc, char **argv);

#endif
