#include "eval/benchmark.h"

#include "eval/files.h"
#include "eval/kinds.h"

#include "common/diag.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *base_name(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* The class of that name; it is made when it is new. EVAL_MOST_CLASSES when there are too many. */
static int class_of(eval_benchmark *self, const char *name) {
    int class = 0;
    while (class < self->class_count && strcmp(self->classes[class], name) != 0)
        class ++;
    if (class == self->class_count && class < EVAL_MOST_CLASSES)
        self->classes[self->class_count++] = name;
    return class;
}

static imgmatch_status take_row(eval_benchmark *self, size_t row, imgmatch_diag *diag) {
    const eval_csv *truth = &self->truth;
    eval_query *query = &self->queries[row];
    const char *strength = eval_csv_field(truth, row, eval_csv_column(truth, "strength"));
    query->path = eval_csv_field(truth, row, eval_csv_column(truth, "query"));
    query->reference = eval_csv_field(truth, row, eval_csv_column(truth, "reference"));
    query->class = class_of(self, eval_csv_field(truth, row, eval_csv_column(truth, "kind")));
    while (query->strength < EVAL_STRENGTHS &&
           strcmp(strength, eval_strength_name(query->strength)) != 0)
        query->strength++;
    if (!eval_stays_inside(query->path))
        return cli_fail(diag, IMGMATCH_ERR_SYNTAX,
                        "truth.csv names a photo outside of the benchmark: '%s'", query->path);
    if (query->class == EVAL_MOST_CLASSES)
        return cli_fail(diag, IMGMATCH_ERR_SYNTAX,
                        "truth.csv has over 64 kinds; one too many is '%s'",
                        eval_csv_field(truth, row, eval_csv_column(truth, "kind")));
    if (query->strength == EVAL_STRENGTHS)
        return cli_fail(diag, IMGMATCH_ERR_SYNTAX, "truth.csv names an unknown strength: '%s'",
                        strength);
    return IMGMATCH_OK;
}

static int compare_names(const void *a, const void *b, void *user) {
    const eval_benchmark *self = user;
    return strcmp(base_name(self->queries[*(const size_t *)a].path),
                  base_name(self->queries[*(const size_t *)b].path));
}

static imgmatch_status sort_names(eval_benchmark *self, imgmatch_diag *diag) {
    for (size_t i = 0; i < self->count; i++)
        self->by_name[i] = i;
    qsort_r(self->by_name, self->count, sizeof *self->by_name, compare_names, self);
    for (size_t i = 1; i < self->count; i++) {
        if (compare_names(&self->by_name[i - 1], &self->by_name[i], self) == 0)
            return cli_fail(diag, IMGMATCH_ERR_SYNTAX, "truth.csv has two queries of the name '%s'",
                            base_name(self->queries[self->by_name[i]].path));
    }
    return IMGMATCH_OK;
}

imgmatch_status eval_benchmark_open(eval_benchmark *out, const char *folder,
                                    const imgmatch_limits *limits, imgmatch_diag *diag) {
    static const char *const needed[] = {"query", "reference", "kind", "strength"};
    memset(out, 0, sizeof *out);
    out->folder = folder;
    char *path = eval_join(folder, "truth.csv");
    imgmatch_status status =
        path ? eval_csv_read(&out->truth, path, limits, diag) : IMGMATCH_ERR_MEMORY;
    free(path);
    for (int i = 0; i < 4 && status == IMGMATCH_OK; i++) {
        if (eval_csv_column(&out->truth, needed[i]) == out->truth.columns)
            status =
                cli_fail(diag, IMGMATCH_ERR_SYNTAX, "truth.csv lacks the column '%s'", needed[i]);
    }
    if (status != IMGMATCH_OK)
        return status;
    out->count = out->truth.rows;
    out->queries = calloc(out->count + 1, sizeof *out->queries);
    out->by_name = calloc(out->count + 1, sizeof *out->by_name);
    if (!out->queries || !out->by_name)
        return IMGMATCH_ERR_MEMORY;
    for (size_t i = 0; i < out->count && status == IMGMATCH_OK; i++)
        status = take_row(out, i, diag);
    return status == IMGMATCH_OK ? sort_names(out, diag) : status;
}

void eval_benchmark_free(eval_benchmark *benchmark) {
    eval_csv_free(&benchmark->truth);
    free(benchmark->queries);
    free(benchmark->by_name);
    memset(benchmark, 0, sizeof *benchmark);
}

/* `benchmark->count` when there is none. */
static size_t find_query(const eval_benchmark *benchmark, const char *path) {
    const char *name = base_name(path);
    size_t low = 0, high = benchmark->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2, query = benchmark->by_name[middle];
        int order = strcmp(name, base_name(benchmark->queries[query].path));
        if (order == 0)
            return query;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return benchmark->count;
}

static imgmatch_status take_answer(eval_answers *self, const eval_benchmark *benchmark,
                                   const char *path, size_t row, size_t score_column,
                                   imgmatch_diag *diag) {
    const eval_csv *rows = &self->rows;
    const char *score = eval_csv_field(rows, row, score_column);
    eval_answer answer = {
        .query = find_query(benchmark, eval_csv_field(rows, row, eval_csv_column(rows, "query"))),
        .reference = eval_csv_field(rows, row, eval_csv_column(rows, "reference")),
        .verdict = eval_csv_field(rows, row, eval_csv_column(rows, "verdict")),
        .alterations = eval_csv_field(rows, row, eval_csv_column(rows, "alterations")),
        .milliseconds = eval_csv_field(rows, row, eval_csv_column(rows, "milliseconds"))};
    if (answer.query == benchmark->count) {
        self->unknown++;
        return IMGMATCH_OK;
    }
    if (answer.reference[0] != '\0') {
        char *end = NULL;
        answer.score = strtod(score, &end);
        if (end == score || *end != '\0' || !isfinite(answer.score))
            return cli_fail(diag, IMGMATCH_ERR_SYNTAX,
                            "%s: row %zu has a score that is no number: '%s'", path, row + 2,
                            score);
    }
    self->tell_alterations = self->tell_alterations || answer.alterations[0] != '\0';
    self->all[self->count++] = answer;
    return IMGMATCH_OK;
}

imgmatch_status eval_answers_read(eval_answers *out, const eval_benchmark *benchmark,
                                  const char *path, const imgmatch_limits *limits,
                                  imgmatch_diag *diag) {
    memset(out, 0, sizeof *out);
    imgmatch_status status = eval_csv_read(&out->rows, path, limits, diag);
    if (status != IMGMATCH_OK)
        return status;
    size_t score = eval_csv_column(&out->rows, "match_score");
    if (score == out->rows.columns)
        score = eval_csv_column(&out->rows, "score");
    if (score == out->rows.columns || eval_csv_column(&out->rows, "query") == out->rows.columns ||
        eval_csv_column(&out->rows, "reference") == out->rows.columns)
        return cli_fail(diag, IMGMATCH_ERR_SYNTAX,
                        "the columns query, reference and score are needed in '%s'", path);
    out->all = calloc(out->rows.rows + 1, sizeof *out->all);
    if (!out->all)
        return IMGMATCH_ERR_MEMORY;
    for (size_t row = 0; row < out->rows.rows && status == IMGMATCH_OK; row++)
        status = take_answer(out, benchmark, path, row, score, diag);
    return status;
}

void eval_answers_free(eval_answers *answers) {
    eval_csv_free(&answers->rows);
    free(answers->all);
    memset(answers, 0, sizeof *answers);
}
