/*
 * A reference's sketch lives in a file for years and is compared with features that are found
 * later: what is written has to be read back as it was, damaged bytes must do no harm, and a
 * mirrored picture must have the mirrored descriptors, because nobody looks for its features again.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "base/random.h"
#include "fingerprint/descriptor.h"
#include "fingerprint/sketch.h"
#include "match/agreement.h"
#include "match/geometry.h"
#include "scene.h"

#include <stdlib.h>
#include <string.h>

static imx_sketch sketch_of(uint64_t seed, uint32_t width, float height) {
    drawn_scene scene;
    scene_make(&scene, seed, height);
    drawing whole = picture_whole(&scene, width);
    imx_sketch sketch;
    assert_int_equal(imx_sketch_make(&sketch, picture_view(&whole), NULL), IMGMATCH_OK);
    picture_free(&whole);
    return sketch;
}

/* Whatever the shape of the picture, the sketch is bounded and survives storage bit for bit. */
static void stored_sketch_comes_back(void **state) {
    (void)state;
    const struct {
        uint32_t width;
        float height;
    } shapes[] = {{400, 1}, {500, 0.6F}, {120, 2.5F}, {37, 1}, {16, 1}, {700, 0.03F}};
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        imx_sketch sketch = sketch_of(7 + i, shapes[i].width, shapes[i].height);
        uint8_t bytes[IMX_SKETCH_MAX_BYTES];
        size_t size = imx_sketch_write(bytes, &sketch);
        assert_true(size > 0 && size <= IMX_SKETCH_MAX_BYTES);
        imx_sketch again;
        assert_int_equal(imx_sketch_read(&again, bytes, size, NULL), IMGMATCH_OK);
        assert_memory_equal(&again, &sketch, sizeof sketch);
    }
}

static void detailed_picture_fills_the_sketch(void **state) {
    (void)state;
    imx_sketch sketch = sketch_of(1, 500, 0.8F);
    assert_int_equal(sketch.feature_count, IMX_SKETCH_MAX_FEATURES);
    assert_int_equal(sketch.thumbnail_width, 48);
    assert_int_equal(sketch.thumbnail_height, 38);
    /* Spread over the picture: every quarter has its share. */
    int quarters[4] = {0};
    for (uint32_t i = 0; i < sketch.feature_count; i++) {
        quarters[(sketch.features[i].x > 0.5F) + 2 * (sketch.features[i].y > 0.4F)]++;
    }
    for (int i = 0; i < 4; i++) {
        assert_in_range(quarters[i], IMX_SKETCH_MAX_FEATURES / 8, IMX_SKETCH_MAX_FEATURES / 2);
    }
}

/* A plain wall has no features; that is an answer, not an error. */
static void plain_picture_has_no_features(void **state) {
    (void)state;
    uint8_t rgb[64 * 64 * 3];
    memset(rgb, 200, sizeof rgb);
    imx_pixels view = {rgb, 64, 64, 64 * 3};
    imx_features *features;
    assert_int_equal(imx_features_find(&features, view, IMX_FEATURES_STANDARD, NULL), IMGMATCH_OK);
    assert_int_equal(features->count, 0);
    assert_true(features->level_count > 0);
    imx_features_free(features);
    imx_sketch sketch;
    assert_int_equal(imx_sketch_make(&sketch, view, NULL), IMGMATCH_OK);
    assert_int_equal(sketch.feature_count, 0);
}

static void tiny_and_empty_pictures(void **state) {
    (void)state;
    const uint8_t pixel[3] = {1, 2, 3};
    imx_sketch sketch;
    imx_features *features;
    imx_pixels one = {pixel, 1, 1, 3};
    imx_pixels none = {pixel, 0, 0, 0};
    assert_int_equal(imx_sketch_make(&sketch, one, NULL), IMGMATCH_OK);
    assert_int_equal(imx_features_find(&features, one, IMX_FEATURES_THOROUGH, NULL), IMGMATCH_OK);
    imx_features_free(features);
    assert_int_equal(imx_sketch_make(&sketch, none, NULL), IMGMATCH_ERR_ARGUMENT);
    assert_int_equal(imx_features_find(&features, none, IMX_FEATURES_STANDARD, NULL),
                     IMGMATCH_ERR_ARGUMENT);
    assert_null(features);
}

