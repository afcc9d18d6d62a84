/*
 * A blurred copy is judged as one, and nothing else is: the reference is smoothed as far as the
 * query is soft, never to make two pictures alike.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "base/random.h"
#include "match/agreement.h"
#include "match/softness.h"
#include "scene.h"

#include <math.h>
#include <string.h>

#define HEIGHT 0.75F

static const imx_transform same = {{1, 0, 0, 0, 1, 0, 0, 0}};

static imx_sketch sketch_of(const drawing *picture) {
    imx_sketch sketch;
    assert_int_equal(imx_sketch_make(&sketch, picture_view(picture), NULL), IMGMATCH_OK);
    return sketch;
}

static imx_agreement measure(const drawing *query, const imx_sketch *reference) {
    imx_features *features;
    assert_int_equal(imx_features_find(&features, picture_view(query), IMX_FEATURES_STANDARD, NULL),
                     IMGMATCH_OK);
    imx_agreement agreement;
    imx_agreement_measure(&agreement, features, reference, &same);
    imx_features_free(features);
    return agreement;
}

static drawing picture_of(uint64_t seed) {
    drawn_scene scene;
    scene_make(&scene, seed, HEIGHT);
    return picture_whole(&scene, 480);
}

/* The query's brightness is the reference's own, smoothed or not. */
static imx_overlay overlay_of(const imx_sketch *sketch) {
    imx_overlay overlay = {.width = sketch->thumbnail_width, .height = sketch->thumbnail_height};
    overlay.covered = overlay.width * overlay.height;
    for (size_t i = 0; i < overlay.covered; i++) {
        overlay.inside[i] = true;
        overlay.luma[i] = (float)sketch->luma[i];
    }
    return overlay;
}

static void a_sharp_query_leaves_the_reference_as_it_is(void **state) {
    (void)state;
    drawing whole = picture_of(3);
    const imx_sketch sketch = sketch_of(&whole);
    imx_sketch room;
    float variance = -1;
    imx_overlay overlay = overlay_of(&sketch);
    assert_ptr_equal(imx_softened(&room, &variance, &sketch, &overlay), &sketch);
    assert_true(variance == 0);
    /* Another picture that is as sharp, and one with noise. */
    drawing other = picture_of(4);
    const imx_sketch stranger = sketch_of(&other);
    overlay = overlay_of(&stranger);
    assert_ptr_equal(imx_softened(&room, &variance, &sketch, &overlay), &sketch);
    overlay = overlay_of(&sketch);
    imx_random random = {7};
    for (size_t i = 0; i < overlay.covered; i++) {
        overlay.luma[i] += (float)imx_random_below(&random, 41) - 20;
    }
    assert_ptr_equal(imx_softened(&room, &variance, &sketch, &overlay), &sketch);
    picture_free(&other);
    picture_free(&whole);
}

static void a_blurred_query_is_met_by_as_soft_a_reference(void **state) {
    (void)state;
    float last = 0;
    for (int radius = 6; radius <= 18; radius += 4) { /* Of 480 pixels; 48 are compared. */
        drawing whole = picture_of(5);
        const imx_sketch sketch = sketch_of(&whole);
        picture_blur(&whole, radius);
        imx_agreement found = measure(&whole, &sketch);
        /* Three boxes of 2 r + 1 pixels have a variance of ((2 r + 1)^2 - 1) / 4. */
        float side = (float)(2 * radius + 1) / 10;
        assert_true(found.softened > last);
        assert_true(fabsf(found.softened - side * side / 4) < 0.25F * side * side / 4 + 0.2F);
        assert_true(found.correlation > 0.995F);
        assert_true(found.cells_median > 0.99F && found.cells_agree == 1);
        assert_true(found.subject_cells > 0.98F);
        assert_true(found.subject_shift < 5 && found.core_shift < 5);
        assert_true(found.shifts == 0 || found.shift < 0.1F);
        last = found.softened;
        picture_free(&whole);
    }
}

