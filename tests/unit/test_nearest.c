/* The k best of many offers, whatever is among them. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "catalogue/nearest.h"

#include <math.h>

#define KEPT 8
#define OFFERS 1000

static void test_what_has_no_distance_is_not_kept(void **state) {
    (void)state;
    imx_nearest nearest;
    assert_true(imx_nearest_init(&nearest, KEPT));
    for (int64_t i = 0; i < OFFERS; i++) {
        /* 7 and 1000 have no divisor in common: every key is offered once. */
        double key = (double)(7 * i % OFFERS);
        const imx_near none = {.key = NAN, .seq = OFFERS + i}, some = {.key = key, .seq = i};
        imx_nearest_offer(&nearest, &none);
        imx_nearest_offer(&nearest, &some);
    }
    assert_int_equal(nearest.count, KEPT);
    imx_nearest_sort(&nearest);
    for (size_t i = 0; i < KEPT; i++) {
        assert_true(nearest.entries[i].key == (double)i);
    }
    imx_nearest_free(&nearest);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_has_no_distance_is_not_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
