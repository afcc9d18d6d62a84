/*
 * A photographed screen or print is looked at from the front, or a copy on it is not found at all:
 * its corners have to be right to the pixel, and ordinary pictures must have none.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "base/random.h"
#include "fingerprint/features.h"
#include "match/agreement.h"
#include "match/sheet.h"
#include "unit/scene.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define GROUND 14

/* Corners in fractions of the picture. */
static const imx_point places[][4] = {
    {{0.11F, 0.13F}, {0.90F, 0.19F}, {0.77F, 0.90F}, {0.20F, 0.78F}}, /* A screen from above. */
    {{0.22F, 0.21F}, {0.84F, 0.17F}, {0.81F, 0.80F}, {0.01F, 0.98F}}, /* Very near at one end. */
    {{0.20F, 0.05F}, {0.95F, 0.22F}, {0.80F, 0.93F}, {0.06F, 0.75F}}, /* Turned. */
    {{0.08F, 0.10F}, {0.93F, 0.08F}, {0.94F, 0.93F}, {0.06F, 0.91F}}, /* Nearly upright. */
};
#define PLACES (sizeof places / sizeof *places)

/* The scene with its corners there. */
static drawing draw_at(const drawn_scene *scene, uint32_t width, uint32_t height,
                       const imx_point corners[4]) {
    imx_transform transform = imx_transform_to(corners);
    imx_inverse back;
    assert_true(imx_transform_invert(&back, &transform));
    float matrix[8];
    for (int i = 0; i < 8; i++) {
        matrix[i] = back.m[i] / back.m[8];
    }
    return picture_draw_in_perspective(scene, width, height, matrix, GROUND);
}

/* Nothing in it is as dark as the ground around it. */
static drawn_scene bright_scene(uint64_t seed) {
    drawn_scene scene;
    scene_make(&scene, seed, 0.75F);
    memset(scene.ground, 230, sizeof scene.ground);
    for (int i = 0; i < scene.count; i++) {
        for (int c = 0; c < 3; c++) {
            scene.shapes[i].colour[c] = (uint8_t)(80 + scene.shapes[i].colour[c] * 2 / 3);
        }
    }
    return scene;
}

static bool find(imx_layout *layout, const drawing *picture) {
    assert_int_equal(imx_layout_find(layout, picture_view(picture), IMX_LAYOUT_WITH_PARTS, NULL),
                     IMGMATCH_OK);
    return layout->has_sheet;
}

static void expect_corners(const imx_layout *layout, const drawing *picture,
                           const imx_point corners[4], float slack) {
    for (int i = 0; i < 4; i++) {
        float x = corners[i].x * (float)picture->width;
        float y = corners[i].y * (float)picture->height;
        if (hypotf(layout->sheet[i].x - x, layout->sheet[i].y - y) > slack) {
            fail_msg("corner %d at %.1f, %.1f, not at %.1f, %.1f", i, (double)layout->sheet[i].x,
                     (double)layout->sheet[i].y, (double)x, (double)y);
        }
    }
}

static void the_transform_takes_the_square_to_its_corners(void **state) {
    (void)state;
    static const imx_point square[4] = {{0, 0}, {1, 0}, {1, 1}, {0, 1}};
    for (size_t i = 0; i < PLACES; i++) {
        imx_transform transform = imx_transform_to(places[i]);
        for (int k = 0; k < 4; k++) {
            imx_point at = imx_transform_apply(&transform, square[k]);
            assert_true(hypotf(at.x - places[i][k].x, at.y - places[i][k].y) < 1e-5F);
        }
    }
    static const imx_point parallelogram[4] = {{1, 1}, {3, 2}, {4, 4}, {2, 3}};
    imx_transform affine = imx_transform_to(parallelogram);
    assert_true(imx_transform_is_affine(&affine));
}

/* In small pictures, and in those that are reduced to find it. */
static void corners_are_found(void **state) {
    (void)state;
    static const uint32_t widths[] = {224, 480, 1600};
    for (size_t i = 0; i < PLACES * 3; i++) {
        drawn_scene scene = bright_scene(40 + i);
        uint32_t width = widths[i / PLACES];
        drawing picture = draw_at(&scene, width, width * 3 / 4, places[i % PLACES]);
        imx_layout layout;
        assert_true(find(&layout, &picture));
        expect_corners(&layout, &picture, places[i % PLACES], (float)width / 160);
        picture_free(&picture);
    }
}

static void noise_on_the_ground_does_not_hide_it(void **state) {
    (void)state;
    drawn_scene scene = bright_scene(60);
    drawing picture = draw_at(&scene, 320, 240, places[0]);
    imx_random random = {5};
    for (size_t i = 0; i < (size_t)3 * picture.width * picture.height; i++) {
        int level = picture.rgb[i] + (int)imx_random_below(&random, 21) - 10;
        picture.rgb[i] = (uint8_t)(level < 0 ? 0 : level > 255 ? 255 : level);
    }
    imx_layout layout;
    assert_true(find(&layout, &picture));
    expect_corners(&layout, &picture, places[0], 2);
    picture_free(&picture);
}