static void a_blurred_stranger_stays_one(void **state) {
    (void)state;
    drawing whole = picture_of(5);
    drawing stranger = picture_of(6);
    const imx_sketch sketch = sketch_of(&whole);
    picture_blur(&stranger, 10);
    imx_agreement found = measure(&stranger, &sketch);
    assert_true(found.softened > 0);
    assert_true(found.cells_median < 0.5F && found.cells_agree < 0.3F);
    assert_true(found.subject_shift > 10);
    picture_free(&stranger);
    picture_free(&whole);
}

/* A garment on white with folds, whose shade is a function of the place, with checks on it or
 * without. */
static drawing garment(bool checked) {
    drawing picture = picture_of(5);
    const uint8_t white[3] = {255, 255, 255};
    picture_fill(&picture, 0, 0, 1, 1, white);
    for (int i = 0; i < 30; i++) {
        for (int k = 0; k < 16; k++) {
            float fold = 20 * sinf((float)i / 5) + 12 * cosf((float)k / 4);
            float check = checked && (i / 2 + k) % 2 == 0 ? 60 : 0;
            uint8_t level = (uint8_t)(130 + fold - check);
            const uint8_t grey[3] = {level, level, level};
            picture_fill(&picture, 0.2F + 0.02F * (float)i, 0.15F + 0.044F * (float)k, 0.02F,
                         0.044F, grey);
        }
    }
    return picture;
}

/* A plain product is no blurred one with a pattern: its outline is as sharp. */
static void a_plain_query_does_not_wash_a_pattern_out(void **state) {
    (void)state;
    drawing checked = garment(true);
    drawing plain = garment(false);
    const imx_sketch sketch = sketch_of(&checked);
    imx_agreement found = measure(&plain, &sketch);
    assert_true(found.softened == 0);
    assert_true(found.subject_cells < 0.6F);
    /* While the checked one is found again through as much blur. */
    picture_blur(&checked, 10);
    found = measure(&checked, &sketch);
    assert_true(found.softened > 0.5F);
    assert_true(found.subject_cells > 0.95F);
    picture_free(&checked);
    picture_free(&plain);
}

/* Nothing is to be seen of softness where the query or the reference is of one level. */
static void what_is_flat_has_no_softness(void **state) {
    (void)state;
    drawing whole = picture_of(8);
    const imx_sketch sketch = sketch_of(&whole);
    const uint8_t grey[3] = {120, 120, 120};
    picture_fill(&whole, 0, 0, 1, 1, grey);
    const imx_sketch flat = sketch_of(&whole);
    imx_sketch room;
    float variance = -1;
    imx_overlay overlay = overlay_of(&flat);
    assert_ptr_equal(imx_softened(&room, &variance, &sketch, &overlay), &sketch);
    assert_true(variance == 0);
    overlay = overlay_of(&sketch);
    assert_ptr_equal(imx_softened(&room, &variance, &flat, &overlay), &flat);
    /* Nor where hardly anything of it is in the query. */
    memset(overlay.inside, 0, sizeof overlay.inside);
    assert_ptr_equal(imx_softened(&room, &variance, &sketch, &overlay), &sketch);
    picture_free(&whole);
}

/* The widest smoothing is bounded: a query that became nearly one level at all ends there. */
static void smoothing_is_bounded(void **state) {
    (void)state;
    drawing whole = picture_of(9);
    const imx_sketch sketch = sketch_of(&whole);
    imx_overlay overlay = overlay_of(&sketch);
    for (size_t i = 0; i < overlay.covered; i++) { /* A ramp. */
        overlay.luma[i] = 4 * (float)(i % overlay.width);
    }
    imx_sketch room;
    float variance = -1;
    assert_ptr_equal(imx_softened(&room, &variance, &sketch, &overlay), &room);
    assert_true(variance > 0 && variance <= IMX_SOFTEST);
    picture_free(&whole);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sharp_query_leaves_the_reference_as_it_is),
        cmocka_unit_test(a_blurred_query_is_met_by_as_soft_a_reference),
        cmocka_unit_test(a_blurred_stranger_stays_one),
        cmocka_unit_test(a_plain_query_does_not_wash_a_pattern_out),
        cmocka_unit_test(what_is_flat_has_no_softness),
        cmocka_unit_test(smoothing_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
