/* Reports on figures: a table, JSON, CSV, and a page. */
#ifndef IMGMATCH_TOOLS_EVAL_REPORT_H
#define IMGMATCH_TOOLS_EVAL_REPORT_H

#include "eval/figures.h"
#include "eval/intake.h"

#include "common/exit_status.h"

#include <stdio.h>

typedef struct eval_report {
    const eval_benchmark *benchmark;
    const eval_answers *answers;
    const eval_figures *figures;
    const char *title;         /* What was measured. */
    const eval_intake *intake; /* For the pictures of the page. */
} eval_report;

/* Where the reports go; NULL for none. The table always goes to standard output. */
typedef struct eval_report_paths {
    const char *json;
    const char *csv;
    const char *html;
} eval_report_paths;

/* Before anything is read or written: no report, and no results that go to `out`, would take the
 * place of the benchmark's truth or of the `results` that are read. Both may be NULL. CLI_GO_ON or
 * CLI_USAGE. */
cli_exit eval_report_check(const char *program, const eval_report_paths *paths, const char *out,
                           const char *benchmark, const char *results);

/* Write all reports. CLI_DONE or CLI_FAILED, which has been said. */
cli_exit eval_report_all(const char *program, const eval_report *report,
                         const eval_report_paths *paths);

void eval_report_table(FILE *file, const eval_report *report);
void eval_report_json(FILE *file, const eval_report *report);
void eval_report_csv(FILE *file, const eval_report *report);
void eval_report_html(FILE *file, const eval_report *report);

/* Of the page: its drawings and its pictures. */
void eval_html_curve(FILE *file, const eval_report *report);
void eval_html_histogram(FILE *file, const eval_report *report);
void eval_html_misses(FILE *file, const eval_report *report);
void eval_html_alerts(FILE *file, const eval_report *report);

#endif
