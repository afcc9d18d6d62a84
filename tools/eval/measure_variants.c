/* Copies against colour variants: each pair is compared by itself, without a catalogue. */
#include "eval/measure.h"

#include "eval/files.h"
#include "eval/workers.h"

#include "common/message.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

typedef struct comparison {
    const eval_benchmark *benchmark;
    const imgmatch_model *model;
    eval_csv rows;
    imgmatch_query_options query;
    const imgmatch_limits *limits;
    atomic_size_t counts[2][EVAL_VERDICTS];
    atomic_bool failed;
} comparison;

static bool compare_pair(void *user, size_t row) {
    comparison *self = user;
    const eval_csv *rows = &self->rows;
    const char *id = eval_csv_field(rows, row, eval_csv_column(rows, "reference"));
    const char *expected = eval_csv_field(rows, row, eval_csv_column(rows, "expected"));
    imgmatch_photo query = IMGMATCH_PHOTO_INIT, reference = IMGMATCH_PHOTO_INIT;
    imgmatch_result *result = NULL;
    char *folder = eval_join(self->benchmark->folder, "references");
    char *query_path = eval_join(self->benchmark->folder,
                                 eval_csv_field(rows, row, eval_csv_column(rows, "query")));
    char *reference_path = folder ? eval_join(folder, id) : NULL;
    imgmatch_status status = IMGMATCH_ERR_MEMORY;
    if (query_path && reference_path) {
        query.path = query_path;
        reference.path = reference_path;
        status = imgmatch_compare(&result, self->model, &query, &reference, &self->query,
                                  self->limits, NULL);
    }
    if (status == IMGMATCH_OK)
        atomic_fetch_add(
            &self->counts[strcmp(expected, "variant") == 0][imgmatch_result_verdict(result)], 1);
    else
        self->failed = true;
    imgmatch_result_free(result);
    free(query_path);
    free(reference_path);
    free(folder);
    return status == IMGMATCH_OK;
}

/* The pictures are the benchmark's own: a row that leads elsewhere would have any file read. */
static bool stay_inside(const eval_csv *rows, const char *program) {
    static const char *const columns[] = {"query", "reference"};
    for (size_t row = 0; row < rows->rows; row++) {
        for (size_t i = 0; i < 2; i++) {
            const char *path = eval_csv_field(rows, row, eval_csv_column(rows, columns[i]));
            if (!eval_stays_inside(path)) {
                cli_message(program, "variants.csv names a photo outside of the benchmark: '%s'",
                            path);
                return false;
            }
        }
    }
    return true;
}

cli_exit eval_measure_variants(eval_figures *figures, const char *program,
                               const eval_benchmark *benchmark, const imgmatch_model *model,
                               const eval_measure_options *options) {
    comparison self = {
        .benchmark = benchmark, .model = model, .query = IMGMATCH_QUERY_OPTIONS_INIT};
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    cli_progress progress;
    char *path = eval_join(benchmark->folder, "variants.csv");
    imgmatch_status status = path ? eval_csv_read(&self.rows, path, &options->intake->limits, &diag)
                                  : IMGMATCH_ERR_MEMORY;
    free(path);
    if (status != IMGMATCH_OK)
        return cli_failure(program, "reading the pairs of variants", status, &diag);
    if (!stay_inside(&self.rows, program)) {
        eval_csv_free(&self.rows);
        return CLI_FAILED;
    }
    if (self.rows.rows == 0) { /* `make` has found no reference that a variant can be made of. */
        cli_message(program, "the benchmark has no pairs of a copy and a colour variant");
        eval_csv_free(&self.rows);
        return CLI_GO_ON;
    }
    self.query.effort = options->effort;
    self.query.threads = 1;
    self.query.decoders = options->intake->decoders;
    self.limits = &options->intake->limits;
    cli_progress_start(&progress, cli_progress_wanted(options->quiet), self.rows.rows);
    const eval_work work = {compare_pair, &self, self.rows.rows, options->threads, &progress};
    bool done = eval_work_all(&work);
    eval_csv_free(&self.rows);
    if (!done)
        return cli_failure(program, "comparing variants",
                           self.failed ? IMGMATCH_ERR_IO : IMGMATCH_ERR_CANCELLED, &diag);
    for (int truth = 0; truth < 2; truth++) {
        for (int verdict = 0; verdict < EVAL_VERDICTS; verdict++)
            figures->variants[truth][verdict] = self.counts[truth][verdict];
    }
    figures->has_variants = true;
    return CLI_GO_ON;
}
