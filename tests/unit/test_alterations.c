/*
 * Each alteration is made of a drawn picture and has to be named, and nothing that was not done
 * may be named: an explanation that says too much is as useless as one that says too little.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "match/alterations.h"
#include "scene.h"

#include <stdio.h>
#include <string.h>

#define HEIGHT 0.75F

static const float same[6] = {1, 0, 0, 0, 1, 0};
static const float mirror[6] = {-1, 0, 1, 0, 1, 0};
static const float flip[6] = {1, 0, 0, 0, -1, 1};
static const float quarter[6] = {0, 1, 0, -1, 0, 1};
static const float crop[6] = {0.8F, 0, 0.1F, 0, 0.8F, 0.15F};
static const float around[6] = {1.25F, 0, -0.125F, 0, 1.25F, -0.125F};
static const float letterbox[6] = {1, 0, 0, 0, 1.3F, -0.15F};
static const float under[6] = {1, 0, 0, 0, 1.25F, 0};
static const uint8_t red[3] = {200, 30, 30};

/* Room for everything that is done to one picture. */
typedef struct workbench {
    drawn_scene scene;
    drawn_scene other;
} workbench;

typedef drawing (*alteration)(const workbench *bench);

static drawing whole(const workbench *bench) { return picture_whole(&bench->scene, 480); }

static drawing mirrored(const workbench *bench) {
    return picture_draw(&bench->scene, 480, 360, mirror, 0);
}

static drawing flipped(const workbench *bench) {
    return picture_draw(&bench->scene, 480, 360, flip, 0);
}

static drawing turned(const workbench *bench) {
    return picture_draw(&bench->scene, 360, 480, quarter, 0);
}

static drawing cropped(const workbench *bench) {
    return picture_draw(&bench->scene, 384, 288, crop, 0);
}

static drawing framed(const workbench *bench) {
    return picture_draw(&bench->scene, 600, 450, around, 20);
}

static drawing letterboxed(const workbench *bench) {
    return picture_draw(&bench->scene, 480, 468, letterbox, 0);
}

static drawing with_banner_below(const workbench *bench) {
    return picture_draw(&bench->scene, 480, 450, under, 230);
}

static drawing with_banner_over(const workbench *bench) {
    drawing out = whole(bench);
    picture_fill(&out, 0, 0.82F, 1, 0.18F, red);
    return out;
}

static drawing pasted(const workbench *bench) {
    drawing out = picture_whole(&bench->other, 480);
    picture_paste(&out, &bench->scene, 0.3F, 0.2F, 0.55F, 0.55F);
    return out;
}

static drawing overlaid(const workbench *bench) {
    drawing out = whole(bench);
    picture_paste(&out, &bench->other, 0.34F, 0.34F, 0.45F, 0.45F);
    return out;
}

static drawing grey(const workbench *bench) {
    drawing out = whole(bench);
    picture_grey(&out);
    return out;
}

static drawing darker(const workbench *bench) {
    drawing out = whole(bench);
    picture_tone(&out, 0.65F, 0);
    return out;
}

static drawing brighter(const workbench *bench) {
    drawing out = whole(bench);
    picture_tone(&out, 0.7F, 75);
    return out;
}

static drawing blurred(const workbench *bench) {
    drawing out = whole(bench);
    picture_blur(&out, 2);
    return out;
}

static drawing stretched(const workbench *bench) {
    return picture_draw(&bench->scene, 480, 300, same, 0);
}

static drawing askew(const workbench *bench) {
    const float matrix[8] = {1.1F, 0.05F, -0.05F, 0, 1.2F, -0.08F, 0, 0.12F};
    return picture_draw_in_perspective(&bench->scene, 480, 360, matrix, 255);
}

/* A badge that is too small to spoil a cell of the aligned pixels. */
static drawing with_badge(const workbench *bench) {
    drawing out = whole(bench);
    picture_fill(&out, 0.7F, 0.15F, 0.13F, 0.16F, red);
    return out;
}

static drawing warmer(const workbench *bench) {
    drawing out = whole(bench);
    for (size_t i = 0; i < 3 * (size_t)out.width * out.height; i += 3) {
        out.rgb[i + 2] = (uint8_t)(out.rgb[i + 2] * 4 / 5);
    }
    return out;
}

static drawing flatter(const workbench *bench) {
    drawing out = whole(bench);
    picture_tone(&out, 0.8F, 32);
    return out;
}

/* About the mean level, which stays. */
static drawing harder(const workbench *bench) {
    drawing out = whole(bench);
    size_t count = 3 * (size_t)out.width * out.height;
    float sum = 0;
    for (size_t i = 0; i < count; i += 30) {
        sum += (float)out.rgb[i + i / 30 % 3];
    }
    picture_tone(&out, 1.14F, -0.14F * 30 * sum / (float)count);
    return out;
}

