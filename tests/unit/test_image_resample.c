/* The resize against the definition in its header, computed in double; and values that Pillow 9.4
 * gives, pinned, because models are trained on Pillow's resize. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "image/resample.h"
#include "test_image_samples.h"

#include <math.h>
#include <string.h>

/* Exact value of one output sample along one axis. */
static double exact_sample(const double *line, uint32_t in_size, uint32_t out_size,
                           uint32_t index) {
    double scale = (double)in_size / out_size;
    double support = scale > 1 ? scale : 1;
    double centre = (index + 0.5) * scale;
    double sum = 0;
    double total = 0;
    for (uint32_t i = 0; i < in_size; ++i) {
        double weight = 1 - fabs((i + 0.5 - centre) / support);
        if (weight > 0) {
            sum += weight * line[i];
            total += weight;
        }
    }
    return sum / total;
}

static void check_against_exact(uint32_t width, uint32_t height, uint32_t out_width,
                                uint32_t out_height) {
    sample_picture scene = sample_scene(width, height, 3);
    uint8_t *out = malloc(3 * (size_t)out_width * out_height);
    double *column = malloc(height * sizeof *column);
    double *line = malloc(width * sizeof *line);
    assert_true(out != NULL && column != NULL && line != NULL);
    assert_int_equal(imx_resample(out, out_width, out_height, sample_view(&scene), NULL), 0);
    for (uint32_t y = 0; y < out_height; y += 5) {
        for (uint32_t x = 0; x < width; ++x) {
            for (uint32_t row = 0; row < height; ++row) {
                column[row] = scene.rgb[3 * ((size_t)row * width + x) + 1];
            }
            line[x] = exact_sample(column, height, out_height, y);
        }
        for (uint32_t x = 0; x < out_width; x += 3) {
            double expected = exact_sample(line, width, out_width, x);
            double found = out[3 * ((size_t)y * out_width + x) + 1];
            assert_true(fabs(found - expected) <= 1.1); /* Two roundings of half a level each. */
        }
    }
    free(line);
    free(column);
    free(out);
    free(scene.rgb);
}

static void samples_are_the_triangles_means(void **state) {
    (void)state;
    check_against_exact(120, 90, 40, 31);
    check_against_exact(120, 90, 119, 91);
    check_against_exact(33, 47, 100, 120);
    check_against_exact(400, 16, 5, 3);
    check_against_exact(1, 1, 7, 7);
}

static void the_same_size_is_a_copy(void **state) {
    (void)state;
    sample_picture scene = sample_scene(50, 41, 5);
    uint8_t *out = malloc(3 * 50 * 41);
    assert_non_null(out);
    assert_int_equal(imx_resample(out, 50, 41, sample_view(&scene), NULL), 0);
    assert_memory_equal(out, scene.rgb, 3 * 50 * 41);
    free(out);
    free(scene.rgb);
}

/* Weights that do not add up to 1 would show here first. */
static void flat_pictures_stay_flat(void **state) {
    (void)state;
    static const uint32_t sizes[] = {1, 2, 3, 7, 31, 64, 97};
    for (uint32_t level = 0; level <= 255; level += 51) {
        sample_picture flat = sample_plain(77, 53, (uint8_t)level);
        uint8_t out[3 * 97 * 97];
        for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; ++i) {
            assert_int_equal(imx_resample(out, sizes[i], sizes[i], sample_view(&flat), NULL), 0);
            for (size_t k = 0; k < 3 * (size_t)sizes[i] * sizes[i]; ++k) {
                assert_int_equal(out[k], level);
            }
        }
        free(flat.rgb);
    }
}

static void a_view_with_stride_is_read_inside_its_bounds(void **state) {
    (void)state;
    sample_picture scene = sample_plain(40, 40, 0);
    static const uint8_t white[3] = {255, 255, 255};
    imx_rect middle = {10, 12, 20, 15};
    sample_fill(&scene, middle, white);
    uint8_t out[3 * 8 * 8];
    imx_pixels part = imx_pixels_crop(sample_view(&scene), middle);
    assert_int_equal(imx_resample(out, 8, 8, part, NULL), 0);
    for (size_t i = 0; i < sizeof out; ++i) {
        assert_int_equal(out[i], 255);
    }
    free(scene.rgb);
}

/* Image.frombytes("RGB", (8, 8), bytes((x * 37 + y * 59 + c * 91 + x * y * 13) % 256
 *     for y in range(8) for x in range(8) for c in range(3))).resize((3, 3), Image.BILINEAR) */
static void values_are_pillows(void **state) {
    (void)state;
    static const uint8_t pillow[27] = {
        111, 142, 126, 122, 138, 123, 129, 127, 130, 159, 126, 154, 144, 130,
        127, 119, 120, 123, 128, 149, 139, 119, 137, 143, 102, 166, 137,
    };
    uint8_t rgb[3 * 64];
    for (uint32_t i = 0; i < 3 * 64; ++i) {
        uint32_t x = i / 3 % 8;
        uint32_t y = i / 24;
        rgb[i] = (uint8_t)(x * 37 + y * 59 + i % 3 * 91 + x * y * 13);
    }
    uint8_t out[27];
    assert_int_equal(imx_resample(out, 3, 3, (imx_pixels){rgb, 8, 8, 24}, NULL), 0);
    for (int i = 0; i < 27; ++i) {
        assert_in_range(out[i] + 1 - pillow[i], 0, 2);
    }
}

static void no_pixels_is_an_error(void **state) {
    (void)state;
    uint8_t pixel[3] = {1, 2, 3};
    uint8_t out[3];
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    assert_int_equal(imx_resample(out, 0, 1, (imx_pixels){pixel, 1, 1, 3}, &diag),
                     IMGMATCH_ERR_ARGUMENT);
    assert_int_equal(imx_resample(out, 1, 1, (imx_pixels){pixel, 0, 1, 3}, NULL),
                     IMGMATCH_ERR_ARGUMENT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(samples_are_the_triangles_means),
        cmocka_unit_test(the_same_size_is_a_copy),
        cmocka_unit_test(flat_pictures_stay_flat),
        cmocka_unit_test(a_view_with_stride_is_read_inside_its_bounds),
        cmocka_unit_test(values_are_pillows),
        cmocka_unit_test(no_pixels_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
