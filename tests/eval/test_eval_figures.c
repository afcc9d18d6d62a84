/*
 * From files to figures: a benchmark of six queries and results with a tie, a missing answer, a
 * duplicate, a photo that is no query and a guarded formula, all counted by hand. Files that make
 * no sense are refused with the row.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "eval/figures.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const imgmatch_limits limits = IMGMATCH_LIMITS_INIT;
static char folder[] = "/tmp/test-eval-XXXXXX";
static char truth_path[64], results_path[64];

static void write_text(const char *path, const char *text) {
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static int make_folder(void **state) {
    (void)state;
    if (!mkdtemp(folder))
        return 1;
    snprintf(truth_path, sizeof truth_path, "%s/truth.csv", folder);
    snprintf(results_path, sizeof results_path, "%s/results.csv", folder);
    return 0;
}

static int remove_folder(void **state) {
    (void)state;
    (void)unlink(truth_path);
    (void)unlink(results_path);
    return rmdir(folder);
}

static const char truth[] = "query,reference,kind,strength,parameters\r\n"
                            "queries/1.jpg,a,crop,mild,\r\n"
                            "queries/2.jpg,b,crop,mild,\"area=0.5, or so\"\r\n"
                            "queries/3.jpg,'=c,noise,severe,\r\n"
                            "queries/4.jpg,d,stack-2,medium,\r\n"
                            "queries/5.jpg,,crop,mild,\r\n"
                            "queries/6.jpg,,noise,mild,\r\n";

/* 1: right and first, named. 2: a tie, so not first. 3: right, twice. 4: not answered.
 * 5: a false alert over 0.5. 6: one under it. */
static const char results[] = "reference,score,query,verdict,alterations,milliseconds\n"
                              "a,0.95,/elsewhere/1.jpg,copy,mirrored;cropped to 50%,10\n"
                              "z,0.2,1.jpg,copy,,10\n"
                              "z,0.8,2.jpg,copy,,30\n"
                              "b,0.8,2.jpg,copy,,30\n"
                              "'=c,0.7,3.jpg,copy,,20\n"
                              "'=c,0.9,3.jpg,copy,,20\n"
                              ",,4.jpg,undecidable,,40\n"
                              "a,0.6,5.jpg,copy,,50\n"
                              "a,0.1,6.jpg,none,,60\n"
                              "a,0.99,stranger.jpg,copy,,70\n";

static void test_counts(void **state) {
    (void)state;
    eval_benchmark benchmark;
    eval_answers answers;
    eval_figures figures;
    write_text(truth_path, truth);
    write_text(results_path, results);
    assert_int_equal(eval_benchmark_open(&benchmark, folder, &limits, NULL), IMGMATCH_OK);
    assert_int_equal(eval_answers_read(&answers, &benchmark, results_path, &limits, NULL),
                     IMGMATCH_OK);
    assert_int_equal(eval_figures_compute(&figures, &benchmark, &answers), IMGMATCH_OK);
    assert_int_equal(answers.unknown, 1);
    assert_int_equal(figures.copies, 4);
    assert_int_equal(figures.distractors, 2);
    /* Ranks: right .95, right .9, wrong .8, right .8, wrong .6, wrong .2, wrong .1. */
    assert_int_equal(figures.pair_count, 7);
    assert_float_equal(figures.micro_ap, (1.0 + 1.0 + 3.0 / 4) / 4, 1e-6);
    assert_float_equal(figures.operating[1].recall, 0.5, 1e-6);
    assert_float_equal(figures.operating[1].score, 0.9, 1e-6);
    assert_float_equal(figures.recall_at_1, 0.5, 1e-6);
    assert_int_equal(figures.all.found, 2);
    assert_int_equal(figures.cells[0][0].count, 2);
    assert_int_equal(figures.cells[0][0].first, 1);
    /* Noise has no name, so one copy can be named, and is. */
    assert_int_equal(figures.all.nameable, 1);
    assert_int_equal(figures.all.named, 1);
    /* Of the two that are first, a crop is called mirrored as well. */
    assert_int_equal(figures.all.judged, 2);
    assert_int_equal(figures.all.misnamed, 1);
    assert_int_equal(figures.cells[0][0].misnamed, 1);
    assert_int_equal(figures.names.count, 2);
    assert_string_equal(figures.names.all[0].text, "mirrored");
    assert_int_equal(figures.names.all[0].wrong, 1);
    assert_int_equal(figures.alerts_at_half, 1);
    assert_int_equal(figures.alerts_at_threshold, 0);
    assert_float_equal(figures.p50_ms, 30, 1e-6);
    assert_float_equal(figures.p99_ms, 60, 1e-6);
    assert_int_equal(figures.verdicts[1][IMGMATCH_VERDICT_COPY], 3);
    assert_int_equal(figures.verdicts[1][IMGMATCH_VERDICT_UNDECIDABLE], 1);
    assert_int_equal(figures.verdicts[0][IMGMATCH_VERDICT_NONE], 1);
    eval_figures_free(&figures);
    eval_answers_free(&answers);
    eval_benchmark_free(&benchmark);
}

