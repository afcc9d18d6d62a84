/*
 * The transform that was drawn is the one that is found, and between unrelated pictures there is
 * next to none: everything that is said of a match rests on these two.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "match/geometry.h"
#include "match/homography.h"
#include "match/normal_equations.h"
#include "match/transform.h"
#include "scene.h"

#include <math.h>
#include <string.h>

#define HEIGHT 0.75F

static imx_sketch sketch_of(const drawn_scene *scene) {
    drawing whole = picture_whole(scene, 480);
    imx_sketch sketch;
    assert_int_equal(imx_sketch_make(&sketch, picture_view(&whole), NULL), IMGMATCH_OK);
    picture_free(&whole);
    return sketch;
}

static imx_features *features_of(const drawing *picture) {
    imx_features *features;
    assert_int_equal(
        imx_features_find(&features, picture_view(picture), IMX_FEATURES_STANDARD, NULL),
        IMGMATCH_OK);
    return features;
}

typedef struct known {
    const char *what;
    uint32_t width, height;
    float scene_of_query[6]; /* As picture_draw. */
    bool mirrored;
    float rotation, query_overlap, reference_overlap;
} known;

/* 20 degrees about the centre, in fractions of a 4 : 3 picture. */
#define C20 0.93969262F
#define S20 0.34202014F

static const known cases[] = {
    {"the same", 480, 360, {1, 0, 0, 0, 1, 0}, false, 0, 1, 1},
    {"half as large", 240, 180, {1, 0, 0, 0, 1, 0}, false, 0, 1, 1},
    {"mirrored", 480, 360, {-1, 0, 1, 0, 1, 0}, true, 0, 1, 1},
    {"turned clockwise", 360, 480, {0, 1, 0, -1, 0, 1}, false, 90, 1, 1},
    {"upside down", 480, 360, {-1, 0, 1, 0, -1, 1}, false, 180, 1, 1},
    {"top and bottom exchanged", 480, 360, {1, 0, 0, 0, -1, 1}, true, 180, 1, 1},
    {"cropped", 336, 252, {0.7F, 0, 0.2F, 0, 0.7F, 0.1F}, false, 0, 1, 0.49F},
    {"pasted", 480, 360, {2, 0, -0.6F, 0, 2, -0.4F}, false, 0, 0.25F, 1},
    {"mirrored and cropped", 336, 252, {-0.7F, 0, 0.8F, 0, 0.7F, 0.2F}, true, 0, 1, 0.49F},
    {"stretched", 480, 280, {1, 0, 0, 0, 1, 0}, false, 0, 1, 1},
    {"turned by 20 degrees",
     480,
     360,
     {C20, S20 *HEIGHT, 0.5F - (C20 + S20 * HEIGHT) / 2, -S20 / HEIGHT, C20,
      0.5F - (C20 - S20 / HEIGHT) / 2},
     false,
     20,
     0.845F,
     0.845F},
};

static void check_case(const known *expected, const drawn_scene *scene, const imx_sketch *sketch) {
    drawing drawn =
        picture_draw(scene, expected->width, expected->height, expected->scene_of_query, 240);
    imx_features *features = features_of(&drawn);
    imx_geometry found;
    imx_geometry_find(&found, features, sketch);
    print_message(
        "%s: %d inliers, rotation %.1f, overlaps %.2f %.2f, spread %.2f, explained %.2f\n",
        expected->what, found.inliers, (double)found.rotation, (double)found.query_overlap,
        (double)found.reference_overlap, (double)found.spread, (double)found.explained);
    assert_true(found.found);
    assert_true(found.inliers >= 15);
    assert_int_equal(found.mirrored, expected->mirrored);
    float turn = fabsf(found.rotation - expected->rotation);
    assert_true(fminf(turn, 360 - turn) < 1.5F);
    assert_true(fabsf(found.query_overlap - expected->query_overlap) < 0.03F);
    assert_true(fabsf(found.reference_overlap - expected->reference_overlap) < 0.03F);
    assert_true(found.spread > 0.8F);
    assert_true(found.explained > 0.4F);
    /* There and back: every corner of the query is where it was drawn from. */
    imx_transform there = {{0}};
    memcpy(there.m, expected->scene_of_query, sizeof expected->scene_of_query);
    imx_transform both = imx_transform_compose(&found.matrix, &there);
    for (int corner = 0; corner < 4; corner++) {
        imx_point from = {(float)(corner & 1), (float)(corner >> 1)};
        imx_point to = imx_transform_apply(&both, from);
        assert_true(hypotf(to.x - from.x, to.y - from.y) < 0.02F);
    }
    imx_features_free(features);
    picture_free(&drawn);
}

