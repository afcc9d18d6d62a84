#include "print.h"

#include "common/escape.h"
#include "common/remarks.h"
#include "common/threshold.h"

#include <math.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define VERDICT_WIDTH 12
#define SCORE_WIDTH 5
#define ALERTS_WIDTH 8
#define NARROWEST 72
#define FILE_WIDTH 100 /* When the table does not go to a terminal. */

static size_t line_width(FILE *file) {
    struct winsize size;
    if (ioctl(fileno(file), TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
        return FILE_WIDTH;
    return size.ws_col < NARROWEST ? NARROWEST : size.ws_col;
}

static size_t widest(size_t so_far, const char *text, size_t most) {
    size_t width = cli_visible_width(text);
    width = width > so_far ? width : so_far;
    return width < most ? width : most;
}

static size_t widest_query(size_t line) { return line * 3 / 10; }

static size_t widest_reference(size_t line) { return line / 4; }

void query_table_fit(query_printer *printer, const imgmatch_photo *photo,
                     const imgmatch_result *result) {
    size_t line = line_width(printer->file);
    printer->query_width =
        widest(printer->query_width, query_photo_name(photo), widest_query(line));
    for (size_t i = 0; i < imgmatch_result_match_count(result); i++)
        printer->reference_width = widest(
            printer->reference_width, imgmatch_result_match(result, i)->id, widest_reference(line));
    if (imgmatch_result_calibration(result) == IMGMATCH_CALIBRATION_CURRENT)
        printer->calibrated = true;
}

void query_table_head(query_printer *printer) {
    size_t line = line_width(printer->file);
    size_t query = widest(printer->query_width, "QUERY", line);
    size_t reference = widest(printer->reference_width, "REFERENCE", line);
    if (printer->unfitted) {
        query = widest_query(line);
        reference = widest_reference(line);
    }
    printer->query_width = query;
    printer->reference_width = reference;
    printer->why_width = line - query - reference - VERDICT_WIDTH - SCORE_WIDTH - 4;
    if (printer->calibrated)
        printer->why_width -= ALERTS_WIDTH + 1;
    cli_print_cell(printer->file, "QUERY", query, CLI_KEEP_END);
    fprintf(printer->file, " %-*s %*s ", VERDICT_WIDTH, "VERDICT", SCORE_WIDTH, "SCORE");
    if (printer->calibrated)
        fprintf(printer->file, "%*s ", ALERTS_WIDTH, "ALERTS/M");
    fprintf(printer->file, "%-*s WHY\n", (int)reference, "REFERENCE");
}

static void print_why(const query_printer *printer, const char *why) {
    if (why[0] == '\0') {
        fputc('\n', printer->file);
        return;
    }
    fputc(' ', printer->file);
    if (cli_visible_width(why) > printer->why_width)
        cli_print_cell(printer->file, why, printer->why_width, CLI_KEEP_START);
    else
        cli_print_visible(printer->file, why); /* No blanks at the line's end. */
    fputc('\n', printer->file);
}

static void start_row(const query_printer *printer, const char *name, imgmatch_verdict verdict) {
    cli_print_cell(printer->file, name, printer->query_width, CLI_KEEP_END);
    fprintf(printer->file, " %-*s", VERDICT_WIDTH, imgmatch_verdict_name(verdict));
}

/* Rounded up, as a threshold has to be that lets the match through. */
static void print_alerts(const query_printer *printer, double per_million) {
    if (!printer->calibrated)
        return;
    if (isnan(per_million))
        fprintf(printer->file, "%*s ", ALERTS_WIDTH, "-");
    else if (per_million < 100)
        fprintf(printer->file, "%*.1f ", ALERTS_WIDTH, ceil(10 * per_million) / 10);
    else
        fprintf(printer->file, "%*.0f ", ALERTS_WIDTH, ceil(per_million));
}

/* The alterations, or, for want of them, the measurements. */
static void explain_match(char *out, size_t size, const imgmatch_match *match) {
    size_t used = 0;
    out[0] = '\0';
    if (match->verdict == IMGMATCH_VERDICT_VARIANT) /* Its score is low: here is what is high. */
        used = (size_t)snprintf(out, size, "same shot %.3f", cli_score_below(match->shot_score, 3));
    if (match->rival && used < size)
        used += (size_t)snprintf(out + used, size - used,
                                 match->signals.inliers >= 0 ? "%s%s fits better"
                                                             : "%salso looks like %s",
                                 used ? ", " : "", match->rival);
    for (size_t i = 0; i < match->alteration_count && used < size; i++)
        used += (size_t)snprintf(out + used, size - used, "%s%s", used ? ", " : "",
                                 match->alterations[i]);
    if (match->alteration_count > 0)
        return;
    const imgmatch_signals *signals = &match->signals;
    if (signals->pdq_distance >= 0 && used < size)
        used += (size_t)snprintf(out + used, size - used, "%shash %d/256", used ? ", " : "",
                                 signals->pdq_distance);
    if (!isnan(signals->similarity) && used < size)
        used += (size_t)snprintf(out + used, size - used, "%ssimilarity %.2f", used ? ", " : "",
                                 (double)signals->similarity);
    if (signals->inliers >= 0 && used < size)
        snprintf(out + used, size - used, "%s%d points", used ? ", " : "", signals->inliers);
}

/* A result without a match: what stood in the way, if anything. */
static void explain_result(char *out, size_t size, const imgmatch_result *result) {
    imgmatch_reason failure = imgmatch_result_failure(result);
    if (failure != IMGMATCH_REASON_NONE)
        snprintf(out, size, "%s: %s", imgmatch_reason_code(failure),
                 imgmatch_result_message(result));
    else
        cli_join_remarks(out, size, imgmatch_result_remarks(result), ", ");
}

void query_table_result(const query_printer *printer, const imgmatch_photo *photo,
                        const imgmatch_result *result) {
    char why[512];
    const char *name = query_photo_name(photo);
    size_t matches = imgmatch_result_match_count(result);
    if (matches == 0) {
        explain_result(why, sizeof why, result);
        start_row(printer, name, imgmatch_result_verdict(result));
        if (why[0]) {
            fprintf(printer->file, " %*s ", SCORE_WIDTH, "-");
            print_alerts(printer, NAN);
            fprintf(printer->file, "%-*s", (int)printer->reference_width, "-");
        }
        print_why(printer, why);
    }
    for (size_t i = 0; i < matches; i++) {
        const imgmatch_match *match = imgmatch_result_match(result, i);
        start_row(printer, i == 0 ? name : "", match->verdict);
        fprintf(printer->file, " %*.3f ", SCORE_WIDTH, cli_score_below(match->score, 3));
        print_alerts(printer, match->false_alerts_per_million);
        cli_print_cell(printer->file, match->id, printer->reference_width, CLI_KEEP_END);
        explain_match(why, sizeof why, match);
        print_why(printer, why);
    }
}
