/*
 * Sampling a query under a reference works row by row on arrays; here is the same one pixel after
 * the other, as it reads in a textbook.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "base/random.h"
#include "match/overlay.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MOST (IMX_THUMBNAIL_SIDE * IMX_THUMBNAIL_SIDE)
/* Levels of brightness: a place is off by a few millionths of a side of up to 300 pixels. */
#define ROUNDING 0.1

typedef struct noise {
    imx_features features;
    uint8_t *pixels;
} noise;

/* One level of made-up pixels. */
static noise noise_of(uint32_t width, uint32_t height) {
    noise out = {.pixels = malloc((size_t)width * height)};
    assert_non_null(out.pixels);
    imx_random random = {.state = 7 + width};
    for (size_t i = 0; i < (size_t)width * height; i++) {
        out.pixels[i] = (uint8_t)imx_random_below(&random, 256);
    }
    out.features.level_count = 1;
    out.features.levels[0] = (imx_level){width, height, {out.pixels, out.pixels, out.pixels}};
    return out;
}

static double pixel_at(const imx_level *level, double x, double y) {
    x = fmin(fmax(x, 0), level->width - 1);
    y = fmin(fmax(y, 0), level->height - 1);
    return level->planes[0][(size_t)y * level->width + (size_t)x];
}

static double bilinear(const imx_level *level, double x, double y) {
    x = fmin(fmax(x * level->width - 0.5, 0), level->width - 1);
    y = fmin(fmax(y * level->height - 0.5, 0), level->height - 1);
    double right = x - floor(x), down = y - floor(y);
    double above = (1 - right) * pixel_at(level, x, y) + right * pixel_at(level, x + 1, y);
    double below = (1 - right) * pixel_at(level, x, y + 1) + right * pixel_at(level, x + 1, y + 1);
    return (1 - down) * above + down * below;
}

/* Four samples a pixel, as far from its centre as the affine transform moves a quarter of it. */
static double expected_at(const imx_level *level, const imx_transform *matrix, imx_point centre,
                          imx_raster raster) {
    const imx_transform affine = imx_transform_affine(matrix);
    const float *m = affine.m;
    imx_point at = imx_transform_apply(matrix, centre);
    double sum = 0;
    for (int quarter = 0; quarter < 4; quarter++) {
        double u = (quarter & 1 ? 0.25 : -0.25) / raster.width;
        double v = (quarter & 2 ? 0.25 : -0.25) / raster.height;
        sum += bilinear(level, (double)at.x + (double)m[0] * u + (double)m[1] * v,
                        (double)at.y + (double)m[3] * u + (double)m[4] * v);
    }
    return sum / 4;
}

static void check(uint32_t width, uint32_t height, imx_raster raster, imx_transform matrix) {
    noise query = noise_of(width, height);
    float out[MOST];
    bool inside[MOST];
    uint32_t expected_covered = 0;
    uint32_t covered = imx_overlay_sample(out, inside, &query.features, &matrix, raster);
    for (uint32_t i = 0; i < raster.width * raster.height; i++) {
        imx_point centre = {((float)(i % raster.width) + 0.5F) / (float)raster.width,
                            ((float)(i / raster.width) + 0.5F) / (float)raster.height};
        imx_point at = imx_transform_apply(&matrix, centre);
        bool expected_inside = at.x >= 0 && at.x <= 1 && at.y >= 0 && at.y <= 1;
        /* At the very edge roundings decide. */
        if (fabsf(at.x) > 1e-5F && fabsf(at.x - 1) > 1e-5F && fabsf(at.y) > 1e-5F &&
            fabsf(at.y - 1) > 1e-5F) {
            assert_int_equal(inside[i], expected_inside);
        }
        expected_covered += inside[i];
        double expected =
            inside[i] ? expected_at(&query.features.levels[0], &matrix, centre, raster) : 0;
        assert_true(fabs((double)out[i] - expected) < ROUNDING);
    }
    assert_int_equal(covered, expected_covered);
    free(query.pixels);
}

static void rows_are_sampled_as_pixels_are(void **state) {
    (void)state;
    static const imx_transform matrices[] = {
        {{1, 0, 0, 0, 1, 0}},                             /* The whole, to its edges. */
        {{-1, 0, 1, 0, 1, 0}},                            /* Mirrored. */
        {{0, -1, 1, 1, 0, 0}},                            /* On its side. */
        {{0.31F, 0.12F, 0.4F, -0.2F, 0.45F, 0.3F}},       /* Small and askew. */
        {{2.5F, 0, -0.7F, 0, 2.5F, -0.4F}},               /* Out of the picture on all sides. */
        {{0.8F, 0.1F, 0.05F, 0, 0.9F, 0, 0.35F, -0.2F}},  /* In perspective. */
        {{0.5F, 0, 0.2F, 0.1F, 0.5F, 0.2F, -1.4F, 0.3F}}, /* With its horizon within. */
    };
    for (size_t i = 0; i < sizeof matrices / sizeof *matrices; i++) {
        check(300, 200, (imx_raster){48, 32, 0}, matrices[i]);
        check(90, 120, (imx_raster){31, 48, 0}, matrices[i]);
        check(64, 1, (imx_raster){48, 1, 0}, matrices[i]);
        check(1, 64, (imx_raster){1, 48, 0}, matrices[i]);
        check(1, 1, (imx_raster){3, 5, 0}, matrices[i]);
    }
}

static void a_transform_to_nowhere_covers_nothing(void **state) {
    (void)state;
    noise query = noise_of(40, 40);
    const float absurd[] = {NAN, INFINITY, -INFINITY, 1e30F};
    for (size_t i = 0; i < sizeof absurd / sizeof *absurd; i++) {
        for (int place = 0; place < 6; place++) {
            imx_transform matrix = {{1, 0, 2, 0, 1, 2}}; /* Beside the picture. */
            matrix.m[place] = absurd[i];
            float out[MOST];
            bool inside[MOST];
            imx_raster raster = {48, 48, 0};
            assert_int_equal(imx_overlay_sample(out, inside, &query.features, &matrix, raster), 0);
            for (size_t k = 0; k < MOST; k++) {
                assert_true(!inside[k] && out[k] == 0);
            }
        }
    }
    free(query.pixels);
}

/* Where a pixel of the raster is three of the query's or more, a level of half the size is used. */
static void large_areas_are_taken_from_a_smaller_level(void **state) {
    (void)state;
    noise query = noise_of(200, 200);
    uint8_t half[100 * 100];
    memset(half, 7, sizeof half);
    query.features.level_count = 2;
    query.features.levels[1] = (imx_level){100, 100, {half, half, half}};
    const imx_transform whole = {{1, 0, 0, 0, 1, 0}};
    float out[MOST];
    bool inside[MOST];
    assert_int_equal(
        imx_overlay_sample(out, inside, &query.features, &whole, (imx_raster){40, 40, 0}), 1600);
    for (size_t i = 0; i < 1600; i++) {
        assert_true(out[i] == 7);
    }
    free(query.pixels);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_sampled_as_pixels_are),
        cmocka_unit_test(a_transform_to_nowhere_covers_nothing),
        cmocka_unit_test(large_areas_are_taken_from_a_smaller_level),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
