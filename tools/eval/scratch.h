/* A catalogue of a benchmark's references that lives as long as a measurement. */
#ifndef IMGMATCH_TOOLS_EVAL_SCRATCH_H
#define IMGMATCH_TOOLS_EVAL_SCRATCH_H

#include "eval/measure.h"

typedef struct eval_scratch {
    char *catalogue; /* A folder below TMPDIR. */
} eval_scratch;

/* Index BENCHMARK/references. CLI_GO_ON, or CLI_FAILED, which has been said; remove `out` in any
 * case. References that cannot be used are counted in a message. */
cli_exit eval_scratch_index(eval_scratch *out, const char *program, const eval_benchmark *benchmark,
                            const imgmatch_model *model, const eval_measure_options *options);

void eval_scratch_remove(eval_scratch *scratch);

#endif