static void drawn_transforms_are_found(void **state) {
    (void)state;
    drawn_scene scene;
    scene_make(&scene, 42, HEIGHT);
    imx_sketch sketch = sketch_of(&scene);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        check_case(&cases[i], &scene, &sketch);
    }
}

/* Shapes of the same kind everywhere, but another picture: nothing of weight agrees. */
static void unrelated_pictures_do_not_match(void **state) {
    (void)state;
    drawn_scene scene;
    scene_make(&scene, 42, HEIGHT);
    imx_sketch sketch = sketch_of(&scene);
    for (uint64_t seed = 100; seed < 112; seed++) {
        scene_make(&scene, seed, HEIGHT);
        drawing other = picture_whole(&scene, 480);
        imx_features *features = features_of(&other);
        imx_geometry found;
        imx_geometry_find(&found, features, &sketch);
        assert_true(found.inliers < 12);
        assert_true(found.explained < 0.3F);
        imx_features_free(features);
        picture_free(&other);
    }
}

/* A shared logo gives many inliers; spread, hull and what is explained say that it is only that. */
static void shared_logo_is_told_apart(void **state) {
    (void)state;
    drawn_scene logo;
    scene_make(&logo, 9, 1);
    drawn_scene scene;
    scene_make(&scene, 1, HEIGHT);
    drawing first = picture_whole(&scene, 480);
    picture_paste(&first, &logo, 0.35F, 0.3F, 0.25F, 0.33F);
    imx_sketch sketch;
    assert_int_equal(imx_sketch_make(&sketch, picture_view(&first), NULL), IMGMATCH_OK);
    scene_make(&scene, 2, HEIGHT);
    drawing second = picture_whole(&scene, 480);
    picture_paste(&second, &logo, 0.35F, 0.3F, 0.25F, 0.33F);
    imx_features *features = features_of(&second);
    imx_geometry found;
    imx_geometry_find(&found, features, &sketch);
    assert_true(found.found);
    assert_true(found.reference_overlap > 0.9F); /* What the transform claims, */
    assert_true(found.hull < 0.2F);              /* and what there is to show for it. */
    assert_true(found.spread < 0.5F);
    assert_true(found.explained < 0.4F);
    imx_features_free(features);
    picture_free(&second);
    picture_free(&first);
}

static void no_features_no_geometry(void **state) {
    (void)state;
    uint8_t rgb[40 * 40 * 3];
    memset(rgb, 128, sizeof rgb);
    drawing plain = {40, 40, rgb};
    imx_features *features = features_of(&plain);
    drawn_scene scene;
    scene_make(&scene, 4, HEIGHT);
    imx_sketch sketch = sketch_of(&scene);
    imx_geometry found;
    imx_geometry_find(&found, features, &sketch);
    assert_false(found.found);
    assert_int_equal(found.inliers, 0);
    imx_features_free(features);
}

static void overlap_is_the_clipped_area(void **state) {
    (void)state;
    const struct {
        float m[6];
        float area;
    } examples[] = {{{1, 0, 0, 0, 1, 0}, 1},
                    {{0.5F, 0, 0.25F, 0, 0.5F, 0.25F}, 0.25F},
                    {{2, 0, -0.5F, 0, 2, -0.5F}, 1},
                    {{1, 0, 0.5F, 0, 1, 0.5F}, 0.25F},
                    {{1, 0, 2, 0, 1, 0}, 0},
                    {{-1, 0, 1, 0, 1, 0}, 1},
                    {{0.5F, -0.5F, 0.5F, 0.5F, 0.5F, 0}, 0.5F}};
    for (size_t i = 0; i < sizeof examples / sizeof *examples; i++) {
        imx_transform transform = {{0}};
        memcpy(transform.m, examples[i].m, sizeof examples[i].m);
        float image;
        float original;
        imx_transform_overlap(&image, &original, &transform);
        assert_true(fabsf(image - examples[i].area) < 1e-5F);
        float scale = fabsf(imx_transform_determinant(&transform));
        assert_true(fabsf(original * scale - examples[i].area) < 1e-5F);
    }
}

static const imx_transform tilted = {{0.8F, 0.1F, 0.05F, -0.05F, 0.9F, 0.02F, 0.3F, -0.2F}};

static void assert_near(imx_point a, imx_point b, float most) {
    assert_true(hypotf(a.x - b.x, a.y - b.y) < most);
}

