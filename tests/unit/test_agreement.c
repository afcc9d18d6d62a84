/*
 * What the aligned pixels say where inliers do not: that a variant has other colours, that two
 * flavours share a logo and nothing else, that something lies over a part, and that a product
 * without features is the same.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "match/agreement.h"
#include "match/colour_raster.h"
#include "match/geometry.h"
#include "scene.h"

#include <math.h>
#include <string.h>

#define HEIGHT 0.75F

static const float same[6] = {1, 0, 0, 0, 1, 0};
static const uint8_t black[3] = {0, 0, 0};

static imx_sketch sketch_of(const drawing *picture) {
    imx_sketch sketch;
    assert_int_equal(imx_sketch_make(&sketch, picture_view(picture), NULL), IMGMATCH_OK);
    return sketch;
}

static imx_features *features_of(const drawing *picture) {
    imx_features *features;
    assert_int_equal(
        imx_features_find(&features, picture_view(picture), IMX_FEATURES_STANDARD, NULL),
        IMGMATCH_OK);
    return features;
}

static imx_agreement measure(const drawing *query, const imx_sketch *reference,
                             const float matrix[6]) {
    imx_features *features = features_of(query);
    imx_transform at = {{0}};
    memcpy(at.m, matrix, 6 * sizeof *matrix);
    imx_agreement agreement;
    imx_agreement_measure(&agreement, features, reference, &at);
    imx_features_free(features);
    return agreement;
}

typedef struct fixture {
    drawn_scene scene;
    drawing whole;
    imx_sketch sketch;
} fixture;

static fixture make(uint64_t seed) {
    fixture out;
    scene_make(&out.scene, seed, HEIGHT);
    out.whole = picture_whole(&out.scene, 480);
    out.sketch = sketch_of(&out.whole);
    return out;
}

static void same_picture_agrees(void **state) {
    (void)state;
    fixture self = make(3);
    drawing small = picture_whole(&self.scene, 200);
    imx_agreement found = measure(&small, &self.sketch, same);
    assert_true(found.measured);
    assert_true(found.coverage == 1);
    assert_true(found.correlation > 0.99F);
    assert_true(found.gradient > 0.95F);
    assert_true(found.cells_agree == 1);
    assert_true(found.colour_shift < 8);
    assert_true(found.hue_shift < 4);
    assert_true(fabsf(found.chroma_ratio - 1) < 0.1F);
    picture_free(&small);
    picture_free(&self.whole);
}

static void other_picture_does_not(void **state) {
    (void)state;
    fixture self = make(3);
    fixture other = make(4);
    imx_agreement found = measure(&other.whole, &self.sketch, same);
    assert_true(found.correlation < 0.5F);
    assert_true(found.cells_agree < 0.2F);
    assert_true(found.cells_median < 0.5F);
    picture_free(&other.whole);
    picture_free(&self.whole);
}

/* Tone is not disagreement. */
static void tone_is_measured(void **state) {
    (void)state;
    fixture self = make(5);
    picture_tone(&self.whole, 0.6F, 40);
    imx_agreement found = measure(&self.whole, &self.sketch, same);
    assert_true(found.correlation > 0.98F);
    assert_true(fabsf(found.gain - 0.6F) < 0.05F);
    assert_true(fabsf(found.offset - 40) < 6);
    assert_true(found.difference < 4);
    picture_free(&self.whole);
}

static void something_laid_over_spoils_its_cells_only(void **state) {
    (void)state;
    fixture self = make(6);
    fixture other = make(7);
    picture_paste(&self.whole, &other.scene, 0, 0, 0.5F, 0.5F);
    imx_agreement found = measure(&self.whole, &self.sketch, same);
    assert_true(found.cells_agree > 0.7F && found.cells_agree < 0.8F);
    for (int row = 0; row < 6; row++) {
        for (int column = 0; column < 6; column++) {
            float value = found.cells[row * 6 + column];
            assert_true(row < 3 && column < 3 ? value < 0.8F : value > 0.9F);
        }
    }
    assert_true(found.hue_shift < 5); /* The overlay's colours are not a change of colour. */
    picture_free(&other.whole);
    picture_free(&self.whole);
}

/* A picture that was changed in place, against what it was. */
static imx_agreement measure_and_free(fixture *self) {
    imx_agreement found = measure(&self->whole, &self->sketch, same);
    picture_free(&self->whole);
    return found;
}

