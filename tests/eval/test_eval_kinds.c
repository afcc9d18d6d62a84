/*
 * A benchmark is only worth something when every alteration does what its name says, at a size that
 * the library reads, and the same for the same seed. The smallest and odd shapes are where drawing
 * code reads past an edge.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "eval/kinds.h"
#include "eval/recolour.h"

#include <stdlib.h>
#include <string.h>

static const eval_colour white = {{255, 255, 255}};

/* A coloured slope with stripes on a white ground: no two places look the same. */
static eval_picture draw(int width, int height) {
    eval_picture picture;
    assert_true(eval_picture_new(&picture, width, height, white));
    for (int y = height / 5; y < height - height / 5; y++) {
        for (int x = width / 5; x < width - width / 5; x++) {
            uint8_t *pixel = eval_pixel(&picture, x, y);
            pixel[0] = (uint8_t)(40 + 180 * x / width);
            pixel[1] = (uint8_t)(30 + 120 * y / height);
            pixel[2] = (uint8_t)((x / 5 + y / 7) % 2 ? 60 : 130);
        }
    }
    return picture;
}

static bool same(const eval_picture *a, const eval_picture *b) {
    return a->width == b->width && a->height == b->height &&
           memcmp(a->rgb, b->rgb, 3 * (size_t)a->width * (size_t)a->height) == 0;
}

static eval_draft start(const eval_picture *filler, int width, int height, uint64_t seed) {
    eval_draft draft = {.picture = draw(width, height),
                        .dice = eval_dice_new(seed, "test"),
                        .quality = 90,
                        .fillers = filler,
                        .filler_count = 1};
    return draft;
}

static eval_draft alter(const char *kind, int strength, const eval_picture *filler, int width,
                        int height, uint64_t seed) {
    eval_draft draft = start(filler, width, height, seed);
    draft.strength = strength;
    assert_non_null(eval_kind_find(kind));
    assert_true(eval_kind_find(kind)->apply(&draft));
    return draft;
}

static void test_every_kind_changes_the_photo_and_repeats(void **state) {
    (void)state;
    static const int sizes[][2] = {{200, 150}, {48, 48}, {61, 300}, {300, 53}};
    eval_picture filler = draw(90, 70);
    for (const eval_kind *kind = eval_kinds(); kind < eval_kinds() + EVAL_KIND_COUNT; kind++) {
        for (int strength = 0; strength < EVAL_STRENGTHS; strength++) {
            for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
                int width = sizes[i][0], height = sizes[i][1];
                eval_picture before = draw(width, height);
                eval_draft once = alter(kind->name, strength, &filler, width, height, i);
                eval_draft again = alter(kind->name, strength, &filler, width, height, i);
                assert_true(same(&once.picture, &again.picture));
                assert_string_equal(once.parameters, again.parameters);
                assert_true(once.parameters[0] != '\0');
                assert_true(once.picture.width >= 16 && once.picture.height >= 16);
                if (same(&once.picture, &before) && once.quality == 90)
                    fail_msg("%s changes nothing at strength %d", kind->name, strength);
                eval_picture_free(&before);
                eval_picture_free(&once.picture);
                eval_picture_free(&again.picture);
            }
        }
    }
    eval_picture_free(&filler);
}

/* Its least size is more than a thin photo has. */
static void test_a_patch_stays_in_a_thin_photo(void **state) {
    (void)state;
    static const int sizes[][2] = {{300, 1}, {1, 300}, {3, 3}};
    eval_picture filler = draw(90, 70);
    for (size_t i = 0; i < 3; i++) {
        for (uint64_t seed = 0; seed < 20; seed++) {
            eval_draft draft = alter("blurred-patch", (int)(seed % EVAL_STRENGTHS), &filler,
                                     sizes[i][0], sizes[i][1], seed);
            assert_int_equal(draft.picture.width, sizes[i][0]);
            assert_int_equal(draft.picture.height, sizes[i][1]);
            eval_picture_free(&draft.picture);
        }
    }
    eval_picture_free(&filler);
}

static void test_strengths_grow(void **state) {
    (void)state;
    static const double left[EVAL_STRENGTHS][2] = {{0.6, 0.85}, {0.34, 0.52}, {0.17, 0.3}};
    static const int sides[EVAL_STRENGTHS] = {200, 100, 50};
    eval_picture filler = draw(90, 70);
    for (int strength = 0; strength < EVAL_STRENGTHS; strength++) {
        eval_draft crop = alter("crop", strength, &filler, 400, 400, 3);
        eval_draft small = alter("downscale", strength, &filler, 400, 400, 3);
        double area = crop.picture.width * crop.picture.height / 160000.0;
        assert_true(area > left[strength][0] && area < left[strength][1]);
        assert_int_equal(small.picture.width, sides[strength]);
        eval_picture_free(&crop.picture);
        eval_picture_free(&small.picture);
    }
    eval_picture_free(&filler);
}

