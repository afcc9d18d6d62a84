/* EXIF orientation: every value in both byte orders, damaged blocks, and the turns themselves. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "image/exif.h"

#include <stdlib.h>
#include <string.h>

static const uint8_t little[26] = "II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";
static const uint8_t big[26] = "MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";

static void every_value_is_read(void **state) {
    (void)state;
    for (uint8_t value = 0; value <= 10; ++value) {
        uint8_t block[6 + sizeof little] = "Exif\0\0";
        uint32_t expected = value >= 1 && value <= 8 ? value : 1;
        memcpy(block + 6, little, sizeof little);
        block[6 + 18] = value;
        assert_int_equal(imx_exif_orientation(block, sizeof block), expected);
        assert_int_equal(imx_exif_orientation(block + 6, sizeof little), expected);
        memcpy(block + 6, big, sizeof big);
        block[6 + 19] = value;
        assert_int_equal(imx_exif_orientation(block, sizeof block), expected);
    }
}

/* The copy is exactly as long as the block: the sanitizer sees any read behind it. */
static void cut_blocks_are_upright_and_not_overrun(void **state) {
    (void)state;
    for (size_t size = 0; size < 22; ++size) {
        uint8_t *copy = malloc(size + 1);
        assert_non_null(copy);
        uint8_t *end_aligned = copy + 1;
        memcpy(end_aligned, little, size);
        assert_int_equal(imx_exif_orientation(end_aligned, size), 1);
        free(copy);
    }
    uint8_t far_away[sizeof little];
    memcpy(far_away, little, sizeof little);
    memset(far_away + 4, 0xFF, 4);
    assert_int_equal(imx_exif_orientation(far_away, sizeof far_away), 1);
}

/* A 3 x 2 picture "abc / def" turned upright, as the EXIF standard draws it. */
static void turns_are_the_standards(void **state) {
    (void)state;
    static const char *const upright[9] = {"",       "abcdef", "cbafed", "fedcba", "defabc",
                                           "adbecf", "daebfc", "fcebda", "cfbead"};
    uint8_t rgb[18];
    for (int i = 0; i < 18; ++i) {
        rgb[i] = (uint8_t)('a' + i / 3);
    }
    for (uint32_t orientation = 1; orientation <= 8; ++orientation) {
        uint8_t out[18];
        imx_exif_turn(out, (imx_pixels){rgb, 3, 2, 9}, orientation);
        for (int i = 0; i < 6; ++i) {
            assert_int_equal(out[3 * i], upright[orientation][i]);
            assert_int_equal(out[3 * i + 2], upright[orientation][i]);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_value_is_read),
        cmocka_unit_test(cut_blocks_are_upright_and_not_overrun),
        cmocka_unit_test(turns_are_the_standards),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