/* The same shot in other colours: brightness alone would call it a copy. */
static void colour_variant_shows(void **state) {
    (void)state;
    fixture self = make(8);
    picture_turn_colours(&self.whole);
    imx_agreement found = measure_and_free(&self);
    assert_true(found.colour_shift > 30);

    self = make(8);
    picture_grey(&self.whole);
    found = measure_and_free(&self);
    assert_true(found.cells_agree > 0.95F);
    assert_true(found.chroma_ratio < 0.15F);

    self = make(8); /* Black for white: the shapes stay, every gradient turns round. */
    picture_tone(&self.whole, -1, 255);
    found = measure_and_free(&self);
    assert_true(found.edges > 0.9F);
    assert_true(found.gradient < -0.9F);
    assert_true(found.cells_agree == 0);
}

/* Flavours of a package: a logo that is the same, and all else different. */
static void shared_logo_agrees_in_its_own_cells_only(void **state) {
    (void)state;
    fixture first = make(10);
    fixture second = make(11);
    drawn_scene logo;
    scene_make(&logo, 12, 1);
    picture_paste(&first.whole, &logo, 0.33F, 0.33F, 0.34F, 0.34F);
    picture_paste(&second.whole, &logo, 0.33F, 0.33F, 0.34F, 0.34F);
    imx_sketch sketch = sketch_of(&first.whole);
    imx_agreement found = measure(&second.whole, &sketch, same);
    assert_true(found.cells[2 * 6 + 2] > 0.9F && found.cells[3 * 6 + 3] > 0.9F);
    assert_true(found.cells_agree < 0.3F);
    assert_true(found.cells_median < 0.6F);
    picture_free(&first.whole);
    picture_free(&second.whole);
}

static void refinement_finds_the_place(void **state) {
    (void)state;
    fixture self = make(13);
    const float crop[6] = {0.8F, 0, 0.1F, 0, 0.8F, 0.1F};
    drawing part = picture_draw(&self.scene, 480, 360, crop, 0);
    imx_features *features = features_of(&part);
    const imx_transform rough = {
        {1.27F, 0.01F, -0.145F, -0.01F, 1.23F, -0.105F}}; /* Of 1.25, -0.125. */
    imx_agreement before;
    imx_agreement after;
    imx_agreement_measure(&before, features, &self.sketch, &rough);
    imx_agreement_refine(&after, features, &self.sketch, &rough);
    assert_true(after.correlation > before.correlation && after.correlation > 0.98F);
    const float exact[6] = {1.25F, 0, -0.125F, 0, 1.25F, -0.125F};
    for (int i = 0; i < 6; i++) {
        assert_true(fabsf(after.matrix.m[i] - exact[i]) < 0.012F);
    }
    imx_features_free(features);
    picture_free(&part);
    picture_free(&self.whole);
}

/* A soft blob on a plain ground has no features; its orientation is found on the pixels. */
static void featureless_product_is_aligned_directly(void **state) {
    (void)state;
    drawn_scene scene = {.height = HEIGHT, .ground = {240, 240, 240}, .count = 2};
    scene.shapes[0] = (scene_shape){0.35F, 0.3F, 0.2F, 0.9F, 1, 0, true, {60, 80, 160}};
    scene.shapes[1] = (scene_shape){0.55F, 0.5F, 0.12F, 0.5F, 1, 0, false, {120, 120, 130}};
    drawing whole = picture_whole(&scene, 320);
    picture_blur(&whole, 8);
    imx_sketch sketch = sketch_of(&whole);
    const float turned[8][6] = {{1, 0, 0, 0, 1, 0},   {-1, 0, 1, 0, 1, 0}, {0, 1, 0, -1, 0, 1},
                                {-1, 0, 1, 0, -1, 1}, {0, -1, 1, 1, 0, 0}, {1, 0, 0, 0, -1, 1},
                                {0, 1, 0, 1, 0, 0},   {0, -1, 1, -1, 0, 1}};
    /* A part that reaches beyond the query is compared in another way. */
    const imx_transform parts[2] = {{{1, 0, 0, 0, 1, 0}}, {{1.04F, 0, -0.02F, 0, 1.04F, -0.02F}}};
    for (int i = 0; i < 16; i++) {
        const imx_transform part = parts[i / 8];
        const float *turn = turned[i % 8];
        bool upright = turn[0] != 0;
        drawing query = picture_draw(&scene, upright ? 320 : 240, upright ? 240 : 320, turn, 0);
        picture_blur(&query, 8);
        imx_features *features = features_of(&query);
        imx_agreement found;
        imx_agreement_direct(&found, features, &sketch, &part, 1);
        assert_true(found.measured);
        assert_true(found.correlation > 0.98F);
        imx_geometry geometry = {0};
        geometry.matrix = found.matrix;
        imx_geometry_from_matrix(&geometry, &features->facts, &sketch.facts);
        bool mirrored = turn[0] * turn[4] - turn[1] * turn[3] < 0;
        assert_int_equal(geometry.mirrored, mirrored);
        assert_true(geometry.query_overlap > 0.95F);
        imx_features_free(features);
        picture_free(&query);
    }
    picture_free(&whole);
}

