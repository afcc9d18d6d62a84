/*
 * A false-alert rate is a promise: the bound has to be the textbook's, to hold for thresholds that
 * are chosen by it as often as it says, never to fall below what the data can show, and to survive
 * being stored.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "base/random.h"
#include "facade/calibration_text.h"
#include "match/binomial_bound.h"
#include "match/calibration.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* P(at most k of n) summed up term by term. */
static double at_most(unsigned k, unsigned n, double p) {
    double sum = 0;
    for (unsigned i = 0; i <= k; i++) {
        double log_term = lgamma(n + 1.0) - lgamma(i + 1.0) - lgamma(n - i + 1.0) + i * log(p) +
                          (n - i) * log1p(-p);
        sum += exp(log_term);
    }
    return sum;
}

static void test_the_bound_is_clopper_and_pearson(void **state) {
    (void)state;
    static const unsigned cases[][2] = {{0, 1},   {0, 2000},   {1, 100},     {5, 50},
                                        {49, 50}, {17, 30000}, {400, 1000},  {0, 3000000},
                                        {1, 2},   {999, 1000}, {3000, 9000}, {2, 1000000}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        unsigned k = cases[i][0], n = cases[i][1];
        double bound = imx_binomial_bound(k, n);
        assert_true(bound > (double)k / n && bound < 1);
        assert_true(fabs(at_most(k, n, bound) - 0.05) < 1e-5);
    }
    /* The rule of three, exactly. */
    assert_true(fabs(imx_binomial_bound(0, 2000) - (1 - pow(0.05, 1.0 / 2000))) < 1e-12);
    assert_true(fabs(imx_binomial_bound(0, 2000) * 1e6 - 1496.7) < 0.1);
    /* Where the normal approximation is good. */
    double normal = 0.1 + 1.6449 * sqrt(0.1 * 0.9 / 1e6);
    assert_true(fabs(imx_binomial_bound(100000, 1000000) - normal) < 1e-5);
    assert_true(imx_binomial_bound(5, 5) == 1 && imx_binomial_bound(0, 0) == 1 &&
                imx_binomial_bound(NAN, 9) == 1);
}

/* Also between whole numbers. */
static void test_the_bound_rises_with_what_is_seen(void **state) {
    (void)state;
    double before = 0;
    for (double seen = 0; seen < 50; seen += 0.5) {
        double bound = imx_binomial_bound(seen, 50.5);
        assert_true(bound > before);
        before = bound;
    }
    for (double trials = 50; trials < 5e6; trials *= 1.5) {
        double bound = imx_binomial_bound(3, trials);
        assert_true(bound < before);
        before = bound;
    }
}

static imx_calibration make(imx_negative_score *scores, size_t count) {
    imx_calibration made;
    assert_int_equal(imx_calibration_make(&made, scores, count, NULL), IMGMATCH_OK);
    assert_true(imx_calibration_is_sound(&made));
    assert_true(made.step_count <= IMX_CALIBRATION_MAX_STEPS);
    return made;
}

static void test_rates_are_counts(void **state) {
    (void)state;
    imx_negative_score scores[200];
    for (size_t i = 0; i < 200; i++) {
        scores[i] = (imx_negative_score){.score = (double)(i * 77 % 200) / 200};
    }
    imx_calibration made = make(scores, 200);
    for (unsigned i = 0; i < 200; i++) {
        imx_false_alert_rate rate = imx_calibration_rate(&made, i / 200.0);
        assert_int_equal(rate.alerts, 200 - i);
        assert_true(fabs(rate.estimate - (200 - i) * 5000.0) < 1e-6);
        assert_true(rate.bound >= rate.estimate);
        /* Just above a score, it does not count any more. */
        assert_int_equal(imx_calibration_rate(&made, i / 200.0 + 1e-9).alerts, 199 - i);
    }
    imx_false_alert_rate beyond = imx_calibration_rate(&made, 1);
    assert_int_equal(beyond.alerts, 0);
    assert_true(beyond.estimate == 0);
    assert_true(beyond.bound == IMX_PER_MILLION * imx_binomial_bound(0, 200));
    imx_calibration_free(&made);
}

/* Of a lot of scores, steps are joined: never to a lower rate, hardly to a higher one. */
static void test_many_scores_are_kept_in_few_steps(void **state) {
    (void)state;
    enum { COUNT = 300000, TIED = 200000 };
    imx_negative_score *scores = calloc(COUNT, sizeof *scores);
    assert_non_null(scores);
    imx_random random = {42};
    for (size_t i = TIED; i < COUNT; i++) { /* The others have no candidate at all. */
        scores[i].score = pow(imx_random_unit(&random), 4);
    }
    imx_calibration made = make(scores, COUNT); /* Sorts them. */
    double last_bound = 0;
    uint64_t exact = 0;
    for (double score = 1; score > 0; score = score > 1e-9 ? score * 0.99 : 0) {
        while (exact < COUNT && scores[exact].score >= score) {
            exact++;
        }
        imx_false_alert_rate rate = imx_calibration_rate(&made, score);
        assert_true(rate.alerts >= exact);
        assert_true(exact <= 1000 ? rate.alerts == exact
                                  : (double)rate.alerts <= 1.01 * (double)exact);
        assert_true(rate.bound >= last_bound);
        last_bound = rate.bound;
    }
    assert_int_equal(imx_calibration_rate(&made, 0).alerts, COUNT);
    assert_int_equal(imx_calibration_rate(&made, 1e-300).alerts, COUNT - TIED);
    imx_calibration_free(&made);
    free(scores);
}