static drawing smaller(const workbench *bench) { return picture_whole(&bench->scene, 300); }

static const struct {
    const char *what;
    alteration make;
    const char *name;  /* What some name begins with, */
    const char *other; /* and what another one may. */
} cases[] = {
    {"nothing", whole, "re-encoded", NULL},
    {"mirrored", mirrored, "mirrored", NULL},
    {"flipped", flipped, "flipped", NULL},
    {"turned", turned, "rotated 90", NULL},
    {"cropped", cropped, "cropped to 6", NULL}, /* 64%, give or take. */
    {"framed", framed, "border", NULL},
    {"letterboxed", letterboxed, "border", NULL},
    {"banner below", with_banner_below, "banner", NULL},
    {"banner over", with_banner_over, "banner", NULL},
    {"pasted", pasted, "pasted into a larger picture (3", "resized"}, /* 30%. */
    {"overlaid", overlaid, "overlay (", NULL},
    {"grey", grey, "greyscale", NULL},
    {"darker", darker, "darkened", NULL},
    {"brighter", brighter, "brightened", NULL},
    {"blurred", blurred, "blurred", NULL},
    {"stretched", stretched, "stretched", NULL},
    {"askew", askew, "perspective", NULL},
    {"with a badge", with_badge, "overlay (", NULL},
    {"warmer", warmer, "recoloured", NULL},
    {"flatter", flatter, "contrast lowered", NULL},
    {"harder", harder, "contrast raised", NULL},
    {"smaller", smaller, "resized to 6", NULL}, /* 62%. */
};
#define CASES (sizeof cases / sizeof *cases)

static imx_alterations names_of(const drawing *altered, const imx_sketch *sketch,
                                const imx_alteration_hints *hints) {
    imx_features *features;
    assert_int_equal(
        imx_features_find(&features, picture_view(altered), IMX_FEATURES_STANDARD, NULL),
        IMGMATCH_OK);
    imx_geometry geometry;
    imx_agreement agreement;
    imx_geometry_find(&geometry, features, sketch);
    assert_true(geometry.found);
    imx_agreement_refine(&agreement, features, sketch, &geometry.matrix);
    imx_alterations names;
    imx_alterations_name(&names, features, sketch, &geometry, &agreement, hints);
    imx_features_free(features);
    return names;
}

static bool starts(const char *text, const char *with) {
    return with != NULL && strncmp(text, with, strlen(with)) == 0;
}

/* On several pictures, so that no threshold fits one of them by luck: 9 of 10 have to be right in
 * every respect, and each alteration in most of its pictures. */
static void alterations_are_named(void **state) {
    (void)state;
    const imx_alteration_hints hints = {.inside = {0, 0, 1, 1}, .jpeg = true};
    int right = 0;
    int rounds = 6;
    int hits[CASES] = {0};
    for (int round = 0; round < rounds; round++) {
        workbench bench;
        scene_make(&bench.scene, (uint64_t)(200 + round), HEIGHT);
        scene_make(&bench.other, (uint64_t)(300 + round), HEIGHT);
        drawing reference = whole(&bench);
        imx_sketch sketch;
        assert_int_equal(imx_sketch_make(&sketch, picture_view(&reference), NULL), IMGMATCH_OK);
        for (size_t i = 0; i < CASES; i++) {
            drawing altered = cases[i].make(&bench);
            imx_alterations names = names_of(&altered, &sketch, &hints);
            bool named = false;
            bool only = true;
            for (size_t j = 0; j < names.count; j++) {
                bool wanted = starts(names.names[j], cases[i].name);
                named = named || wanted;
                only = only && (wanted || starts(names.names[j], cases[i].other));
                if (!wanted && !starts(names.names[j], cases[i].other)) {
                    print_message("%s: named \"%s\"\n", cases[i].what, names.names[j]);
                }
            }
            right += named && only;
            hits[i] += named;
            picture_free(&altered);
        }
        picture_free(&reference);
    }
    for (size_t i = 0; i < CASES; i++) {
        if (hits[i] < rounds - 1) {
            fail_msg("%s was named in %d of %d pictures", cases[i].what, hits[i], rounds);
        }
    }
    assert_true(right * 10 >= rounds * (int)CASES * 9);
}

/* A dark product on a plain ground of one colour, red, green and blue by these gains. */
static drawing dark_product(const workbench *bench, const uint8_t ground[3], const float gains[3]) {
    const uint8_t white[3] = {255, 255, 255};
    drawing out = whole(bench);
    picture_tone(&out, 0.14F, 28);
    const uint8_t *colour = ground != NULL ? ground : white;
    picture_fill(&out, 0, 0, 1, 0.2F, colour);
    picture_fill(&out, 0, 0.8F, 1, 0.2F, colour);
    picture_fill(&out, 0, 0, 0.25F, 1, colour);
    picture_fill(&out, 0.75F, 0, 0.25F, 1, colour);
    for (size_t i = 0; i < 3 * (size_t)out.width * out.height; i++) {
        out.rgb[i] = (uint8_t)(gains[i % 3] * (float)out.rgb[i]);
    }
    return out;
}

