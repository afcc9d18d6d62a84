/* Asking the library. */
#ifndef IMGMATCH_TOOLS_EVAL_MEASURE_H
#define IMGMATCH_TOOLS_EVAL_MEASURE_H

#include "eval/benchmark.h"
#include "eval/figures.h"
#include "eval/intake.h"

#include "common/exit_status.h"

typedef struct eval_measure_options {
    const char *catalogue; /* NULL: made of the references, and removed at the end. */
    const char *results;   /* File to write, CSV. */
    const eval_intake *intake;
    imgmatch_effort effort;
    uint32_t top;
    int threads;
    bool quiet;
} eval_measure_options;

/* Look all queries up and write the results. CLI_GO_ON, or CLI_FAILED, which has been said.
 * `*seconds` is what the look-ups took together. */
cli_exit eval_measure(double *seconds, const char *program, const eval_benchmark *benchmark,
                      const imgmatch_model *model, const eval_measure_options *options);

/* Open a catalogue with a model to look photos up or, writable, to add them. CLI_GO_ON or
 * CLI_FAILED. */
cli_exit eval_open_catalogue(imgmatch_catalogue **out, const char *program, const char *path,
                             const imgmatch_model *model, const eval_intake *intake, bool writable);

/* Compare the pairs in variants.csv and count the verdicts in `figures`, which are left alone when
 * there are no pairs. */
cli_exit eval_measure_variants(eval_figures *figures, const char *program,
                               const eval_benchmark *benchmark, const imgmatch_model *model,
                               const eval_measure_options *options);

#endif
