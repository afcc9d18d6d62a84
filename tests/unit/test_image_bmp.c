/* BMP is read by our own code, so every branch of it is tried on files that are built here. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "image/codec.h"

#include <stdlib.h>
#include <string.h>

#define SIDE 16u

/* A BMP under construction. */
typedef struct bmp_file {
    uint8_t bytes[8192];
    size_t size;
} bmp_file;

static void put(bmp_file *file, uint32_t value, int bytes) {
    for (int i = 0; i < bytes; ++i) {
        file->bytes[file->size++] = (uint8_t)(value >> (8 * i));
    }
}

static void begin(bmp_file *file, uint32_t bits, uint32_t compression, uint32_t height,
                  uint32_t tables_bytes) {
    file->size = 0;
    put(file, 0x4D42, 2);
    put(file, 0, 4);
    put(file, 0, 4);
    put(file, 14 + 40 + tables_bytes, 4);
    put(file, 40, 4);
    put(file, SIDE, 4);
    put(file, height, 4);
    put(file, 1, 2);
    put(file, bits, 2);
    put(file, compression, 4);
    for (int i = 0; i < 5; ++i) {
        put(file, 0, 4);
    }
}

static imgmatch_status decode(imx_raster *raster, const bmp_file *file, imgmatch_reason *reason) {
    static const imgmatch_limits limits = IMGMATCH_LIMITS_INIT;
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    /* A copy of the exact size: the sanitizer sees any read behind it. */
    uint8_t *exact = malloc(file->size);
    assert_non_null(exact);
    memcpy(exact, file->bytes, file->size);
    *raster = (imx_raster){.orientation = 1};
    imgmatch_status status = imx_bmp_decode(raster, exact, file->size, &limits, &diag);
    *reason = diag.reason;
    free(exact);
    return status;
}

static void expect_pixel(const imx_raster *raster, uint32_t x, uint32_t y, int r, int g, int b) {
    const uint8_t *pixel = raster->samples + 3 * (y * SIDE + x);
    assert_int_equal(pixel[0], r);
    assert_int_equal(pixel[1], g);
    assert_int_equal(pixel[2], b);
}

static void expect_good(imx_raster *raster, const bmp_file *file) {
    imgmatch_reason reason;
    assert_int_equal(decode(raster, file, &reason), IMGMATCH_OK);
    assert_int_equal(raster->width, SIDE);
    assert_int_equal(raster->height, SIDE);
    assert_int_equal(raster->bands, 3);
}

static void rows_run_bottom_up_or_top_down(void **state) {
    (void)state;
    for (int top_down = 0; top_down < 2; ++top_down) {
        bmp_file file;
        begin(&file, 24, 0, top_down ? 0u - SIDE : SIDE, 0);
        for (uint32_t i = 0; i < SIDE * SIDE; ++i) {
            put(&file, i < SIDE ? 0x102030 : 0x405060, 3); /* The first row differs. */
        }
        imx_raster raster;
        expect_good(&raster, &file);
        expect_pixel(&raster, 3, top_down ? 0 : SIDE - 1, 0x10, 0x20, 0x30);
        expect_pixel(&raster, 3, top_down ? SIDE - 1 : 0, 0x40, 0x50, 0x60);
        imx_raster_clear(&raster);
    }
}

static void palettes_of_1_4_and_8_bits(void **state) {
    (void)state;
    static const uint32_t depths[] = {1, 4, 8};
    for (int d = 0; d < 3; ++d) {
        uint32_t bits = depths[d];
        bmp_file file;
        begin(&file, bits, 0, SIDE, 4u << bits);
        for (uint32_t i = 0; i < 1u << bits; ++i) {
            put(&file, i == 1 ? 0x0A0B0C : 0xFFFFFF, 4);
        }
        uint32_t row_bytes = (SIDE * bits + 31) / 32 * 4;
        for (uint32_t y = 0; y < SIDE; ++y) {
            for (uint32_t i = 0; i < row_bytes; ++i) {
                /* The first pixel of every row has colour 1. */
                put(&file, i == 0 ? 1u << (8 - bits) : 0, 1);
            }
        }
        imx_raster raster;
        expect_good(&raster, &file);
        expect_pixel(&raster, 0, 5, 0x0A, 0x0B, 0x0C);
        expect_pixel(&raster, 1, 5, 255, 255, 255);
        imx_raster_clear(&raster);
    }
}