/* Thresholds that are chosen for a rate let through more than that in one of twenty cases: the
 * scores are uniform, so the true rate is known. The rate is one that the bound can meet exactly,
 * with five negatives above the threshold; for others it is on the safe side. */
static void test_chosen_thresholds_hold(void **state) {
    (void)state;
    enum { ROUNDS = 1000, COUNT = 500 };
    const double rate = imx_binomial_bound(5, COUNT);
    imx_random random = {7};
    int kept = 0;
    for (int round = 0; round < ROUNDS; round++) {
        imx_negative_score scores[COUNT] = {{0, false}};
        for (size_t i = 0; i < COUNT; i++) {
            scores[i].score = imx_random_unit(&random);
        }
        imx_calibration made = make(scores, COUNT);
        double threshold = 0;
        assert_true(imx_calibration_threshold(&threshold, &made, IMX_PER_MILLION * rate, 1));
        assert_int_equal(imx_calibration_rate(&made, threshold).alerts, 5);
        assert_int_equal(imx_calibration_rate(&made, nextafter(threshold, 0)).alerts, 6);
        kept += 1 - threshold <= rate;
        imx_calibration_free(&made);
    }
    print_message("kept %d of %d\n", kept, ROUNDS);
    /* 950 expected, four standard deviations. */
    assert_true(kept >= 922 && kept <= 978);
}

static void test_what_data_cannot_show_is_refused(void **state) {
    (void)state;
    imx_negative_score scores[1000] = {{0, false}};
    imx_calibration made = make(scores, 1000);
    double threshold = -1;
    double least = imx_calibration_rate(&made, 1).bound;
    assert_true(least > 2990 && least < 2996);
    assert_false(imx_calibration_threshold(&threshold, &made, 1, 1));
    assert_false(imx_calibration_threshold(&threshold, &made, least * 0.999, 1));
    assert_true(imx_calibration_threshold(&threshold, &made, least, 1));
    assert_true(threshold > 0 && threshold < 1e-300);
    assert_false(imx_calibration_threshold(&threshold, &made, least, 1.5));
    assert_true(imx_calibration_threshold(&threshold, &made, least * 1.5, 1.5));
    assert_true(imx_calibration_threshold(&threshold, &made, IMX_PER_MILLION, 1));
    assert_true(threshold == 0);
    imx_calibration_free(&made);
    imx_calibration none;
    assert_int_equal(imx_calibration_make(&none, scores, 0, NULL), IMGMATCH_ERR_ARGUMENT);
    assert_null(none.steps);
}

/* The catalogue's own photos come in pairs. */
static void test_own_photos_count_half(void **state) {
    (void)state;
    imx_negative_score scores[400] = {{0, false}};
    for (size_t i = 0; i < 400; i++) {
        scores[i] = (imx_negative_score){.score = i < 4 ? 0.5 : 0, .own = i % 2 == 0};
    }
    imx_calibration made = make(scores, 400);
    assert_int_equal(made.own, 200);
    imx_false_alert_rate rate = imx_calibration_rate(&made, 0.4);
    assert_int_equal(rate.alerts, 4);
    assert_true(rate.estimate == 10000);
    assert_true(rate.bound == IMX_PER_MILLION * imx_binomial_bound(3, 300));
    assert_true(imx_calibration_rate(&made, 0.6).bound ==
                IMX_PER_MILLION * imx_binomial_bound(0, 300));
    imx_calibration_free(&made);
    /* All alerts among own photos: the bound is still above what was seen. */
    for (size_t i = 0; i < 400; i++) {
        scores[i] = (imx_negative_score){.score = i < 100 ? 0.5 : 0, .own = i < 200};
    }
    made = make(scores, 400);
    rate = imx_calibration_rate(&made, 0.4);
    assert_true(rate.bound > rate.estimate);
    imx_calibration_free(&made);
}

/* ---- stored ---- */

static imx_stored_calibration *make_stored(void) {
    enum { COUNT = 5000 };
    imx_random random = {3};
    imx_stored_calibration *stored = NULL;
    imx_negative_score *scores = calloc(COUNT, sizeof *scores);
    assert_non_null(scores);
    for (size_t i = 0; i < COUNT; i++) {
        scores[i] =
            (imx_negative_score){.score = pow(imx_random_unit(&random), 9), .own = i % 3 == 0};
    }
    assert_int_equal(imx_stored_calibration_new(&stored, NULL), IMGMATCH_OK);
    stored->rates = make(scores, COUNT);
    stored->score_identity = UINT64_C(0xfedcba9876543210);
    stored->looks = 12;
    stored->views = 20;
    stored->items = 1234;
    (void)snprintf(stored->made_at, sizeof stored->made_at, "2026-01-02T03:04:05Z");
    free(scores);
    return stored;
}