/* In a picture with a frame, only the frame's inside is compared when it is given. */
static void frames_are_tried(void **state) {
    (void)state;
    fixture self = make(14);
    drawing framed = picture_whole(&self.scene, 480);
    picture_fill(&framed, 0, 0, 1, 1, black);
    picture_paste(&framed, &self.scene, 0.25F, 0.25F, 0.5F, 0.5F);
    imx_features *features = features_of(&framed);
    const imx_transform parts[2] = {{{1, 0, 0, 0, 1, 0}}, {{0.5F, 0, 0.25F, 0, 0.5F, 0.25F}}};
    imx_agreement found;
    imx_agreement_direct(&found, features, &self.sketch, parts, 2);
    assert_true(found.correlation > 0.98F);
    assert_true(fabsf(found.matrix.m[0] - 0.5F) < 0.02F &&
                fabsf(found.matrix.m[2] - 0.25F) < 0.02F);
    imx_features_free(features);
    picture_free(&framed);
    picture_free(&self.whole);
}

/* A packshot on another ground agrees where the product is; another product does not agree there,
 * though its ground does. */
static void subjects_are_compared_without_their_ground(void **state) {
    (void)state;
    static const uint8_t white[3] = {255, 255, 255};
    drawn_scene product;
    drawn_scene other;
    drawn_scene clutter;
    scene_make(&product, 60, 1);
    scene_make(&other, 61, 1);
    scene_make(&clutter, 62, HEIGHT);
    drawing page = picture_whole(&product, 480);
    drawing another = picture_whole(&product, 480);
    picture_fill(&page, 0, 0, 1, 1, white);
    picture_fill(&another, 0, 0, 1, 1, white);
    picture_paste(&page, &product, 0.28F, 0.22F, 0.4F, 0.56F);
    picture_paste(&another, &other, 0.28F, 0.22F, 0.4F, 0.56F);
    imx_sketch sketch = sketch_of(&page);
    drawing square = picture_whole(&product, 480);
    picture_paste(&square, &clutter, 0, 0, 1, 1);
    picture_paste(&square, &product, 0.28F, 0.22F, 0.4F, 0.56F);
    assert_true(measure(&page, &sketch, same).subject_cells > 0.98F);
    imx_agreement found = measure(&square, &sketch, same);
    assert_true(found.subject_cells > 0.9F);
    assert_true(found.cells_median < found.subject_cells);
    assert_true(measure(&another, &sketch, same).subject_cells < 0.6F);
    picture_free(&square);
    picture_free(&another);
    picture_free(&page);
}

static void parts_of_a_copy_stay_where_they_are(void **state) {
    (void)state;
    for (uint64_t seed = 20; seed < 26; seed++) {
        fixture self = make(seed);
        drawing small = picture_whole(&self.scene, 160);
        picture_blur(&small, 1);
        picture_tone(&small, 0.7F, 30);
        imx_agreement found = measure(&small, &self.sketch, same);
        assert_true(found.shifts >= 10);
        assert_true(found.shift < 0.06F);
        assert_true(found.shift <= found.shift_most);
        /* An alignment that is off a little is no move of the parts. */
        const float beside[6] = {1.01F, 0, 0.004F, 0, 0.995F, -0.003F};
        assert_true(measure(&small, &self.sketch, beside).shift < 0.06F);
        picture_free(&small);
        picture_free(&self.whole);
    }
}

/* A hundredth of the side: too little for the cells to notice. */
static void parts_that_moved_are_seen(void **state) {
    (void)state;
    for (uint64_t seed = 20; seed < 26; seed++) {
        fixture self = make(seed);
        for (int i = 0; i < self.scene.count; i++) {
            scene_shape *shape = &self.scene.shapes[i];
            float x = shape->x;
            shape->x += 0.01F * sinf(11 * shape->y);
            shape->y += 0.01F * cosf(12 * x);
        }
        drawing moved = picture_whole(&self.scene, 480);
        imx_agreement found = measure(&moved, &self.sketch, same);
        assert_true(found.cells_median > 0.85F);
        assert_true(found.shifts >= 10);
        assert_true(found.shift > 0.1F);
        picture_free(&moved);
        picture_free(&self.whole);
    }
}

