#include "command.h"

#include "eval/files.h"
#include "eval/measure.h"
#include "eval/report.h"
#include "eval/report_options.h"

#include "common/effort_names.h"
#include "common/interrupt.h"
#include "common/message.h"
#include "common/open.h"
#include "common/shared_options.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct run_options {
    const char *catalogue;
    const char *results;
    const char *model;
    uint32_t effort;
    uint32_t top;
    uint32_t threads;
    bool variants;
    bool quiet;
    eval_report_paths paths;
    cli_intake_options intake;
} run_options;

static cli_exit parse(cli_operands *operands, run_options *out, int argc, char **argv) {
    const cli_option own[] = {
        {0,
         "effort",
         "fast|standard|thorough",
         "how hard to look (default standard)",
         CLI_CHOICE,
         {.choice = &out->effort},
         0,
         0,
         cli_effort_names},
        {0,
         "catalogue",
         "DIR",
         "ask this catalogue, whose ids are paths in the benchmark's folder of references, instead "
         "of one made of them",
         CLI_TEXT,
         {.text = &out->catalogue},
         0,
         0,
         NULL},
        {'n',
         "top",
         "N",
         "most matches for each query (default 5)",
         CLI_COUNT,
         {.count = &out->top},
         1,
         1000,
         NULL},
        {0,
         "variants",
         NULL,
         "compare the pairs of copies and colour variants, too",
         CLI_FLAG,
         {.flag = &out->variants},
         0,
         0,
         NULL},
        {'o',
         "out",
         "FILE",
         "where the results go (default BENCHMARK/results.csv)",
         CLI_TEXT,
         {.text = &out->results},
         0,
         0,
         NULL},
        EVAL_REPORT_OPTIONS(out->paths),
        CLI_OPTION_THREADS(&out->threads, 64),
        CLI_OPTION_MODEL(&out->model),
        CLI_OPTION_QUIET(&out->quiet, "no progress"),
    };
    cli_option options[sizeof own / sizeof *own + CLI_INTAKE_OPTION_COUNT];
    memcpy(options, own, sizeof own);
    *out = (run_options){.effort = IMGMATCH_EFFORT_STANDARD, .top = 5};
    size_t count = cli_intake_options_append(options, sizeof own / sizeof *own, &out->intake);
    const cli_command command = {
        .program = "imgmatch-eval run",
        .synopsis = "[OPTION...] BENCHMARK",
        .summary = "Look all queries of a benchmark up with the library, and measure the answers.",
        .options = options,
        .option_count = count,
        .details = "Examples:\n"
                   "  imgmatch-eval run bench --effort=thorough --html=report.html\n"
                   "  imgmatch-eval run bench --catalogue=acme --out=acme.csv --json=acme.json\n",
        .min_operands = 1,
        .max_operands = 1};
    return cli_parse(operands, &command, argc, argv);
}

static cli_exit measure(const char *program, const eval_benchmark *benchmark,
                        const imgmatch_model *model, const run_options *options,
                        const eval_intake *intake, const char *results) {
    const eval_measure_options wanted = {.catalogue = options->catalogue,
                                         .results = results,
                                         .intake = intake,
                                         .effort = (imgmatch_effort)options->effort,
                                         .top = options->top,
                                         .threads = (int)options->threads,
                                         .quiet = options->quiet};
    eval_answers answers = {.count = 0};
    eval_figures figures = {.pairs = NULL};
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    double seconds = 0;
    cli_exit step = eval_measure(&seconds, program, benchmark, model, &wanted);
    if (step == CLI_GO_ON) {
        imgmatch_status status =
            eval_answers_read(&answers, benchmark, results, &intake->limits, &diag);
        if (status == IMGMATCH_OK)
            status = eval_figures_compute(&figures, benchmark, &answers);
        if (status != IMGMATCH_OK)
            step = cli_failure(program, "reading the results", status, &diag);
    }
    if (step == CLI_GO_ON && options->variants)
        step = eval_measure_variants(&figures, program, benchmark, model, &wanted);
    if (step == CLI_GO_ON) {
        char title[256];
        figures.per_second = seconds > 0 ? (double)benchmark->count / seconds : NAN;
        snprintf(title, sizeof title, "imgmatch %s, model %s, effort %s", imgmatch_version(),
                 imgmatch_model_get_info(model)->name, cli_effort_names[options->effort]);
        const eval_report report = {benchmark, &answers, &figures, title, intake};
        step = eval_report_all(program, &report, &options->paths);
    }
    eval_figures_free(&figures);
    eval_answers_free(&answers);
    return step;
}

cli_exit eval_run(int argc, char **argv) {
    const char *program = "imgmatch-eval run";
    run_options options;
    cli_operands operands;
    cli_exit step = parse(&operands, &options, argc, argv);
    if (step == CLI_GO_ON)
        step =
            eval_report_check(program, &options.paths, options.results, operands.values[0], NULL);
    if (step != CLI_GO_ON)
        return step;
    cli_catch_signals();
    eval_benchmark benchmark;
    imgmatch_model *model = NULL;
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    char *results = eval_join(operands.values[0], "results.csv");
    imgmatch_status status =
        eval_benchmark_open(&benchmark, operands.values[0], &options.intake.limits, &diag);
    if (status == IMGMATCH_OK && !results)
        status = IMGMATCH_ERR_MEMORY;
    if (status != IMGMATCH_OK)
        step = cli_failure(program, "reading the benchmark", status, &diag);
    else
        step = cli_open_model(&model, program, options.model);
    eval_intake intake = {.decoders = NULL};
    if (step == CLI_GO_ON)
        step = eval_intake_open(&intake, program, &options.intake, options.threads);
    if (step == CLI_GO_ON)
        step = measure(program, &benchmark, model, &options, &intake,
                       options.results ? options.results : results);
    eval_intake_close(&intake, program);
    imgmatch_model_close(model);
    eval_benchmark_free(&benchmark);
    free(results);
    return step;
}