/* Tone and cast change a white ground by more than they change what is dark: that is no new
 * ground. */
static void tone_and_cast_are_no_new_ground(void **state) {
    (void)state;
    static const uint8_t grey[3] = {200, 200, 200};
    static const uint8_t blue[3] = {120, 160, 230};
    static const struct {
        const char *what;
        const uint8_t *ground; /* NULL: white. */
        float gains[3];
        const char *name; /* What has to be among the names, */
        bool replaced;    /* and whether "background replaced" is. */
    } shots[] = {
        {"darkened", NULL, {0.85F, 0.85F, 0.85F}, "darkened", false},
        {"a little warmer", NULL, {1, 1, 0.9F}, "recoloured", false},
        {"warmer", NULL, {1, 1, 0.8F}, "recoloured", false},
        {"on grey", grey, {1, 1, 1}, "background replaced", true},
        {"on blue", blue, {1, 1, 1}, "background replaced", true},
    };
    const imx_alteration_hints hints = {.inside = {0, 0, 1, 1}, .jpeg = true};
    for (uint64_t seed = 400; seed < 405; seed++) {
        workbench bench;
        scene_make(&bench.scene, seed, HEIGHT);
        drawing reference = dark_product(&bench, NULL, (const float[3]){1, 1, 1});
        imx_sketch sketch;
        assert_int_equal(imx_sketch_make(&sketch, picture_view(&reference), NULL), IMGMATCH_OK);
        for (size_t i = 0; i < sizeof shots / sizeof *shots; i++) {
            drawing altered = dark_product(&bench, shots[i].ground, shots[i].gains);
            imx_alterations names = names_of(&altered, &sketch, &hints);
            bool named = false;
            bool replaced = false;
            for (size_t j = 0; j < names.count; j++) {
                if (!starts(names.names[j], shots[i].name)) {
                    print_message("%s: named \"%s\"\n", shots[i].what, names.names[j]);
                }
                named = named || starts(names.names[j], shots[i].name);
                replaced = replaced || starts(names.names[j], "background replaced");
            }
            assert_true(named && (!replaced || names.count == 1));
            assert_int_equal(replaced, shots[i].replaced);
            picture_free(&altered);
        }
        picture_free(&reference);
    }
}

/* Bars of a lettering's size all over, grey and nearly transparent. */
static void faint_marks_all_over_are_a_watermark(void **state) {
    (void)state;
    const imx_alteration_hints hints = {.inside = {0, 0, 1, 1}, .jpeg = true};
    for (uint64_t seed = 400; seed < 405; seed++) {
        workbench bench;
        scene_make(&bench.scene, seed, HEIGHT);
        drawing picture = dark_product(&bench, NULL, (const float[3]){1, 1, 1});
        imx_sketch sketch;
        assert_int_equal(imx_sketch_make(&sketch, picture_view(&picture), NULL), IMGMATCH_OK);
        for (uint32_t y = 0; y < picture.height; y++) {
            for (uint32_t x = 0; x < picture.width; x++) {
                bool marked = (x + y) % 80 < 16 && x % 90 < 70;
                for (size_t c = 0; c < 3 && marked; c++) {
                    uint8_t *level = &picture.rgb[3 * ((size_t)y * picture.width + x) + c];
                    *level = (uint8_t)(*level * 9 / 10);
                }
            }
        }
        imx_alterations names = names_of(&picture, &sketch, &hints);
        for (size_t i = 0; i < names.count; i++) {
            print_message("with a watermark: \"%s\"\n", names.names[i]);
        }
        assert_true(names.count > 0 && starts(names.names[0], "watermark"));
        picture_free(&picture);
    }
}

static void same_file_is_not_altered(void **state) {
    (void)state;
    workbench bench;
    scene_make(&bench.scene, 5, HEIGHT);
    drawing reference = whole(&bench);
    imx_sketch sketch;
    assert_int_equal(imx_sketch_make(&sketch, picture_view(&reference), NULL), IMGMATCH_OK);
    const imx_alteration_hints hints = {.inside = {0, 0, 1, 1}, .jpeg = true, .same_bytes = true};
    assert_int_equal(names_of(&reference, &sketch, &hints).count, 0);
    picture_free(&reference);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(alterations_are_named),
        cmocka_unit_test(tone_and_cast_are_no_new_ground),
        cmocka_unit_test(faint_marks_all_over_are_a_watermark),
        cmocka_unit_test(same_file_is_not_altered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