static void masks_of_16_and_32_bits(void **state) {
    (void)state;
    bmp_file file;
    begin(&file, 16, 3, SIDE, 16); /* 5-6-5. */
    put(&file, 0xF800, 4);
    put(&file, 0x07E0, 4);
    put(&file, 0x001F, 4);
    put(&file, 0, 4);
    for (uint32_t i = 0; i < SIDE * SIDE; ++i) {
        put(&file, 31u << 11 | 32u << 5 | 0, 2);
    }
    imx_raster raster;
    expect_good(&raster, &file);
    expect_pixel(&raster, 1, 1, 255, 130, 0);
    assert_false(raster.had_alpha);
    imx_raster_clear(&raster);

    begin(&file, 32, 6, SIDE, 16); /* With alpha, and the channels in another order. */
    put(&file, 0x000000FF, 4);
    put(&file, 0x0000FF00, 4);
    put(&file, 0x00FF0000, 4);
    put(&file, 0xFF000000, 4);
    for (uint32_t i = 0; i < SIDE * SIDE; ++i) {
        put(&file, i == 0 ? 0x00112233 : 0xFF112233, 4);
    }
    expect_good(&raster, &file);
    assert_true(raster.had_alpha);
    expect_pixel(&raster, 0, SIDE - 1, 255, 255, 255);
    expect_pixel(&raster, 1, SIDE - 1, 0x33, 0x22, 0x11);
    imx_raster_clear(&raster);
}

/* Writers leave the fourth byte at 0 and mean an opaque picture. */
static void an_alpha_of_all_zeros_is_opaque(void **state) {
    (void)state;
    bmp_file file;
    begin(&file, 32, 6, SIDE, 16);
    put(&file, 0x00FF0000, 4);
    put(&file, 0x0000FF00, 4);
    put(&file, 0x000000FF, 4);
    put(&file, 0xFF000000, 4);
    for (uint32_t i = 0; i < SIDE * SIDE; ++i) {
        put(&file, 0x00112233, 4);
    }
    imx_raster raster;
    expect_good(&raster, &file);
    assert_false(raster.had_alpha);
    expect_pixel(&raster, 0, 0, 0x11, 0x22, 0x33);
    imx_raster_clear(&raster);
}

static void begin_runs(bmp_file *file, uint32_t bits) {
    begin(file, bits, bits == 8 ? 1 : 2, SIDE, 4u << bits);
    for (uint32_t i = 0; i < 1u << bits; ++i) {
        put(file, i * 0x010101, 4); /* Colour i is grey i. */
    }
}

static void runs_of_8_bits(void **state) {
    (void)state;
    bmp_file file;
    begin_runs(&file, 8);
    static const uint8_t codes[] = {5,   9,              /* five of 9 */
                                    0,   3,  7, 8, 6, 0, /* three literals, padded */
                                    200, 4,              /* more than fit the row */
                                    0,   0,  0, 2, 2, 1, /* end of row; right 2, up 1 */
                                    1,   33, 0, 1};      /* one of 33; end */
    memcpy(file.bytes + file.size, codes, sizeof codes);
    file.size += sizeof codes;
    imx_raster raster;
    expect_good(&raster, &file);
    expect_pixel(&raster, 4, SIDE - 1, 9, 9, 9);
    expect_pixel(&raster, 6, SIDE - 1, 8, 8, 8);
    expect_pixel(&raster, 15, SIDE - 1, 4, 4, 4);
    expect_pixel(&raster, 0, SIDE - 2, 0, 0, 0);
    expect_pixel(&raster, 2, SIDE - 3, 33, 33, 33);
    imx_raster_clear(&raster);
}

