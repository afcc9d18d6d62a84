/* The drawings of the page, as SVG in the units of a 520 x 330 box. */
#include "eval/report.h"

#include "common/threshold.h"

#include <stdlib.h>

#define WIDTH 520
#define HEIGHT 330
#define LEFT 46
#define RIGHT 12
#define TOP 26
#define BOTTOM 40
#define BINS 25

static double at_x(double share) { return LEFT + share * (WIDTH - LEFT - RIGHT); }
static double at_y(double share) { return HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM); }

static void open_drawing(FILE *file, const char *title, const char *below) {
    fprintf(file,
            "<div class=\"card\"><svg viewBox=\"0 0 %d %d\" role=\"img\"><title>%s</title>\n"
            "<text x=\"%d\" y=\"16\">%s</text><text x=\"%d\" y=\"%d\" text-anchor=\"middle\">"
            "%s</text>\n",
            WIDTH, HEIGHT, title, LEFT, title, (LEFT + WIDTH - RIGHT) / 2, HEIGHT - 6, below);
    for (int i = 0; i <= 5; i++) {
        double share = i / 5.0;
        fprintf(file,
                "<path d=\"M%d %.1fH%d\" stroke=\"var(--line)\"/><text x=\"%.1f\" y=\"%d\" "
                "text-anchor=\"middle\">%.1f</text>\n",
                LEFT, at_y(share), WIDTH - RIGHT, at_x(share), HEIGHT - BOTTOM + 16, share);
    }
}

static void label_height(FILE *file, double share, double value, int digits) {
    fprintf(file, "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%.*f</text>\n", LEFT - 6,
            at_y(share) + 4, digits, value);
}

/* Precision from 0.5 up: below it nobody works. A point in 400 is enough to draw. */
void eval_html_curve(FILE *file, const eval_report *report) {
    const eval_figures *figures = report->figures;
    eval_point *points = calloc(figures->pair_count + 1, sizeof *points);
    open_drawing(file, "precision (up) at each recall", "recall");
    for (int i = 0; i <= 5; i++)
        label_height(file, i / 5.0, 0.5 + i / 10.0, 1);
    if (points) {
        size_t count = eval_curve(points, figures->pairs, figures->pair_count, figures->copies);
        double last = -1;
        fputs("<path fill=\"none\" stroke=\"var(--blue)\" stroke-width=\"2.2\" d=\"", file);
        for (size_t i = 0; i < count; i++) {
            double precision = points[i].precision;
            if (precision < 0.5 || (points[i].recall - last < 1 / 400.0 && i + 1 < count))
                continue;
            fprintf(file, "%c%.1f %.1f", last < 0 ? 'M' : 'L', at_x(points[i].recall),
                    at_y(2 * precision - 1));
            last = points[i].recall;
        }
        fputs("\"/>\n", file);
    } else {
        fprintf(file, "<text x=\"%d\" y=\"%.1f\">left out: not enough memory</text>\n", LEFT + 6,
                at_y(0.5));
    }
    free(points);
    for (int i = 0; i < EVAL_OPERATING_POINTS; i++) {
        const eval_point *point = &figures->operating[i];
        char score[CLI_THRESHOLD_BYTES];
        cli_threshold_below(score, point->score);
        if (point->reached)
            fprintf(file,
                    "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"4.5\" fill=\"var(--blue)\"><title>%.1f%% "
                    "precision: recall %.3f, score %s</title></circle>\n",
                    at_x(point->recall), at_y(2 * point->precision - 1), 100 * eval_precisions[i],
                    point->recall, score);
    }
    fputs("</svg></div>\n", file);
}

static int bin_of(double score) {
    int bin = (int)(score * BINS);
    return bin < 0 ? 0 : bin >= BINS ? BINS - 1 : bin;
}

static void bars(FILE *file, const size_t counts[BINS], size_t most, int side) {
    double width = (at_x(1) - at_x(0)) / BINS / 2 - 0.6;
    for (int bin = 0; bin < BINS; bin++) {
        double high = at_y(0) - at_y((double)counts[bin] / (double)most);
        if (counts[bin] > 0)
            fprintf(file,
                    "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"var(--%s)\">"
                    "<title>%zu</title></rect>\n",
                    at_x((double)bin / BINS) + side * (width + 0.6), at_y(0) - high, width, high,
                    side ? "red" : "blue", counts[bin]);
    }
}

/* The best right and the best wrong score of each query. */
void eval_html_histogram(FILE *file, const eval_report *report) {
    size_t right[BINS] = {0}, wrong[BINS] = {0}, most = 1;
    for (size_t i = 0; i < report->benchmark->count; i++) {
        const eval_seen *seen = &report->figures->seen[i];
        if (seen->right)
            right[bin_of(seen->right->score)]++;
        if (seen->wrong)
            wrong[bin_of(seen->wrong->score)]++;
    }
    for (int bin = 0; bin < BINS; bin++) {
        most = right[bin] > most ? right[bin] : most;
        most = wrong[bin] > most ? wrong[bin] : most;
    }
    open_drawing(file, "queries by their best right (blue) and wrong (red) score", "score");
    for (int i = 0; i <= 5; i++)
        label_height(file, i / 5.0, (double)most * i / 5, 0);
    bars(file, right, most, 0);
    bars(file, wrong, most, 1);
    fputs("</svg></div>\n", file);
}