/* Another product under the same outline: windows are known from the outline alone. */
static void moves_of_other_pictures_are_not_small(void **state) {
    (void)state;
    static const uint8_t white[3] = {255, 255, 255};
    int known = 0;
    for (uint64_t seed = 20; seed < 26; seed++) {
        fixture self = make(seed);
        fixture other = make(seed + 40);
        drawing query = picture_whole(&self.scene, 480);
        drawing reference = picture_whole(&self.scene, 480);
        picture_fill(&query, 0, 0, 1, 1, white);
        picture_fill(&reference, 0, 0, 1, 1, white);
        picture_paste(&query, &self.scene, 0.2F, 0.2F, 0.6F, 0.6F);
        picture_paste(&reference, &other.scene, 0.2F, 0.2F, 0.6F, 0.6F);
        imx_sketch sketch = sketch_of(&reference);
        imx_agreement found = measure(&query, &sketch, same);
        known += found.shifts > 0;
        assert_true(found.shifts == 0 || found.shift_most > 0.1F);
        picture_free(&reference);
        picture_free(&query);
        picture_free(&other.whole);
        picture_free(&self.whole);
    }
    assert_true(known > 0);
}

/* A sticker and another ground change the mean colour, and not the colour of what is seen of the
 * product; another colour of it does. */
static void colours_of_the_core_leave_stickers_out(void **state) {
    (void)state;
    static const uint8_t white[3] = {255, 255, 255};
    static const uint8_t pink[3] = {250, 60, 160};
    drawn_scene product;
    drawn_scene ground;
    scene_make(&product, 70, 1);
    scene_make(&ground, 71, 1);
    drawing page = picture_whole(&product, 480);
    drawing query = picture_whole(&ground, 480);
    picture_fill(&page, 0, 0, 1, 1, white);
    picture_paste(&page, &product, 0.15F, 0.15F, 0.7F, 0.7F);
    picture_paste(&query, &product, 0.15F, 0.15F, 0.7F, 0.7F);
    picture_fill(&query, 0.5F, 0.5F, 0.2F, 0.2F, pink);
    imx_sketch sketch = sketch_of(&page);
    imx_agreement found = measure(&query, &sketch, same);
    assert_true(found.subject_shift > 20);
    assert_true(found.core_shift < 8);
    assert_true(fabsf(found.core_brightness) < 6);
    drawing dyed = picture_whole(&product, 480);
    picture_turn_colours(&dyed);
    imx_sketch whole = sketch_of(&dyed);
    picture_turn_colours(&dyed);
    assert_true(measure(&dyed, &whole, same).core_shift > 12);
    picture_free(&dyed);
    picture_free(&query);
    picture_free(&page);
}

/* Each colour's opposite of the same brightness. */
static void turn_to_opposites(drawn_scene *scene) {
    for (int i = -1; i < scene->count; i++) {
        uint8_t *colour = i < 0 ? scene->ground : scene->shapes[i].colour;
        float brightness =
            0.299F * (float)colour[0] + 0.587F * (float)colour[1] + 0.114F * (float)colour[2];
        for (int c = 0; c < 3; c++) {
            colour[c] = (uint8_t)fminf(fmaxf(2 * brightness - (float)colour[c], 0), 255);
        }
    }
}

/* On a ground that is not plain a small product in another colour changes the mean little. */
static void small_products_in_other_colours_are_seen(void **state) {
    (void)state;
    drawn_scene ground;
    drawn_scene product;
    scene_make(&ground, 72, 1);
    scene_make(&product, 73, 1);
    drawing page = picture_whole(&ground, 480);
    picture_paste(&page, &product, 0.3F, 0.3F, 0.5F, 0.5F);
    imx_sketch sketch = sketch_of(&page);
    imx_agreement found = measure(&page, &sketch, same);
    assert_true(found.core_most_shift < 6);
    drawing variant = picture_whole(&ground, 480);
    turn_to_opposites(&product);
    picture_paste(&variant, &product, 0.3F, 0.3F, 0.5F, 0.5F);
    found = measure(&variant, &sketch, same);
    assert_true(found.core_shift < 15);
    assert_true(found.core_most_shift > 20);
    assert_true(found.core_most_left > 20);
    picture_free(&variant);
    picture_free(&page);
}