static void perspective_is_undone_and_put_together(void **state) {
    (void)state;
    const imx_transform turn = {{0, -1, 1, 1, 0, 0}};
    imx_inverse inverse;
    assert_true(imx_transform_invert(&inverse, &tilted));
    imx_transform both = imx_transform_compose(&tilted, &turn);
    for (int i = 0; i < 9; i++) {
        imx_point at = {(float)(i % 3) / 2, (float)(i / 3) / 2};
        assert_near(imx_inverse_apply(&inverse, imx_transform_apply(&tilted, at)), at, 1e-5F);
        assert_near(imx_transform_apply(&both, at),
                    imx_transform_apply(&tilted, imx_transform_apply(&turn, at)), 1e-5F);
        /* The tangent tells a small way off. */
        imx_transform tangent = imx_transform_tangent(&tilted, at);
        imx_point near = {at.x + 0.01F, at.y - 0.01F};
        assert_near(imx_transform_apply(&tangent, near), imx_transform_apply(&tilted, near), 5e-4F);
    }
    const imx_transform flat = {{1, 1, 0, 1, 1, 0}};
    assert_false(imx_transform_invert(&inverse, &flat));
    assert_true(imx_transform_is_affine(&turn) && !imx_transform_is_affine(&tilted));
}

/* From the unit square to a quadrilateral, its corners in order (Heckbert 1989). */
static imx_transform square_to(const imx_point q[4]) {
    imx_point sum = {q[0].x - q[1].x + q[2].x - q[3].x, q[0].y - q[1].y + q[2].y - q[3].y};
    imx_point a = {q[1].x - q[2].x, q[1].y - q[2].y};
    imx_point b = {q[3].x - q[2].x, q[3].y - q[2].y};
    float area = a.x * b.y - a.y * b.x;
    float g = (sum.x * b.y - sum.y * b.x) / area;
    float h = (a.x * sum.y - a.y * sum.x) / area;
    return (imx_transform){{q[1].x - q[0].x + g * q[1].x, q[3].x - q[0].x + h * q[3].x, q[0].x,
                            q[1].y - q[0].y + g * q[1].y, q[3].y - q[0].y + h * q[3].y, q[0].y, g,
                            h}};
}

/* A photo taken at a slant, whose vanishing line, x = 0.05, is moved across the query's corner: the
 * way back is the same whether that lies before the line, on it or beyond. */
static void the_way_back_crosses_the_vanishing_line(void **state) {
    (void)state;
    const float moves[] = {-0.2F, -0.06F, -0.0501F, -0.05F, -0.0499F, -0.04F, 0, 0.04F};
    for (size_t i = 0; i < sizeof moves / sizeof *moves; i++) {
        const imx_point quad[4] = {{0.5F + moves[i], 0.35F},
                                   {0.95F + moves[i], 0.1F},
                                   {0.95F + moves[i], 0.9F},
                                   {0.5F + moves[i], 0.75F}};
        imx_transform there = square_to(quad);
        imx_inverse back;
        assert_true(imx_homography_is_plausible(&there, 1, 1));
        assert_true(imx_transform_invert(&back, &there));
        for (int k = 0; k < 9; k++) {
            imx_point at = {(float)(k % 3) / 2, (float)(k / 3) / 2};
            assert_near(imx_inverse_apply(&back, imx_transform_apply(&there, at)), at, 1e-4F);
        }
        float image;
        float original;
        imx_transform_overlap(&image, &original, &there);
        assert_true(fabsf(image - 0.27F) < 1e-4F && fabsf(original - 1) < 1e-3F);
    }
}

/* Pairs of `tilted` with `noise`; one in five is somewhere else. */
static size_t draw_pairs(imx_place_pair *out, size_t count, uint64_t seed, float noise) {
    for (size_t i = 0; i < count; i++) {
        float numbers[4];
        for (size_t k = 0; k < 4; k++) {
            seed = seed * 6364136223846793005U + 1442695040888963407U;
            numbers[k] = (float)(seed >> 40) / (float)(1U << 24);
        }
        out[i].from = (imx_point){numbers[0], HEIGHT * numbers[1]};
        out[i].to = imx_transform_apply(&tilted, out[i].from);
        float reach = i % 5 == 0 ? 0.2F : noise;
        out[i].to.x += reach * (numbers[2] - 0.5F);
        out[i].to.y += reach * (numbers[3] - 0.5F);
    }
    return count;
}

static void homography_is_recovered_among_outliers(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        imx_place_pair pairs[60];
        size_t count = draw_pairs(pairs, 60, seed, 0.002F);
        imx_transform fitted = imx_transform_affine(&tilted);
        assert_true(imx_homography_fit(&fitted, pairs, count, 0.012F));
        assert_true(imx_homography_is_plausible(&fitted, 1, HEIGHT));
        for (int corner = 0; corner < 4; corner++) {
            imx_point at = {(float)(corner & 1), (float)(corner >> 1) * HEIGHT};
            assert_near(imx_transform_apply(&fitted, at), imx_transform_apply(&tilted, at), 0.01F);
        }
    }
}

