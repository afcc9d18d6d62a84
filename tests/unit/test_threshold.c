/*
 * What is printed as a threshold lets through what it was read off, and little else: rounding it up
 * would shut out the match itself, rounding it down by more lets in what was worse.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "common/threshold.h"

#include <math.h>
#include <stdlib.h>

static void check(double value, const char *below, const char *above) {
    char text[CLI_THRESHOLD_BYTES];
    cli_threshold_below(text, value);
    assert_string_equal(text, below);
    cli_threshold_above(text, value);
    assert_string_equal(text, above);
}

static void test_the_sixth_digit_is_the_next_one(void **state) {
    (void)state;
    check(0.5, "0.5", "0.5");
    check(0, "0", "0");
    check(0.9876547, "0.987654", "0.987655");
    check(0.9999996, "0.999999", "1");
    check(0.5000009, "0.5", "0.500001");
    check(-0.12345678, "-0.123457", "-0.123456");
    check(1234567.8, "1.23456e+06", "1.23457e+06");
    check(139108.31, "139108", "139109");
    check(1.0000004, "1", "1.00001");
    check(INFINITY, "inf", "inf");
}

static void test_scores_have_so_many_decimals(void **state) {
    (void)state;
    assert_true(cli_score_below(0.9999996, 6) == 0.999999);
    assert_true(cli_score_below(0.5, 6) == 0.5);
    assert_true(cli_score_below(0.0000004, 6) == 0);
    assert_true(cli_score_below(1, 6) == 1);
    assert_true(cli_score_below(0.9996, 3) == 0.999);
    assert_true(cli_score_below(0.4999999, 3) == 0.499);
    assert_true(cli_score_below(0.5, 3) == 0.5);
}

static void test_no_value_is_shut_out(void **state) {
    (void)state;
    uint64_t seed = 1;
    for (int i = 0; i < 200000; i++) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        double part = (double)(seed >> 11) / 9007199254740992.0;
        double value = (i % 2 ? -part : part) * pow(10, i % 13 - 6);
        double step = pow(10, floor(log10(fabs(value))) - 5);
        char text[CLI_THRESHOLD_BYTES];
        cli_threshold_below(text, value);
        double below = strtod(text, NULL);
        cli_threshold_above(text, value);
        double above = strtod(text, NULL);
        assert_true(below <= value && value <= above);
        assert_true(above - below <= step * 1.001);
        double six = cli_score_below(part, 6), three = cli_score_below(part, 3);
        assert_true(six <= part && part - six < 1.001e-6);
        assert_true(three <= six && part - three < 1.001e-3);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_sixth_digit_is_the_next_one),
        cmocka_unit_test(test_scores_have_so_many_decimals),
        cmocka_unit_test(test_no_value_is_shut_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