/* A matcher that tells no alterations, as the fast effort, is not one that tells wrong ones. */
static void test_no_alterations_are_no_figure(void **state) {
    (void)state;
    eval_benchmark benchmark;
    eval_answers answers;
    eval_figures figures;
    write_text(truth_path, truth);
    write_text(results_path, "reference,score,query,alterations\na,0.95,1.jpg,\nb,0.8,2.jpg,\n");
    assert_int_equal(eval_benchmark_open(&benchmark, folder, &limits, NULL), IMGMATCH_OK);
    assert_int_equal(eval_answers_read(&answers, &benchmark, results_path, &limits, NULL),
                     IMGMATCH_OK);
    assert_int_equal(eval_figures_compute(&figures, &benchmark, &answers), IMGMATCH_OK);
    assert_int_equal(figures.all.first, 2);
    assert_int_equal(figures.all.nameable, 0);
    assert_int_equal(figures.all.judged, 0);
    eval_figures_free(&figures);
    eval_answers_free(&answers);
    eval_benchmark_free(&benchmark);
}

/* Whatever ends the lines: what a spreadsheet saved is read as what it was made from. */
static void test_line_ends(void **state) {
    (void)state;
    static const char *const texts[] = {"query,reference,kind,strength\na.jpg,,crop,mild\n",
                                        "query,reference,kind,strength\r\na.jpg,,crop,mild\r\n",
                                        "query,reference,kind,strength\ra.jpg,,crop,mild\r",
                                        "query,reference,kind,strength\ra.jpg,,crop,mild"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        eval_benchmark benchmark;
        write_text(truth_path, texts[i]);
        assert_int_equal(eval_benchmark_open(&benchmark, folder, &limits, NULL), IMGMATCH_OK);
        assert_int_equal(benchmark.count, 1);
        eval_benchmark_free(&benchmark);
    }
}

static void test_variant_accuracy(void **state) {
    (void)state;
    eval_figures figures;
    memset(&figures, 0, sizeof figures);
    assert_true(isnan(eval_variant_accuracy(&figures)));
    figures.variants[0][IMGMATCH_VERDICT_COPY] = 9;
    figures.variants[0][IMGMATCH_VERDICT_VARIANT] = 1;
    figures.variants[1][IMGMATCH_VERDICT_VARIANT] = 7;
    figures.variants[1][IMGMATCH_VERDICT_COPY] = 3;
    assert_float_equal(eval_variant_accuracy(&figures), 0.8, 1e-6);
}

static void refuse_truth(const char *text, const char *because) {
    eval_benchmark benchmark;
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    write_text(truth_path, text);
    assert_int_equal(eval_benchmark_open(&benchmark, folder, &limits, &diag), IMGMATCH_ERR_SYNTAX);
    assert_non_null(strstr(diag.message, because));
    eval_benchmark_free(&benchmark);
}