static void degenerate_homographies_are_refused(void **state) {
    (void)state;
    imx_place_pair pairs[60];
    draw_pairs(pairs, 60, 5, 0);
    imx_transform start = imx_transform_affine(&tilted);
    imx_transform fitted = start;
    assert_false(imx_homography_fit(&fitted, pairs, 7, 0.012F));
    for (size_t i = 0; i < 60; i++) { /* All about a line. */
        pairs[i].from.y = 0.3F + 0.5F * pairs[i].from.x;
        pairs[i].to = imx_transform_apply(&tilted, pairs[i].from);
    }
    assert_false(imx_homography_fit(&fitted, pairs, 60, 0.012F));
    assert_memory_equal(&fitted, &start, sizeof start);
    const imx_transform horizon = {{1, 0, 0, 0, 1, 0, -1.5F, 0}};
    const imx_transform steep = {{1, 0, 0, 0, 1, 0, 2.5F, 0}};
    const imx_transform mirrored = {{-1, 0, 1, 0, 1, 0, 0.1F, 0}};
    assert_false(imx_homography_is_plausible(&horizon, 1, 1));
    assert_false(imx_homography_is_plausible(&steep, 1, 1));
    assert_false(imx_homography_is_plausible(&mirrored, 1, 1));
    assert_true(imx_homography_is_plausible(&tilted, 1, HEIGHT));
}

/* A scene photographed askew, and mirrored as well. */
static void perspective_is_found(void **state) {
    (void)state;
    const imx_transform mirror = {{-1, 0, 1, 0, 1, 0}};
    drawn_scene scene;
    scene_make(&scene, 42, HEIGHT);
    imx_sketch sketch = sketch_of(&scene);
    for (int side = 0; side < 2; side++) {
        imx_transform shot = side == 0 ? tilted : imx_transform_compose(&tilted, &mirror);
        imx_inverse back;
        assert_true(imx_transform_invert(&back, &shot));
        float drawing_of[8];
        for (size_t i = 0; i < 8; i++) {
            drawing_of[i] = back.m[i] / back.m[8];
        }
        drawing drawn = picture_draw_in_perspective(&scene, 480, 360, drawing_of, 240);
        imx_features *features = features_of(&drawn);
        imx_geometry found;
        imx_geometry_find(&found, features, &sketch);
        print_message("%d inliers, residual %.4f\n", found.inliers, (double)found.residual);
        assert_true(found.found && found.inliers >= 20);
        assert_int_equal(found.mirrored, side);
        assert_false(imx_transform_is_affine(&found.matrix));
        for (int corner = 0; corner < 4; corner++) {
            imx_point at = {(float)(corner & 1), (float)(corner >> 1)};
            assert_near(imx_transform_apply(&found.matrix, at), imx_transform_apply(&shot, at),
                        0.02F);
        }
        imx_features_free(features);
        picture_free(&drawn);
    }
}

static void hull_of_points(void **state) {
    (void)state;
    imx_point points[] = {{0, 0}, {0.5F, 0.5F}, {1, 0}, {0.2F, 0.9F}, {1, 1}, {0, 1}, {0.5F, 0}};
    assert_true(fabsf(imx_hull_area(points, 7) - 1) < 1e-5F);
    imx_point line[] = {{0, 0}, {0.5F, 0.5F}, {1, 1}, {0.25F, 0.25F}};
    assert_true(imx_hull_area(line, 4) < 1e-6F);
    imx_point same[] = {{1, 1}, {1, 1}, {1, 1}};
    assert_true(imx_hull_area(same, 3) < 1e-6F);
    assert_true(imx_hull_area(points, 2) == 0);
}

static void systems_are_solved_or_refused(void **state) {
    (void)state;
    double a[9] = {4, 2, 0, 2, 5, 1, 0, 1, 3};
    double b[3] = {8, 15, 11}; /* Of 1, 2, 3. */
    assert_true(imx_solve(a, b, 3));
    for (int i = 0; i < 3; i++) {
        assert_true(fabs(b[i] - (i + 1)) < 1e-9);
    }
    double singular[4] = {1, 1, 1, 1};
    double right[2] = {1, 1};
    assert_false(imx_solve(singular, right, 2));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(drawn_transforms_are_found),
        cmocka_unit_test(unrelated_pictures_do_not_match),
        cmocka_unit_test(shared_logo_is_told_apart),
        cmocka_unit_test(no_features_no_geometry),
        cmocka_unit_test(overlap_is_the_clipped_area),
        cmocka_unit_test(perspective_is_undone_and_put_together),
        cmocka_unit_test(the_way_back_crosses_the_vanishing_line),
        cmocka_unit_test(homography_is_recovered_among_outliers),
        cmocka_unit_test(degenerate_homographies_are_refused),
        cmocka_unit_test(perspective_is_found),
        cmocka_unit_test(hull_of_points),
        cmocka_unit_test(systems_are_solved_or_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