/* Tone curves and greyscale change all colours alike; other colours cannot be made so. */
static void a_change_of_tone_leaves_little(void **state) {
    (void)state;
    fixture self = make(73);
    picture_tone(&self.whole, 0.6F, 40);
    imx_agreement found = measure_and_free(&self);
    assert_true(found.core_most_shift > 12);
    assert_true(found.core_most_left < 5);

    self = make(73); /* Bright levels are cut off: no gain tells that, but a curve does. */
    picture_tone(&self.whole, 1.3F, 30);
    found = measure_and_free(&self);
    assert_true(found.core_most_shift > 25);
    assert_true(found.core_most_left < 10.5F); /* By gains alone 12. */

    self = make(73);
    picture_grey(&self.whole);
    found = measure_and_free(&self);
    assert_true(found.core_most_shift > 25);
    assert_true(found.core_most_left < 8);

    self = make(73);
    picture_turn_colours(&self.whole);
    found = measure_and_free(&self);
    assert_true(found.core_most_left > 25);
}

/* Chroma that is stored coarsely makes a dark red of less than no blue: the darkest there is, not
 * the brightest. */
static void channels_beyond_the_range_count_with_its_ends(void **state) {
    (void)state;
    static imx_colours in = {.width = IMX_CHROMA_SIDE, .height = IMX_CHROMA_SIDE};
    static imx_lab toned[IMX_COLOURS];
    static bool all[IMX_COLOURS];
    for (size_t i = 0; i < IMX_COLOURS; i++) {
        bool dark = i % 2 == 0;
        const float ycc[3] = {dark ? 4 : (float)i, dark ? 90 : 128, dark ? 160 : 128};
        for (size_t plane = 0; plane < 3; plane++) {
            in.reference[plane][i] = ycc[plane];
            in.query[plane][i] = plane == 0 ? 16 * sqrtf(ycc[plane]) : ycc[plane];
        }
        in.inside[i] = true;
        all[i] = true;
    }
    imx_colours_curve(toned, &in, all);
    for (size_t i = IMX_COLOURS / 2 + 1; i < IMX_COLOURS; i += 2) {
        const float ycc[3] = {in.query[0][i], in.query[1][i], in.query[2][i]};
        assert_true(imx_delta_e(toned[i], imx_lab_of_ycc(ycc)) < 6);
    }
}

static void flat_pictures_have_no_moves(void **state) {
    (void)state;
    fixture self = make(20);
    static const uint8_t grey[3] = {128, 128, 128};
    picture_fill(&self.whole, 0, 0, 1, 1, grey);
    imx_sketch flat = sketch_of(&self.whole);
    imx_agreement found = measure(&self.whole, &flat, same);
    assert_int_equal(found.shifts, 0);
    assert_true(found.shift == 0);
    picture_free(&self.whole);
}

static void alignment_beside_the_query_is_not_measured(void **state) {
    (void)state;
    fixture self = make(15);
    const float beside[6] = {1, 0, 3, 0, 1, 0};
    const float nonsense[6] = {NAN, INFINITY, 0, 1e30F, 1, 0};
    assert_false(measure(&self.whole, &self.sketch, beside).measured);
    assert_false(measure(&self.whole, &self.sketch, nonsense).measured);
    picture_free(&self.whole);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_picture_agrees),
        cmocka_unit_test(other_picture_does_not),
        cmocka_unit_test(tone_is_measured),
        cmocka_unit_test(something_laid_over_spoils_its_cells_only),
        cmocka_unit_test(colour_variant_shows),
        cmocka_unit_test(shared_logo_agrees_in_its_own_cells_only),
        cmocka_unit_test(refinement_finds_the_place),
        cmocka_unit_test(featureless_product_is_aligned_directly),
        cmocka_unit_test(frames_are_tried),
        cmocka_unit_test(subjects_are_compared_without_their_ground),
        cmocka_unit_test(parts_of_a_copy_stay_where_they_are),
        cmocka_unit_test(parts_that_moved_are_seen),
        cmocka_unit_test(moves_of_other_pictures_are_not_small),
        cmocka_unit_test(colours_of_the_core_leave_stickers_out),
        cmocka_unit_test(small_products_in_other_colours_are_seen),
        cmocka_unit_test(a_change_of_tone_leaves_little),
        cmocka_unit_test(channels_beyond_the_range_count_with_its_ends),
        cmocka_unit_test(flat_pictures_have_no_moves),
        cmocka_unit_test(alignment_beside_the_query_is_not_measured),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