static void test_mirrors_and_turns_move_pixels_only(void **state) {
    (void)state;
    eval_picture before = draw(90, 60);
    eval_draft mirrored = alter("mirror", EVAL_MILD, &before, 90, 60, 1);
    eval_draft turned = alter("turn", EVAL_MILD, &before, 90, 60, 1);
    assert_memory_equal(eval_pixel(&mirrored.picture, 89 - 30, 25), eval_pixel(&before, 30, 25), 3);
    assert_memory_equal(eval_pixel(&turned.picture, 89 - 30, 59 - 25), eval_pixel(&before, 30, 25),
                        3);
    assert_true(eval_alter_mirror(&mirrored));
    assert_true(same(&mirrored.picture, &before));
    assert_true(eval_alter_turn(&turned));
    assert_true(same(&turned.picture, &before));
    eval_picture_free(&before);
    eval_picture_free(&mirrored.picture);
    eval_picture_free(&turned.picture);
}

static void test_grey_is_grey(void **state) {
    (void)state;
    eval_picture filler = draw(40, 40);
    eval_draft draft = alter("grey", EVAL_MEDIUM, &filler, 80, 80, 1);
    for (size_t i = 0; i < 80 * 80; i++) {
        const uint8_t *pixel = draft.picture.rgb + 3 * i;
        assert_true(pixel[0] == pixel[1] && pixel[1] == pixel[2]);
    }
    eval_picture_free(&draft.picture);
    eval_picture_free(&filler);
}

/* A picture that is drawn into its own frame stays what it is; resized up and down, nearly. */
static void test_drawing_and_resizing_keep_the_picture(void **state) {
    (void)state;
    const double corners[4][2] = {{0, 0}, {120, 0}, {120, 80}, {0, 80}};
    eval_picture before = draw(120, 80), after, large, back;
    assert_true(eval_picture_new(&after, 120, 80, white));
    assert_true(eval_picture_draw(&after, &before, corners));
    assert_true(eval_picture_resize(&large, &before, 360, 240));
    assert_true(eval_picture_resize(&back, &large, 120, 80));
    for (size_t i = 0; i < 3 * 120 * 80; i++)
        assert_true(abs(after.rgb[i] - before.rgb[i]) <= 1);
    assert_true(abs(eval_pixel(&back, 60, 40)[0] - eval_pixel(&before, 60, 40)[0]) <= 8);
    eval_picture_free(&before);
    eval_picture_free(&after);
    eval_picture_free(&large);
    eval_picture_free(&back);
}

static void test_the_subject_is_what_is_not_ground(void **state) {
    (void)state;
    eval_picture picture = draw(100, 100), mask, flat;
    bool plain = false;
    assert_true(eval_find_subject(&mask, &plain, &picture));
    assert_true(plain);
    assert_int_equal(eval_pixel(&mask, 50, 50)[0], 255);
    assert_int_equal(eval_pixel(&mask, 5, 5)[0], 0);
    eval_picture_free(&mask);
    assert_true(eval_picture_new(&flat, 100, 100, white));
    assert_true(eval_find_subject(&mask, &plain, &flat));
    assert_false(plain);
    eval_picture_free(&mask);
    eval_picture_free(&flat);
    /* A table behind the product. It is not ground, being far from the mean of the edges; white is,
     * at most of the edges first, and then at too few of them. */
    static const struct {
        int from;
        bool plain;
    } tables[] = {{90, true}, {66, false}};
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        for (int y = tables[i].from; y < 100; y++)
            for (int x = 0; x < 100; x++)
                memset(eval_pixel(&picture, x, y), 185, 3);
        assert_true(eval_find_subject(&mask, &plain, &picture));
        assert_int_equal(plain, tables[i].plain);
        eval_picture_free(&mask);
    }
    eval_picture_free(&picture);
}

static void test_stacks_hold_different_kinds(void **state) {
    (void)state;
    eval_picture filler = draw(90, 70);
    for (uint64_t seed = 0; seed < 60; seed++) {
        int count = EVAL_LEAST_STACK + (int)(seed % 3), named = 0;
        eval_draft draft = start(&filler, 120, 90, seed);
        draft.strength = EVAL_SEVERE;
        assert_true(eval_stack_apply(&draft, count));
        assert_int_equal(draft.strength, EVAL_SEVERE);
        assert_true(draft.picture.width >= 16 && draft.picture.height >= 16);
        for (const char *at = strchr(draft.parameters, '['); at; at = strchr(at + 1, '['))
            named++;
        assert_int_equal(named, count);
        eval_picture_free(&draft.picture);
    }
    eval_picture_free(&filler);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_kind_changes_the_photo_and_repeats),
        cmocka_unit_test(test_a_patch_stays_in_a_thin_photo),
        cmocka_unit_test(test_strengths_grow),
        cmocka_unit_test(test_mirrors_and_turns_move_pixels_only),
        cmocka_unit_test(test_grey_is_grey),
        cmocka_unit_test(test_drawing_and_resizing_keep_the_picture),
        cmocka_unit_test(test_the_subject_is_what_is_not_ground),
        cmocka_unit_test(test_stacks_hold_different_kinds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
