/* The figures for programs: JSON, and CSV with a row for each kind and strength. */
#include "eval/report.h"

#include "common/escape.h"

#include <math.h>

/* JSON has no NaN. */
static void print_number(FILE *file, double value) {
    if (isnan(value))
        fputs("null", file);
    else
        fprintf(file, "%.10g", value);
}

static void print_named(FILE *file, const char *name, double value) {
    fprintf(file, "\"%s\":", name);
    print_number(file, value);
}

static void print_cell(FILE *file, const eval_cell *cell) {
    fprintf(file, "{\"queries\":%zu,", cell->count);
    print_named(file, "recall_at_1", eval_share(cell->first, cell->count));
    fputc(',', file);
    print_named(file, "found", eval_share(cell->found, cell->count));
    fputc(',', file);
    print_named(file, "named", eval_share(cell->named, cell->nameable));
    fputc(',', file);
    print_named(file, "misnamed", eval_share(cell->misnamed, cell->judged));
    fputc('}', file);
}

static void print_verdicts(FILE *file, const char *name, const size_t counts[EVAL_VERDICTS]) {
    fprintf(file, "\"%s\":{", name);
    for (int verdict = 0; verdict < EVAL_VERDICTS; verdict++)
        fprintf(file, "%s\"%s\":%zu", verdict ? "," : "",
                imgmatch_verdict_name((imgmatch_verdict)verdict), counts[verdict]);
    fputc('}', file);
}

static void print_operating_points(FILE *file, const eval_figures *figures) {
    fputs("\"operating_points\":[", file);
    for (int i = 0; i < EVAL_OPERATING_POINTS; i++) {
        const eval_point *point = &figures->operating[i];
        fprintf(file, "%s{\"precision\":%.10g,", i ? "," : "", eval_precisions[i]);
        print_named(file, "recall", point->recall);
        fputc(',', file);
        print_named(file, "score", point->score);
        fputc('}', file);
    }
    fputs("],", file);
}

static void print_kinds(FILE *file, const eval_report *report) {
    const eval_benchmark *benchmark = report->benchmark;
    fputs("\"kinds\":{", file);
    for (int class = 0; class < benchmark->class_count; class ++) {
        fputs(class ? "," : "", file);
        cli_print_json(file, benchmark->classes[class]);
        fputs(":{", file);
        for (int strength = 0; strength < EVAL_STRENGTHS; strength++) {
            fprintf(file, "\"%s\":", eval_strength_name(strength));
            print_cell(file, &report->figures->cells[class][strength]);
            fputc(',', file);
        }
        fputs("\"all\":", file);
        print_cell(file, &report->figures->classes[class]);
        fputc('}', file);
    }
    fputs("},", file);
}

static void print_names(FILE *file, const eval_names *names) {
    fputs(",\"names\":{", file);
    for (size_t i = 0; i < names->count; i++) {
        fputs(i ? "," : "", file);
        cli_print_json(file, names->all[i].text);
        fprintf(file, ":{\"said\":%zu,\"wrong\":%zu}", names->all[i].said, names->all[i].wrong);
    }
    fputc('}', file);
}

static void print_strengths(FILE *file, const eval_figures *figures) {
    fputs("\"strengths\":{", file);
    for (int strength = 0; strength < EVAL_STRENGTHS; strength++) {
        fprintf(file, "%s\"%s\":", strength ? "," : "", eval_strength_name(strength));
        print_cell(file, &figures->strengths[strength]);
    }
    fputs("},", file);
}

void eval_report_json(FILE *file, const eval_report *report) {
    const eval_figures *figures = report->figures;
    fputs("{\"title\":", file);
    cli_print_json(file, report->title);
    fprintf(file, ",\"copies\":%zu,\"distractors\":%zu,", figures->copies, figures->distractors);
    print_named(file, "micro_ap", figures->micro_ap);
    fputc(',', file);
    print_operating_points(file, figures);
    print_named(file, "recall_at_1", figures->recall_at_1);
    fprintf(file, ",\"false_alerts\":{\"at_0.5\":%zu,\"at_99_precision\":%zu},",
            figures->alerts_at_half, figures->alerts_at_threshold);
    print_named(file, "named", eval_share(figures->all.named, figures->all.nameable));
    fputc(',', file);
    print_named(file, "misnamed", eval_share(figures->all.misnamed, figures->all.judged));
    print_names(file, &figures->names);
    fputs(",\"milliseconds\":{", file);
    print_named(file, "p50", figures->p50_ms);
    fputc(',', file);
    print_named(file, "p99", figures->p99_ms);
    fputs("},", file);
    print_named(file, "queries_per_second", figures->per_second);
    fputc(',', file);
    print_strengths(file, figures);
    print_kinds(file, report);
    fputs("\"verdicts\":{", file);
    print_verdicts(file, "copy", figures->verdicts[1]);
    fputc(',', file);
    print_verdicts(file, "distractor", figures->verdicts[0]);
    fputs("},\"variants\":", file);
    if (figures->has_variants) {
        fputc('{', file);
        print_named(file, "accuracy", eval_variant_accuracy(figures));
        fputc(',', file);
        print_verdicts(file, "copy", figures->variants[0]);
        fputc(',', file);
        print_verdicts(file, "variant", figures->variants[1]);
        fputc('}', file);
    } else {
        fputs("null", file);
    }
    fputs("}\n", file);
}

static void print_csv_share(FILE *file, size_t part, size_t whole) {
    if (whole > 0)
        fprintf(file, ",%.6f", eval_share(part, whole));
    else
        fputc(',', file);
}

void eval_report_csv(FILE *file, const eval_report *report) {
    const eval_benchmark *benchmark = report->benchmark;
    fputs("kind,strength,queries,recall_at_1,found_at_99_precision,named,misnamed\r\n", file);
    for (int class = 0; class < benchmark->class_count; class ++) {
        for (int strength = 0; strength < EVAL_STRENGTHS; strength++) {
            const eval_cell *cell = &report->figures->cells[class][strength];
            cli_print_csv(file, benchmark->classes[class]);
            fprintf(file, ",%s,%zu", eval_strength_name(strength), cell->count);
            print_csv_share(file, cell->first, cell->count);
            print_csv_share(file, cell->found, cell->count);
            print_csv_share(file, cell->named, cell->nameable);
            print_csv_share(file, cell->misnamed, cell->judged);
            fputs("\r\n", file);
        }
    }
}
