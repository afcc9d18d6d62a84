/*
 * CSV with one row a match, and one row with empty match columns for a photo without any. New
 * columns only ever come at the end, so that what reads these files goes on working.
 */
#include "print.h"

#include "common/escape.h"
#include "common/remarks.h"
#include "common/threshold.h"

#include <math.h>
#include <stdlib.h>

void query_csv_head(FILE *file) {
    fputs("query,query_id,verdict,score,reasons,message,rank,reference,product,brand,source,"
          "match_verdict,match_score,shot_score,false_alerts_per_million,pdq_distance,pdq_"
          "orientation,"
          "similarity,inliers,agreement,colour_shift,query_overlap,reference_overlap,"
          "alterations,rival\r\n",
          file);
}

static void print_text(FILE *file, const char *text) {
    cli_print_csv(file, text ? text : "");
    fputc(',', file);
}

static void print_number(FILE *file, double value) {
    if (isnan(value))
        fputc(',', file);
    else
        fprintf(file, "%.6g,", value);
}

static void print_alerts(FILE *file, double per_million) {
    char text[CLI_THRESHOLD_BYTES] = "";
    if (!isnan(per_million))
        cli_threshold_above(text, per_million);
    fprintf(file, "%s,", text);
}

/* Negative: not measured. */
static void print_count(FILE *file, int value) {
    if (value >= 0)
        fprintf(file, "%d", value);
    fputc(',', file);
}

static void print_query(FILE *file, const imgmatch_photo *photo, const imgmatch_result *result) {
    char remarks[512];
    const char *failure = imgmatch_reason_code(imgmatch_result_failure(result));
    cli_join_remarks(remarks, sizeof remarks, imgmatch_result_remarks(result), ";");
    print_text(file, query_photo_name(photo));
    print_text(file, photo->id);
    print_text(file, imgmatch_verdict_name(imgmatch_result_verdict(result)));
    print_number(file, cli_score_below(imgmatch_result_score(result), 6));
    fprintf(file, "%s%s%s,", failure, failure[0] && remarks[0] ? ";" : "", remarks);
    print_text(file, imgmatch_result_message(result));
}

static void print_match(FILE *file, size_t rank, const imgmatch_match *match) {
    const imgmatch_signals *signals = &match->signals;
    fprintf(file, "%zu,", rank);
    print_text(file, match->id);
    print_text(file, match->product);
    print_text(file, match->brand);
    print_text(file, match->source);
    print_text(file, imgmatch_verdict_name(match->verdict));
    print_number(file, cli_score_below(match->score, 6));
    print_number(file, cli_score_below(match->shot_score, 6));
    print_alerts(file, match->false_alerts_per_million);
    print_count(file, signals->pdq_distance);
    print_text(file, signals->pdq_distance >= 0
                         ? imgmatch_orientation_name(signals->pdq_orientation)
                         : "");
    print_number(file, (double)signals->similarity);
    print_count(file, signals->inliers);
    print_number(file, (double)signals->agreement);
    print_number(file, (double)signals->colour_shift);
    print_number(file, match->alignment.known ? (double)match->alignment.query_overlap : NAN);
    print_number(file, match->alignment.known ? (double)match->alignment.reference_overlap : NAN);
    char alterations[512];
    query_join_alterations(alterations, sizeof alterations, match, ";");
    fprintf(file, "%s,", alterations); /* Names of our own. */
    cli_print_csv(file, match->rival ? match->rival : "");
}

void query_csv_result(FILE *file, const imgmatch_photo *photo, const imgmatch_result *result) {
    size_t matches = imgmatch_result_match_count(result);
    for (size_t i = 0; i < matches; i++) {
        print_query(file, photo, result);
        print_match(file, i + 1, imgmatch_result_match(result, i));
        fputs("\r\n", file);
    }
    if (matches == 0) {
        print_query(file, photo, result);
        fputs(",,,,,,,,,,,,,,,,,,\r\n", file);
    }
}