static void runs_of_4_bits(void **state) {
    (void)state;
    bmp_file file;
    begin_runs(&file, 4);
    static const uint8_t codes[] = {5, 0x9A, 0, 5, 0x12, 0x34, 0x50, 0, 0, 1};
    memcpy(file.bytes + file.size, codes, sizeof codes);
    file.size += sizeof codes;
    imx_raster raster;
    expect_good(&raster, &file);
    static const uint8_t row[] = {9, 10, 9, 10, 9, 1, 2, 3, 4, 5, 0};
    for (uint32_t x = 0; x < sizeof row; ++x) {
        expect_pixel(&raster, x, SIDE - 1, row[x], row[x], row[x]);
    }
    imx_raster_clear(&raster);
}

static void os2_header(void **state) {
    (void)state;
    bmp_file file = {.size = 0};
    put(&file, 0x4D42, 2);
    put(&file, 0, 4);
    put(&file, 0, 4);
    put(&file, 14 + 12 + 6, 4);
    put(&file, 12, 4);
    put(&file, SIDE, 2);
    put(&file, SIDE, 2);
    put(&file, 1, 2);
    put(&file, 1, 2);
    put(&file, 0x302010, 3); /* Palettes of three bytes, blue first. */
    put(&file, 0xFFFFFF, 3);
    for (uint32_t y = 0; y < SIDE; ++y) {
        put(&file, 0x40, 4);
    }
    imx_raster raster;
    expect_good(&raster, &file);
    expect_pixel(&raster, 0, 0, 0x30, 0x20, 0x10);
    expect_pixel(&raster, 1, 0, 255, 255, 255);
    imx_raster_clear(&raster);
}

static void expect_reason(const bmp_file *file, imgmatch_reason expected) {
    imx_raster raster;
    imgmatch_reason reason;
    assert_int_equal(decode(&raster, file, &reason), IMGMATCH_ERR_PHOTO);
    assert_int_equal(reason, expected);
    assert_null(raster.samples);
}

static void cut_files_are_truncated(void **state) {
    (void)state;
    bmp_file file;
    begin(&file, 24, 0, SIDE, 0);
    for (uint32_t i = 0; i < SIDE * SIDE; ++i) {
        put(&file, i, 3);
    }
    for (size_t size = file.size; size-- > 2;) {
        bmp_file cut = file;
        cut.size = size;
        expect_reason(&cut, IMGMATCH_REASON_TRUNCATED);
    }
    begin_runs(&file, 8);
    put(&file, 0x0905, 2); /* A run, and no end. */
    expect_reason(&file, IMGMATCH_REASON_TRUNCATED);
}

static void impossible_headers_have_reasons(void **state) {
    (void)state;
    bmp_file file;
    begin(&file, 24, 4, SIDE, 0); /* An embedded JPEG. */
    put(&file, 0, 4);
    memset(file.bytes + file.size, 0, 64);
    file.size += 64;
    expect_reason(&file, IMGMATCH_REASON_UNSUPPORTED);
    begin(&file, 24, 0, 0x7FFFFFFF, 0);
    memset(file.bytes + file.size, 0, 64);
    file.size += 64;
    expect_reason(&file, IMGMATCH_REASON_TOO_LARGE);
    begin(&file, 24, 0, 0, 0);
    memset(file.bytes + file.size, 0, 64);
    file.size += 64;
    expect_reason(&file, IMGMATCH_REASON_CORRUPT);
    begin(&file, 24, 0, 0x80000000u, 0); /* Its negative does not fit 31 bits. */
    memset(file.bytes + file.size, 0, 64);
    file.size += 64;
    expect_reason(&file, IMGMATCH_REASON_TOO_LARGE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_run_bottom_up_or_top_down),
        cmocka_unit_test(palettes_of_1_4_and_8_bits),
        cmocka_unit_test(masks_of_16_and_32_bits),
        cmocka_unit_test(an_alpha_of_all_zeros_is_opaque),
        cmocka_unit_test(runs_of_8_bits),
        cmocka_unit_test(runs_of_4_bits),
        cmocka_unit_test(os2_header),
        cmocka_unit_test(cut_files_are_truncated),
        cmocka_unit_test(impossible_headers_have_reasons),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
