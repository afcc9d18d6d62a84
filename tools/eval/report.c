#include "eval/report.h"

#include "eval/files.h"

#include "common/message.h"
#include "common/output.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static cli_exit write_one(const char *program, const char *path, const eval_report *report,
                          void (*write)(FILE *file, const eval_report *report)) {
    if (!path)
        return CLI_DONE;
    FILE *file = fopen(path, "we");
    if (file) {
        write(file, report);
        bool written = !ferror(file);
        if (fclose(file) == 0 && written)
            return CLI_DONE;
    }
    cli_message(program, "'%s' cannot be written: %s", path, strerror(errno));
    return CLI_FAILED;
}

cli_exit eval_report_check(const char *program, const eval_report_paths *paths, const char *out,
                           const char *benchmark, const char *results) {
    char *own[] = {eval_join(benchmark, "truth.csv"), eval_join(benchmark, "variants.csv")};
    const size_t count = sizeof own / sizeof *own;
    if (!own[0] || !own[1]) {
        free(own[0]);
        free(own[1]);
        return cli_failure(program, "starting", IMGMATCH_ERR_MEMORY,
                           &(imgmatch_diag)IMGMATCH_DIAG_INIT);
    }
    const cli_inputs inputs = {.paths = own, .path_count = count, .list = results};
    static const char *const names[] = {"out", "json", "csv", "html"};
    const char *const outputs[] = {out, paths->json, paths->csv, paths->html};
    cli_exit step = cli_check_standard_output(program, &inputs);
    for (size_t i = 0; i < sizeof outputs / sizeof *outputs && step == CLI_GO_ON; i++)
        step = cli_check_output(program, names[i], outputs[i], &inputs);
    free(own[0]);
    free(own[1]);
    return step;
}

cli_exit eval_report_all(const char *program, const eval_report *report,
                         const eval_report_paths *paths) {
    if (report->answers->unknown > 0)
        cli_message(program, "rows of the results on photos that the benchmark does not have: %zu",
                    report->answers->unknown);
    eval_report_table(stdout, report);
    cli_exit step = write_one(program, paths->json, report, eval_report_json);
    if (step == CLI_DONE)
        step = write_one(program, paths->csv, report, eval_report_csv);
    if (step == CLI_DONE)
        step = write_one(program, paths->html, report, eval_report_html);
    return cli_finish_output(program, step);
}
