#include "calibrate_report.h"

#include "common/effort_names.h"
#include "common/escape.h"
#include "common/message.h"
#include "common/threshold.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define SHOWN_PAIRS 10
#define PATH_WIDTH 40

static void print_counts(const imgmatch_calibrator_report *report, imgmatch_effort effort) {
    printf("calibrated for effort %s: %llu photos", cli_effort_names[effort],
           (unsigned long long)report->negatives);
    if (report->own > 0)
        printf(", %llu of them the catalogue's own", (unsigned long long)report->own);
    putchar('\n');
    if (report->repeats > 0)
        printf("not counted, for they have the bytes of another: %llu photos\n",
               (unsigned long long)report->repeats);
    if (report->failed > 0)
        printf("failed: %llu photos\n", (unsigned long long)report->failed);
    if (report->crowded > 0)
        printf("not measured, for they have too many relatives: %llu photos\n",
               (unsigned long long)report->crowded);
    if (report->labels + report->failed_lines > 0)
        printf("labels: %llu, failed lines: %llu\n", (unsigned long long)report->labels,
               (unsigned long long)report->failed_lines);
}

/* One row of the table; a rate of a thousand tells more without digits behind the point. */
static imgmatch_status print_rate(const imgmatch_catalogue *catalogue, imgmatch_effort effort,
                                  double score, imgmatch_diag *diag) {
    imgmatch_false_alerts alerts;
    imgmatch_status status =
        imgmatch_catalogue_false_alerts(&alerts, catalogue, effort, score, diag);
    if (status == IMGMATCH_OK)
        printf("%-8g %8llu %10.0f %10.0f\n", score, (unsigned long long)alerts.seen,
               alerts.estimate_per_million, ceil(alerts.bound_per_million));
    return status;
}

static void print_pairs(imgmatch_calibrator *calibrator) {
    const imgmatch_pair *pair = imgmatch_calibrator_pair(calibrator, 0);
    if (!pair)
        return;
    printf("\nLook at these: is one that was counted a copy, or one that was left out none?\n"
           "SCORE    PAIR       %-*s REFERENCE\n",
           PATH_WIDTH, "PHOTO");
    for (size_t i = 0; i < SHOWN_PAIRS && pair; i++) {
        printf("%.6f %-10s ", cli_score_below(pair->score, 6), imgmatch_pair_kind_name(pair->kind));
        cli_print_cell(stdout, pair->path, PATH_WIDTH, CLI_KEEP_END);
        putchar(' ');
        cli_print_visible(stdout, pair->id);
        putchar('\n');
        pair = imgmatch_calibrator_pair(calibrator, i + 1);
    }
    if (pair)
        puts("and more, with --review=FILE");
}

cli_exit index_print_calibration(const char *program, const imgmatch_catalogue *catalogue,
                                 imgmatch_effort effort, imgmatch_calibrator *calibrator) {
    static const double scores[] = {0.5, 0.9, 0.99, 0.999};
    const imgmatch_calibrator_report *report = imgmatch_calibrator_get_report(calibrator);
    imgmatch_calibration made = {IMGMATCH_CALIBRATION_NONE, 0, 0, 0, 0, {0}};
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    print_counts(report, effort);
    puts("\nfalse alerts per million queries; 'at most' is what matches carry\n"
         "SCORE        SEEN  ESTIMATE    AT MOST");
    imgmatch_status status = IMGMATCH_OK;
    for (size_t i = 0; i < sizeof scores / sizeof *scores && status == IMGMATCH_OK; i++)
        status = print_rate(catalogue, effort, scores[i], &diag);
    if (status == IMGMATCH_OK)
        status = imgmatch_catalogue_get_calibration(&made, catalogue, effort, &diag);
    double score = 1;
    if (status == IMGMATCH_OK)
        status =
            imgmatch_catalogue_score_for(&score, catalogue, effort, made.least_per_million, &diag);
    if (status != IMGMATCH_OK)
        return cli_failure(program, "reading the calibration", status, &diag);
    printf("lowest --max-false-alerts that so many photos can show: %.0f, from score %.6f on\n",
           ceil(made.least_per_million), ceil(score * 1e6) / 1e6);
    if (report->left_out > 0)
        printf("left out, for they look like the same photo or a variant: %llu pairs\n",
               (unsigned long long)report->left_out);
    print_pairs(calibrator);
    return CLI_GO_ON;
}

cli_exit index_open_review(FILE **file, const char *program, const char *path) {
    *file = fopen(path, "wxe");
    if (*file)
        return CLI_GO_ON;
    cli_message(program, "writing '%s': %s", path,
                errno == EEXIST ? "it is there already, and may hold labels" : strerror(errno));
    return CLI_FAILED;
}

cli_exit index_write_review(FILE *file, const char *program, const char *path,
                            imgmatch_calibrator *calibrator) {
    fputs("path,id,label,score,pair\r\n", file);
    const imgmatch_pair *pair = NULL;
    int cause = 0;
    for (size_t i = 0; (pair = imgmatch_calibrator_pair(calibrator, i)) != NULL; i++) {
        cli_print_csv(file, pair->path);
        fputc(',', file);
        cli_print_csv(file, pair->id);
        fprintf(file, ",,%.6f,%s\r\n", cli_score_below(pair->score, 6),
                imgmatch_pair_kind_name(pair->kind));
        cli_keep_write_error(&cause, file);
    }
    return cli_close_written(file, cause, program, path);
}