static void test_broken_truth_is_refused(void **state) {
    (void)state;
    refuse_truth("", "is empty");
    refuse_truth("query,reference,kind\na,b,c\n", "'strength'");
    refuse_truth("query,reference,kind,strength\na,b,c\n", "row 2 has 3 fields");
    refuse_truth("query,reference,kind,strength\na,b,c,gentle\n", "'gentle'");
    refuse_truth("query,reference,kind,strength\n\"a,b,c,mild\n", "row 2 has a quote");
    refuse_truth("query,reference,kind,strength\n\"a\"b,b,c,mild\n", "row 2 has a quote");
    refuse_truth("query,reference,kind,strength\n/a,b,c,mild\n", "outside");
    refuse_truth("query,reference,kind,strength\nx/../../a,b,c,mild\n", "outside");
    refuse_truth("query,reference,kind,strength\n..,b,c,mild\n", "outside");
    refuse_truth("query,reference,kind,strength\nx/a,b,c,mild\ny/a,b,c,mild\n", "two queries");
}

static void test_broken_results_are_refused(void **state) {
    (void)state;
    static const struct {
        const char *text, *because;
    } broken[] = {
        {"query,reference\n1.jpg,a\n", "columns query, reference and score"},
        {"query,reference,score\n1.jpg,a,1\n2.jpg,a,high\n",
         "results.csv: row 3 has a score that is no number: 'high'"},
        {"query,reference,score\n1.jpg,a,nan\n", "results.csv: row 2 has a score"},
        {"query,reference,score\n1.jpg,a,\n", "results.csv: row 2 has a score"},
    };
    eval_benchmark benchmark;
    write_text(truth_path, truth);
    assert_int_equal(eval_benchmark_open(&benchmark, folder, &limits, NULL), IMGMATCH_OK);
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        eval_answers answers;
        imgmatch_diag diag = IMGMATCH_DIAG_INIT;
        write_text(results_path, broken[i].text);
        assert_int_equal(eval_answers_read(&answers, &benchmark, results_path, &limits, &diag),
                         IMGMATCH_ERR_SYNTAX);
        assert_non_null(strstr(diag.message, broken[i].because));
        eval_answers_free(&answers);
    }
    eval_benchmark_free(&benchmark);
}

/* A line while it is read, and a row of several lines: both to the byte, with their line end. The
 * header is shorter. */
static void test_long_rows_are_refused(void **state) {
    (void)state;
    static const char header[] = "query,reference,kind,strength\n";
    static const struct {
        const char *row, *because;
    } rows[] = {
        {"queries/1.jpg,reference,crop,mild\n",
         "truth.csv, line 2: longer than 33 bytes (--max-line-bytes)"},
        {"\"queries\n1.jpg\",\"a\nbcd\",crop,mild\n",
         "truth.csv: row 2 is longer than 33 bytes (--max-line-bytes)"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[128];
        eval_benchmark benchmark;
        imgmatch_diag diag = IMGMATCH_DIAG_INIT;
        imgmatch_limits tight = limits;
        snprintf(text, sizeof text, "%s%s", header, rows[i].row);
        write_text(truth_path, text);
        tight.max_line_bytes = (uint32_t)strlen(rows[i].row);
        assert_int_equal(tight.max_line_bytes, 34);
        assert_int_equal(eval_benchmark_open(&benchmark, folder, &tight, NULL), IMGMATCH_OK);
        eval_benchmark_free(&benchmark);
        tight.max_line_bytes--;
        assert_int_equal(eval_benchmark_open(&benchmark, folder, &tight, &diag),
                         IMGMATCH_ERR_SYNTAX);
        assert_non_null(strstr(diag.message, rows[i].because));
        eval_benchmark_free(&benchmark);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counts),
        cmocka_unit_test(test_no_alterations_are_no_figure),
        cmocka_unit_test(test_line_ends),
        cmocka_unit_test(test_variant_accuracy),
        cmocka_unit_test(test_broken_truth_is_refused),
        cmocka_unit_test(test_broken_results_are_refused),
        cmocka_unit_test(test_long_rows_are_refused),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
