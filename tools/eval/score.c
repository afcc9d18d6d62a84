#include "command.h"

#include "eval/report.h"
#include "eval/report_options.h"

#include "common/message.h"

#include <string.h>

cli_exit eval_score(int argc, char **argv) {
    const char *program = "imgmatch-eval score";
    eval_report_paths paths = {NULL, NULL, NULL};
    cli_operands operands;
    cli_intake_options chosen;
    const cli_option own[] = {EVAL_REPORT_OPTIONS(paths)};
    cli_option options[sizeof own / sizeof *own + CLI_INTAKE_OPTION_COUNT];
    memcpy(options, own, sizeof own);
    size_t count = cli_intake_options_append(options, sizeof own / sizeof *own, &chosen);
    const cli_command command = {
        .program = program,
        .synopsis = "[OPTION...] BENCHMARK RESULTS",
        .summary = "Measure results, which any matcher may have made, against a benchmark.",
        .options = options,
        .option_count = count,
        .details =
            "RESULTS (- is standard input) is CSV with the columns query, reference and score, a "
            "row\n"
            "for each pair (higher scores are surer; a row without a reference found nothing), "
            "and,\n"
            "if there are any, verdict, alterations and milliseconds. What imgmatch-query and\n"
            "'imgmatch-eval run' print is read as it is.\n"
            "\n"
            "Example:\n"
            "  imgmatch-eval score bench results.csv --html=report.html\n",
        .min_operands = 2,
        .max_operands = 2};
    cli_exit step = cli_parse(&operands, &command, argc, argv);
    if (step == CLI_GO_ON)
        step = eval_report_check(program, &paths, NULL, operands.values[0], operands.values[1]);
    if (step != CLI_GO_ON)
        return step;
    eval_benchmark benchmark;
    eval_answers answers = {.count = 0};
    eval_figures figures = {.pairs = NULL};
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    imgmatch_status status =
        eval_benchmark_open(&benchmark, operands.values[0], &chosen.limits, &diag);
    if (status == IMGMATCH_OK)
        status = eval_answers_read(&answers, &benchmark, operands.values[1], &chosen.limits, &diag);
    if (status == IMGMATCH_OK)
        status = eval_figures_compute(&figures, &benchmark, &answers);
    eval_intake intake = {.limits = chosen.limits};
    if (status != IMGMATCH_OK)
        step = cli_failure(program, "reading the benchmark and the results", status, &diag);
    else if (paths.html) /* Only the page has pictures. */
        step = eval_intake_open(&intake, program, &chosen, 1);
    if (step == CLI_GO_ON) {
        const eval_report report = {&benchmark, &answers, &figures, operands.values[1], &intake};
        step = eval_report_all(program, &report, &paths);
    }
    eval_intake_close(&intake, program);
    eval_figures_free(&figures);
    eval_answers_free(&answers);
    eval_benchmark_free(&benchmark);
    return step;
}