/* Upright pictures are borders' and insets', and shapes with more than four corners nobody's. */
static void other_shapes_are_none(void **state) {
    (void)state;
    static const float rects[][4] = {
        {0.1F, 0.1F, 0.8F, 0.8F}, {0.3F, 0.2F, 0.5F, 0.5F}, {0, 0, 1, 1}, {0.4F, 0, 0.3F, 1}};
    static const uint8_t bright[3] = {220, 225, 215};
    static const uint8_t dark[3] = {GROUND, GROUND, GROUND};
    imx_layout layout;
    for (size_t i = 0; i < 4; i++) {
        drawn_scene scene = bright_scene(70 + i);
        drawing picture = picture_whole(&scene, 320);
        picture_fill(&picture, 0, 0, 1, 1, dark);
        picture_fill(&picture, rects[i][0], rects[i][1], rects[i][2], rects[i][3], bright);
        assert_false(find(&layout, &picture));
        /* An L. */
        picture_fill(&picture, 0, 0, 1, 1, dark);
        picture_fill(&picture, 0.1F, 0.1F, 0.3F, 0.8F, bright);
        picture_fill(&picture, 0.1F, 0.6F, 0.8F, 0.3F, bright);
        assert_false(find(&layout, &picture));
        picture_free(&picture);
    }
    for (uint64_t seed = 80; seed < 110; seed++) {
        drawn_scene scene;
        scene_make(&scene, seed, 0.75F);
        drawing picture = picture_whole(&scene, 320);
        assert_false(find(&layout, &picture));
        picture_free(&picture);
    }
}

static float difference(const uint8_t *a, const uint8_t *b, size_t count) {
    float sum = 0;
    for (size_t i = 0; i < count; i++) {
        sum += fabsf((float)a[i] - (float)b[i]);
    }
    return sum / (float)count;
}

static void it_is_drawn_from_the_front(void **state) {
    (void)state;
    static const float as_is[6] = {1, 0, 0, 0, 1, 0};
    static uint8_t drawn[3 * IMX_SHEET_SIDE * IMX_SHEET_SIDE];
    for (size_t i = 0; i < PLACES * 2; i++) {
        drawn_scene scene = bright_scene(120 + i);
        uint32_t width = i < PLACES ? 400 : 1800;
        drawing picture = draw_at(&scene, width, width * 3 / 4, places[i % PLACES]);
        drawing front = picture_draw(&scene, IMX_SHEET_SIDE, IMX_SHEET_SIDE, as_is, GROUND);
        imx_layout layout;
        assert_true(find(&layout, &picture));
        assert_int_equal(imx_sheet_draw(drawn, picture_view(&picture), layout.sheet, NULL),
                         IMGMATCH_OK);
        assert_true(difference(drawn, front.rgb, sizeof drawn) < 10);
        picture_free(&front);
        picture_free(&picture);
    }
}

/* A screen's frame comes off, as seen in the drawing. */
static void a_frame_is_trimmed(void **state) {
    (void)state;
    drawn_scene scene = bright_scene(140);
    drawing picture = draw_at(&scene, 800, 600, places[0]);
    imx_layout layout;
    assert_true(find(&layout, &picture));
    imx_corner corners[4];
    for (int i = 0; i < 4; i++) {
        corners[i] = layout.sheet[i];
    }
    const uint32_t frame = IMX_SHEET_SIDE / 8;
    imx_sheet_trim(corners, (imx_rect){frame, 0, IMX_SHEET_SIDE - frame, IMX_SHEET_SIDE});
    imx_transform transform = imx_sheet_transform(layout.sheet, 800, 600);
    const imx_point moved[4] = {{0.125F, 0}, {1, 0}, {1, 1}, {0.125F, 1}};
    for (int i = 0; i < 4; i++) {
        imx_point expected = imx_transform_apply(&transform, moved[i]);
        assert_true(fabsf(corners[i].x / 800 - expected.x) < 1e-4F);
        assert_true(fabsf(corners[i].y / 600 - expected.y) < 1e-4F);
    }
    picture_free(&picture);
}

/* What has no features is compared pixel by pixel where the sheet is. */
static void pixels_are_compared_on_it(void **state) {
    (void)state;
    drawn_scene scene = bright_scene(150);
    drawing whole = picture_whole(&scene, 320);
    picture_blur(&whole, 2);
    imx_sketch sketch;
    assert_int_equal(imx_sketch_make(&sketch, picture_view(&whole), NULL), IMGMATCH_OK);
    drawing picture = draw_at(&scene, 480, 360, places[1]);
    picture_blur(&picture, 2);
    imx_layout layout;
    assert_true(find(&layout, &picture));
    imx_features *features;
    assert_int_equal(
        imx_features_find(&features, picture_view(&picture), IMX_FEATURES_STANDARD, NULL),
        IMGMATCH_OK);
    const imx_transform parts[2] = {{{1, 0, 0, 0, 1, 0}},
                                    imx_sheet_transform(layout.sheet, 480, 360)};
    imx_agreement found;
    imx_agreement_direct(&found, features, &sketch, parts, 1);
    assert_false(found.measured && found.correlation > 0.8F);
    imx_agreement_direct(&found, features, &sketch, parts, 2);
    assert_true(found.measured && found.correlation > 0.95F);
    imx_features_free(features);
    picture_free(&picture);
    picture_free(&whole);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_transform_takes_the_square_to_its_corners),
        cmocka_unit_test(corners_are_found),
        cmocka_unit_test(noise_on_the_ground_does_not_hide_it),
        cmocka_unit_test(other_shapes_are_none),
        cmocka_unit_test(it_is_drawn_from_the_front),
        cmocka_unit_test(a_frame_is_trimmed),
        cmocka_unit_test(pixels_are_compared_on_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