static void test_a_stored_calibration_comes_back(void **state) {
    (void)state;
    imx_stored_calibration *stored = make_stored(), *back = NULL;
    char *text = NULL, *again = NULL;
    assert_int_equal(imx_calibration_write_text(&text, stored, NULL), IMGMATCH_OK);
    assert_int_equal(imx_calibration_read_text(&back, text, NULL), IMGMATCH_OK);
    assert_false(back->foreign);
    assert_true(back->score_identity == stored->score_identity);
    assert_true(back->looks == 12 && back->views == 20 && back->items == 1234);
    assert_string_equal(back->made_at, stored->made_at);
    for (double score = 1; score > 1e-12; score *= 0.97) {
        imx_false_alert_rate was = imx_calibration_rate(&stored->rates, score);
        imx_false_alert_rate is = imx_calibration_rate(&back->rates, score);
        assert_true(is.bound >= was.bound);
        assert_true(score < 0.5 || is.bound == was.bound);
    }
    assert_int_equal(imx_calibration_write_text(&again, back, NULL), IMGMATCH_OK);
    assert_string_equal(again, text);
    free(text);
    free(again);
    imx_stored_calibration_release(back);
    imx_stored_calibration_release(stored);
}

static void test_texts_that_are_no_calibration_are_refused(void **state) {
    (void)state;
#define HEAD(looks, negatives, own)                                                                \
    "{\"version\":1,\"score\":\"0000000000000001\",\"looks\":" looks                               \
    ",\"views\":20,\"items\":9,\"made_at\":\"2026\",\"negatives\":" negatives ",\"own\":" own      \
    ",\"steps\":"
    static const char *const bad[] = {
        "",
        "[]",
        "{}",
        "{\"version\":1}",
        "{\"version\":1,\"score\":\"0000000000000001\",\"looks\":12,\"views\":20,\"items\":9,"
        "\"made_at\":\"\\u001b[2J\",\"negatives\":2,\"own\":0,\"steps\":[[5,2,0]]}",
        HEAD("12", "2", "0") "[]}",
        HEAD("12", "2", "0") "[[5,1,0]]}",         /* One negative is missing. */
        HEAD("12", "2", "0") "[[5,1,0],[6,2,0]]}", /* Scores rise. */
        HEAD("12", "2", "0") "[[5,2,0],[4,1,0]]}", /* Alerts fall. */
        HEAD("12", "2", "1") "[[5,1,1],[4,2,0]]}",
        HEAD("12", "2", "2") "[[5,1,2],[4,2,2]]}",
        HEAD("12", "2", "0") "[[9007199254740993,2,0]]}", /* Over 1. */
        HEAD("12", "2", "0") "[[5,2]]}",
        HEAD("12", "2", "0") "[[5.5,2,0]]}",
        HEAD("-1", "2", "0") "[[5,2,0]]}",
        HEAD("12", "0", "0") "[[5,0,0]]}",
    };
    imx_stored_calibration *out = NULL;
    assert_int_equal(imx_calibration_read_text(&out, HEAD("12", "2", "0") "[[5,2,0]]}", NULL),
                     IMGMATCH_OK);
    imx_stored_calibration_release(out);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        imgmatch_diag diag = IMGMATCH_DIAG_INIT;
        if (imx_calibration_read_text(&out, bad[i], &diag) != IMGMATCH_ERR_CATALOGUE) {
            fail_msg("taken: %s", bad[i]);
        }
        assert_null(out);
        assert_true(diag.message[0] != '\0');
    }
    /* Sound, but for white space that would take endless memory were it brackets. */
    static char padded[(1u << 20) + 400];
    memset(padded, ' ', sizeof padded);
    static const char sound[] = HEAD("12", "2", "0") "[[5,2,0]]}";
    memcpy(padded + sizeof padded - sizeof sound, sound, sizeof sound);
    assert_int_equal(imx_calibration_read_text(&out, padded, NULL), IMGMATCH_ERR_CATALOGUE);
    assert_int_equal(imx_calibration_read_text(&out, padded + 1000, NULL), IMGMATCH_OK);
    imx_stored_calibration_release(out);
    /* What a later version writes is no damage. */
    assert_int_equal(imx_calibration_read_text(&out, "{\"version\":2,\"new\":[]}", NULL),
                     IMGMATCH_OK);
    assert_true(out->foreign);
    imx_stored_calibration_release(out);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_bound_is_clopper_and_pearson),
        cmocka_unit_test(test_the_bound_rises_with_what_is_seen),
        cmocka_unit_test(test_rates_are_counts),
        cmocka_unit_test(test_many_scores_are_kept_in_few_steps),
        cmocka_unit_test(test_chosen_thresholds_hold),
        cmocka_unit_test(test_what_data_cannot_show_is_refused),
        cmocka_unit_test(test_own_photos_count_half),
        cmocka_unit_test(test_a_stored_calibration_comes_back),
        cmocka_unit_test(test_texts_that_are_no_calibration_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
