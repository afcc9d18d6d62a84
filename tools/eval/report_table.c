#include "eval/report.h"

#include "common/escape.h"
#include "common/threshold.h"

#include <math.h>

static void print_share(FILE *file, size_t part, size_t whole) {
    if (whole > 0)
        fprintf(file, " %6.3f", eval_share(part, whole));
    else
        fprintf(file, " %6s", "-");
}

static void print_head(FILE *file, const eval_report *report) {
    const eval_figures *figures = report->figures;
    fprintf(file, "%zu copies, %zu distractors\n\n", figures->copies, figures->distractors);
    fprintf(file, "micro-AP                     %.4f\n", figures->micro_ap);
    for (int i = 0; i < EVAL_OPERATING_POINTS; i++) {
        const eval_point *point = &figures->operating[i];
        char score[CLI_THRESHOLD_BYTES];
        cli_threshold_below(score, point->score);
        if (point->reached)
            fprintf(file, "recall at %4.1f%% precision    %.4f  (score %s or more)\n",
                    100 * eval_precisions[i], point->recall, score);
        else
            fprintf(file, "recall at %4.1f%% precision    0       (no score reaches it)\n",
                    100 * eval_precisions[i]);
    }
    if (figures->copies > 0)
        fprintf(file, "recall@1                     %.4f\n", figures->recall_at_1);
    fprintf(file, "false alerts                 %zu of %zu at 0.5, %zu at 99%% precision\n",
            figures->alerts_at_half, figures->distractors, figures->alerts_at_threshold);
    if (figures->all.nameable > 0)
        fprintf(file, "alterations named            %.4f of %zu found copies\n",
                eval_share(figures->all.named, figures->all.nameable), figures->all.nameable);
    if (figures->all.judged > 0)
        fprintf(file, "with a wrong name, too       %.4f of %zu found copies\n",
                eval_share(figures->all.misnamed, figures->all.judged), figures->all.judged);
    if (figures->has_variants)
        fprintf(file, "copies and variants apart    %.4f\n", eval_variant_accuracy(figures));
    if (figures->timed > 0)
        fprintf(file, "milliseconds a query         p50 %.1f, p99 %.1f\n", figures->p50_ms,
                figures->p99_ms);
    if (!isnan(figures->per_second))
        fprintf(file, "queries a second             %.1f\n", figures->per_second);
}

static void print_row(FILE *file, const char *name, const eval_cell cells[EVAL_STRENGTHS],
                      const eval_cell *all) {
    cli_print_cell(file, name, 14, CLI_KEEP_START);
    for (int strength = 0; strength < EVAL_STRENGTHS; strength++)
        print_share(file, cells[strength].first, cells[strength].count);
    print_share(file, all->first, all->count);
    fputs("  ", file);
    for (int strength = 0; strength < EVAL_STRENGTHS; strength++)
        print_share(file, cells[strength].found, cells[strength].count);
    print_share(file, all->found, all->count);
    print_share(file, all->named, all->nameable);
    print_share(file, all->misnamed, all->judged);
    fputc('\n', file);
}

static void print_verdicts(FILE *file, const char *head, const char *const names[2],
                           const size_t counts[2][EVAL_VERDICTS]) {
    fprintf(file, "\n%-14s", head);
    for (int verdict = 0; verdict < EVAL_VERDICTS; verdict++)
        fprintf(file, " %12s", imgmatch_verdict_name((imgmatch_verdict)verdict));
    for (int row = 0; row < 2; row++) {
        fprintf(file, "\n%-14s", names[row]);
        for (int verdict = 0; verdict < EVAL_VERDICTS; verdict++)
            fprintf(file, " %12zu", counts[row][verdict]);
    }
    fputc('\n', file);
}

static void print_names(FILE *file, const eval_names *names) {
    fprintf(file, "\n%-26s %6s %6s\n", "NAME", "SAID", "WRONG");
    for (size_t i = 0; i < names->count; i++) {
        cli_print_cell(file, names->all[i].text, 26, CLI_KEEP_START);
        fprintf(file, " %6zu %6zu\n", names->all[i].said, names->all[i].wrong);
    }
}

void eval_report_table(FILE *file, const eval_report *report) {
    static const char *const truth[2] = {"distractor", "copy"};
    static const char *const pairs[2] = {"copy", "variant"};
    const eval_figures *figures = report->figures;
    print_head(file, report);
    fputs(
        "\n                recall@1                       found at 99% precision\n"
        "KIND             MILD MEDIUM SEVERE    ALL     MILD MEDIUM SEVERE    ALL  NAMED  WRONG\n",
        file);
    for (int class = 0; class < report->benchmark->class_count; class ++) {
        if (figures->classes[class].count > 0)
            print_row(file, report->benchmark->classes[class], figures->cells[class],
                      &figures->classes[class]);
    }
    print_row(file, "all", figures->strengths, &figures->all);
    if (figures->names.count > 0)
        print_names(file, &figures->names);
    if (figures->with_verdict > 0)
        print_verdicts(file, "TRUTH", truth, figures->verdicts);
    if (figures->has_variants)
        print_verdicts(file, "PAIR", pairs, figures->variants);
}