static void cut_short_or_too_long_is_damaged(void **state) {
    (void)state;
    imx_sketch sketch = sketch_of(3, 200, 0.7F);
    uint8_t bytes[IMX_SKETCH_MAX_BYTES + 1] = {0};
    size_t size = imx_sketch_write(bytes, &sketch);
    imx_sketch out;
    for (size_t cut = 0; cut < size; cut++) {
        /* A copy of its own size, so that a sanitizer sees a read past the end. */
        uint8_t *part = malloc(cut + 1);
        assert_non_null(part);
        memcpy(part, bytes, cut);
        assert_int_equal(imx_sketch_read(&out, part, cut, NULL), IMGMATCH_ERR_CATALOGUE);
        free(part);
    }
    assert_int_equal(imx_sketch_read(&out, bytes, size + 1, NULL), IMGMATCH_ERR_CATALOGUE);
    bytes[2]++;
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    assert_int_equal(imx_sketch_read(&out, bytes, size, &diag), IMGMATCH_ERR_CATALOGUE);
    assert_non_null(strstr(diag.message, "version"));
}

/* Bytes that pass as a sketch but hold nonsense can be compared without harm. */
static void nonsense_does_no_harm(void **state) {
    (void)state;
    drawn_scene scene;
    scene_make(&scene, 5, 0.75F);
    drawing whole = picture_whole(&scene, 240);
    imx_features *features;
    assert_int_equal(
        imx_features_find(&features, picture_view(&whole), IMX_FEATURES_STANDARD, NULL),
        IMGMATCH_OK);
    imx_sketch sketch = sketch_of(5, 240, 0.75F);
    uint8_t bytes[IMX_SKETCH_MAX_BYTES];
    size_t size = imx_sketch_write(bytes, &sketch);
    imx_random random = {11};
    int read = 0;
    for (int round = 0; round < 200; round++) {
        uint8_t damaged[IMX_SKETCH_MAX_BYTES];
        memcpy(damaged, bytes, size);
        /* The header now and then, the rest in many places. */
        for (int i = 0; i < 300; i++) {
            damaged[24 + imx_random_below(&random, (uint32_t)size - 24)] =
                (uint8_t)imx_random_below(&random, 256);
        }
        if (round % 3 == 0) {
            damaged[imx_random_below(&random, 24)] = (uint8_t)imx_random_below(&random, 256);
        }
        imx_sketch out;
        if (imx_sketch_read(&out, damaged, size, NULL) == IMGMATCH_OK) {
            imx_geometry geometry;
            imx_agreement agreement;
            imx_transform upright = {{1, 0, 0, 0, 1, 0}};
            imx_geometry_find(&geometry, features, &out);
            imx_agreement_refine(&agreement, features, &out, &geometry.matrix);
            imx_agreement_direct(&agreement, features, &out, &upright, 1);
            read++;
        }
    }
    assert_true(read > 100);
    imx_features_free(features);
    picture_free(&whole);
}

/* Mirroring a reduced descriptor is the same as reducing the mirrored one, exactly. */
static void mirror_of_a_descriptor(void **state) {
    (void)state;
    imx_random random = {17};
    for (int round = 0; round < 100; round++) {
        float sift[128];
        float mirrored[128];
        for (int i = 0; i < 128; i++) {
            sift[i] = (float)imx_random_unit(&random);
        }
        for (int y = 0; y < 4; y++) {
            for (int x = 0; x < 4; x++) {
                for (int direction = 0; direction < 8; direction++) {
                    mirrored[((3 - y) * 4 + x) * 8 + (8 - direction) % 8] =
                        sift[(y * 4 + x) * 8 + direction];
                }
            }
        }
        int8_t from_mirrored[IMX_DESCRIPTOR_BYTES];
        int8_t reduced[IMX_DESCRIPTOR_BYTES];
        int8_t turned[IMX_DESCRIPTOR_BYTES];
        imx_descriptor_reduce(from_mirrored, mirrored);
        imx_descriptor_reduce(reduced, sift);
        imx_descriptor_mirror(turned, reduced);
        for (int i = 0; i < IMX_DESCRIPTOR_BYTES; i++) {
            assert_in_range(from_mirrored[i] - turned[i] + 1, 0, 2); /* Rounding. */
        }
    }
}

static void same_picture_same_features(void **state) {
    (void)state;
    imx_sketch first = sketch_of(23, 320, 1.2F);
    imx_sketch second = sketch_of(23, 320, 1.2F);
    assert_memory_equal(&first, &second, sizeof first);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stored_sketch_comes_back),
        cmocka_unit_test(detailed_picture_fills_the_sketch),
        cmocka_unit_test(plain_picture_has_no_features),
        cmocka_unit_test(tiny_and_empty_pictures),
        cmocka_unit_test(cut_short_or_too_long_is_damaged),
        cmocka_unit_test(nonsense_does_no_harm),
        cmocka_unit_test(mirror_of_a_descriptor),
        cmocka_unit_test(same_picture_same_features),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
