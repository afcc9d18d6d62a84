/* A benchmark that `imgmatch-eval make` (or somebody else) wrote, and answers to its queries. */
#ifndef IMGMATCH_TOOLS_EVAL_BENCHMARK_H
#define IMGMATCH_TOOLS_EVAL_BENCHMARK_H

#include "eval/csv_file.h"

#include <imgmatch/status.h>

#include <stdbool.h>
#include <stddef.h>

#define EVAL_MOST_CLASSES 64

typedef struct eval_query {
    const char *path;      /* As truth.csv has it, below the benchmark's folder. */
    const char *reference; /* "" for a distractor. */
    int class;             /* Place in `classes`. */
    int strength;          /* enum eval_strength */
} eval_query;

typedef struct eval_benchmark {
    const char *folder;
    eval_csv truth;
    eval_query *queries;
    size_t count;
    const char *classes[EVAL_MOST_CLASSES]; /* Kinds and stacks, in the order of the file. */
    int class_count;
    size_t *by_name; /* Queries, ordered by the names of their files. */
} eval_benchmark;

/* One row of results: what a matcher says of a query and a reference. */
typedef struct eval_answer {
    size_t query;
    const char *reference;
    double score;
    const char *verdict;      /* "" when not known, as the next ones. */
    const char *alterations;  /* Separated by ';'. */
    const char *milliseconds; /* For the whole query. */
} eval_answer;

typedef struct eval_answers {
    eval_csv rows;
    eval_answer *all;
    size_t count;
    bool tell_alterations; /* In one row at least; the fast effort tells none. */
    size_t unknown;        /* Rows on photos that are no query of the benchmark. */
} eval_answers;

/* `folder` is borrowed. IMGMATCH_ERR_SYNTAX when truth.csv lacks a column, names a strength that is
 * not known, or has a row over max_line_bytes; free `out` in any case. */
imgmatch_status eval_benchmark_open(eval_benchmark *out, const char *folder,
                                    const imgmatch_limits *limits, imgmatch_diag *diag);
void eval_benchmark_free(eval_benchmark *benchmark);

/*
 * Read results: CSV with the columns query, reference and score, in any order, and verdict,
 * alterations and milliseconds if there are any. imgmatch-query's CSV is read, too: there,
 * match_score is the score. A query is known by the name of its file. A row without a reference
 * says that nothing was found.
 */
imgmatch_status eval_answers_read(eval_answers *out, const eval_benchmark *benchmark,
                                  const char *path, const imgmatch_limits *limits,
                                  imgmatch_diag *diag);
void eval_answers_free(eval_answers *answers);

#endif
