/* All 65,536 halves have to be the numbers that the standard says, in vectors and one by one, and
 * to come back as they were. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "base/half.h"

#include <math.h>

#define HALVES 65536u

/* IEEE 754: a sign, 5 bits of exponent, 10 bits of fraction. */
static float plain(uint32_t half) {
    int exponent = (int)(half >> 10 & 31u);
    float fraction = (float)(half & 1023u);
    float magnitude = exponent == 31  ? (fraction > 0 ? NAN : INFINITY)
                      : exponent == 0 ? ldexpf(fraction, -24)
                                      : ldexpf(1024 + fraction, exponent - 25);
    return half >> 15 ? -magnitude : magnitude;
}

static void check(float found, uint32_t half) {
    float expected = plain(half);
    if (isnan(expected)) {
        assert_true(isnan(found));
    } else {
        assert_true(found == expected);
        assert_int_equal(signbit(found) != 0, half >> 15); /* Zeros, too. */
    }
}

static void test_all_halves_as_floats(void **state) {
    (void)state;
    static uint16_t halves[HALVES];
    static uint16_t back[HALVES];
    static float floats[HALVES];
    for (uint32_t i = 0; i < HALVES; i++) {
        halves[i] = (uint16_t)i;
    }
    imx_half_to_float(floats, halves, HALVES);
    imx_half_from_float(back, floats, HALVES);
    for (uint32_t i = 0; i < HALVES; i++) {
        float alone = 0;
        check(floats[i], i);
        imx_half_to_float(&alone, &halves[i], 1);
        check(alone, i);
        if (!isnan(floats[i])) {
            assert_int_equal(back[i], i);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_all_halves_as_floats)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
