/*
 * Every claim about the library rests on these few formulas, so each is compared with numbers that
 * were worked out by hand, ties above all: a matcher that gives everything the same score must not
 * look good.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "eval/metrics.h"

#include <math.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define EXACT 1e-6

static void test_micro_ap_without_ties(void **state) {
    (void)state;
    /* Right at ranks 1, 3 and 4 of 5; five positives, two of which are not there. */
    eval_pair pairs[] = {{0.5, false}, {0.9, true}, {0.8, false}, {0.6, true}, {0.7, true}};
    eval_sort_pairs(pairs, COUNT(pairs));
    assert_float_equal(eval_micro_ap(pairs, COUNT(pairs), 5), (1.0 + 2.0 / 3 + 3.0 / 4) / 5, EXACT);
}

static void test_ties_are_counted_worst(void **state) {
    (void)state;
    /* In its best order this would be (1 + 1) / 2; in its worst one it is (1/3 + 2/4) / 2. */
    eval_pair pairs[] = {{0.5, true}, {0.5, false}, {0.5, true}, {0.5, false}};
    eval_sort_pairs(pairs, COUNT(pairs));
    assert_float_equal(eval_micro_ap(pairs, COUNT(pairs), 2), (1.0 / 3 + 2.0 / 4) / 2, EXACT);
    /* The threshold takes all four or none. */
    eval_point half = eval_recall_at(pairs, COUNT(pairs), 2, 0.5);
    assert_true(half.reached);
    assert_float_equal(half.recall, 1, EXACT);
    assert_false(eval_recall_at(pairs, COUNT(pairs), 2, 0.6).reached);
}

static void test_nothing_to_find(void **state) {
    (void)state;
    eval_pair wrong[] = {{0.4, false}};
    assert_float_equal(eval_micro_ap(wrong, 1, 0), 0, EXACT);
    assert_float_equal(eval_micro_ap(NULL, 0, 7), 0, EXACT);
    assert_false(eval_recall_at(wrong, 1, 0, 0.5).reached);
    assert_float_equal(eval_recall_at(NULL, 0, 7, 0.9).recall, 0, EXACT);
}

static void test_recall_takes_the_lowest_threshold_that_holds(void **state) {
    (void)state;
    /* Precision by rank: 1, 1, 2/3, 3/4, 4/5, 4/6. */
    eval_pair pairs[] = {{0.9, true}, {0.8, true},  {0.7, false},
                         {0.6, true}, {0.55, true}, {0.3, false}};
    eval_sort_pairs(pairs, COUNT(pairs));
    eval_point sure = eval_recall_at(pairs, COUNT(pairs), 8, 0.99);
    assert_float_equal(sure.recall, 2.0 / 8, EXACT);
    assert_float_equal(sure.score, 0.8, EXACT);
    /* 3/4 at rank 4 is not enough for 0.8, but rank 5 behind it is. */
    eval_point fair = eval_recall_at(pairs, COUNT(pairs), 8, 0.8);
    assert_float_equal(fair.recall, 4.0 / 8, EXACT);
    assert_float_equal(fair.score, 0.55, EXACT);
    assert_float_equal(fair.precision, 0.8, EXACT);
}

static void test_curve_has_one_point_for_each_score(void **state) {
    (void)state;
    eval_pair pairs[] = {{0.9, true}, {0.5, true}, {0.5, false}, {0.5, false}};
    eval_point points[COUNT(pairs)];
    eval_sort_pairs(pairs, COUNT(pairs));
    assert_int_equal(eval_curve(points, pairs, COUNT(pairs), 4), 2);
    assert_float_equal(points[0].precision, 1, EXACT);
    assert_float_equal(points[0].recall, 0.25, EXACT);
    assert_float_equal(points[1].precision, 0.5, EXACT);
    assert_float_equal(points[1].recall, 0.5, EXACT);
}

static void test_percentiles_are_values(void **state) {
    (void)state;
    double values[] = {5, 1, 4, 2, 3};
    assert_float_equal(eval_percentile(values, COUNT(values), 0.5), 3, EXACT);
    assert_float_equal(eval_percentile(values, COUNT(values), 0.99), 5, EXACT);
    assert_float_equal(eval_percentile(values, COUNT(values), 0), 1, EXACT);
    assert_true(isnan(eval_percentile(NULL, 0, 0.5)));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_micro_ap_without_ties),
        cmocka_unit_test(test_ties_are_counted_worst),
        cmocka_unit_test(test_nothing_to_find),
        cmocka_unit_test(test_recall_takes_the_lowest_threshold_that_holds),
        cmocka_unit_test(test_curve_has_one_point_for_each_score),
        cmocka_unit_test(test_percentiles_are_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
