/*
 * Changes of known size, a mild and a strong one each: that they are named, and that what looks
 * like another change is not named so. Each on several drawn pictures; every one has to be right.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "match/alterations.h"
#include "scene.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define WIDTH 360
#define PICTURES 3

static imx_alterations names_of(const drawing *altered, const imx_sketch *sketch) {
    const imx_alteration_hints hints = {.inside = {0, 0, 1, 1}, .jpeg = true};
    imx_features *features = NULL;
    assert_int_equal(
        imx_features_find(&features, picture_view(altered), IMX_FEATURES_STANDARD, NULL),
        IMGMATCH_OK);
    imx_geometry geometry;
    imx_agreement agreement;
    imx_alterations names;
    imx_geometry_find(&geometry, features, sketch);
    assert_true(geometry.found);
    imx_agreement_measure(&agreement, features, sketch, &geometry.matrix);
    imx_alterations_name(&names, features, sketch, &geometry, &agreement, &hints);
    imx_features_free(features);
    return names;
}

static bool says(const imx_alterations *names, const char *with) {
    for (size_t i = 0; i < names->count; i++) {
        if (strncmp(names->names[i], with, strlen(with)) == 0) {
            return true;
        }
    }
    return false;
}

static uint8_t level_of(double value) {
    return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value + 0.5);
}

/* In the plane of U and V. */
static void turn_hue(drawing *picture, double degrees) {
    const double cosine = cos(degrees / 57.29578), sine = sin(degrees / 57.29578);
    for (size_t i = 0; i < (size_t)picture->width * picture->height; i++) {
        uint8_t *rgb = picture->rgb + 3 * i;
        double y = 0.299 * rgb[0] + 0.587 * rgb[1] + 0.114 * rgb[2];
        double u = 0.493 * (rgb[2] - y), v = 0.877 * (rgb[0] - y);
        double turned_u = u * cosine - v * sine, turned_v = u * sine + v * cosine;
        rgb[0] = level_of(y + turned_v / 0.877);
        rgb[1] = level_of(y - 0.395 * turned_u - 0.581 * turned_v);
        rgb[2] = level_of(y + turned_u / 0.493);
    }
}

static void sharpen(drawing *picture, double amount) {
    drawing soft = {picture->width, picture->height, NULL};
    size_t count = 3 * (size_t)picture->width * picture->height;
    soft.rgb = malloc(count);
    assert_non_null(soft.rgb);
    memcpy(soft.rgb, picture->rgb, count);
    picture_blur(&soft, 1);
    for (size_t i = 0; i < count; i++) {
        picture->rgb[i] = level_of(picture->rgb[i] + amount * (picture->rgb[i] - soft.rgb[i]));
    }
    picture_free(&soft);
}

/* The same for every channel, of this deviation about. */
static void add_noise(drawing *picture, double deviation) {
    uint32_t state = 12345;
    for (size_t i = 0; i < (size_t)picture->width * picture->height; i++) {
        double sum = 0;
        for (int k = 0; k < 4; k++) {
            state = state * 1664525U + 1013904223U;
            sum += (double)(state >> 16) / 65535.0 - 0.5;
        }
        for (size_t c = 0; c < 3; c++) {
            uint8_t *level = &picture->rgb[3 * i + c];
            *level = level_of(*level + deviation * 1.7320508 * sum);
        }
    }
}

/* A part, in fractions, as if it were behind frosted glass. */
static void blur_part(drawing *picture, double x, double y, double side) {
    uint32_t left = (uint32_t)(x * picture->width), top = (uint32_t)(y * picture->height);
    drawing part = {(uint32_t)(side * picture->width), (uint32_t)(side * picture->height), NULL};
    part.rgb = malloc(3 * (size_t)part.width * part.height);
    assert_non_null(part.rgb);
    for (int back = 0; back < 2; back++) {
        for (uint32_t row = 0; row < part.height; row++) {
            uint8_t *here = part.rgb + 3 * (size_t)row * part.width;
            uint8_t *there = picture->rgb + 3 * ((size_t)(top + row) * picture->width + left);
            memcpy(back ? there : here, back ? here : there, 3 * (size_t)part.width);
        }
        if (!back) {
            picture_blur(&part, (int)(part.width / 6));
        }
    }
    picture_free(&part);
}

static void hue_mild(drawing *out) { turn_hue(out, 11); }
static void hue_strong(drawing *out) { turn_hue(out, -35); }
static void sharpened_mild(drawing *out) { sharpen(out, 1.5); }
static void sharpened_strong(drawing *out) { sharpen(out, 4); }
static void noise_mild(drawing *out) { add_noise(out, 8); }
static void noise_strong(drawing *out) { add_noise(out, 25); }
static void blurred_mild(drawing *out) { picture_blur(out, 1); }
static void blurred_strong(drawing *out) { picture_blur(out, 4); }
static void patch_mild(drawing *out) { blur_part(out, 0.4, 0.4, 0.25); }
static void patch_strong(drawing *out) { blur_part(out, 0.3, 0.3, 0.45); }
/* Around the picture's mean level, so that it gets no darker. */
static void stretch_levels(drawing *picture, float gain) {
    double sum = 0;
    size_t count = 3 * (size_t)picture->width * picture->height;
    for (size_t i = 0; i < count; i++) {
        sum += picture->rgb[i];
    }
    picture_tone(picture, gain, (1 - gain) * (float)(sum / (double)count));
}

static void flatter(drawing *out) { stretch_levels(out, 0.9F); }
static void much_flatter(drawing *out) { stretch_levels(out, 0.6F); }
static void steeper(drawing *out) { stretch_levels(out, 1.08F); }

static void changes_are_named(void **state) {
    (void)state;
    static const struct {
        const char *what;
        void (*make)(drawing *out);
        const char *name;     /* NULL: none is asked for. */
        const char * not [4]; /* Must not be said. */
    } cases[] = {
        {"hue by 11 degrees", hue_mild, "recoloured", {"overlay", "contrast", "watermark"}},
        {"hue by 35 degrees", hue_strong, "recoloured", {"overlay", "watermark"}},
        {"sharpened", sharpened_mild, "sharpened", {"overlay", "recoloured", "contrast"}},
        {"much sharpened", sharpened_strong, "sharpened", {"blurred", "recoloured"}},
        {"some noise", noise_mild, NULL, {"sharpened", "overlay", "recoloured", "contrast"}},
        {"noise", noise_strong, NULL, {"sharpened", "blurred", "overlay", "recoloured"}},
        {"blurred", blurred_mild, "blurred", {"contrast", "overlay", "blurred patch"}},
        {"much blurred", blurred_strong, "blurred", {"contrast", "blurred patch", "recoloured"}},
        {"blurred patch", patch_mild, "blurred patch", {"overlay", "contrast", "recoloured"}},
        {"large patch", patch_strong, "blurred patch", {"overlay", "background", "recoloured"}},
        {"flatter", flatter, "contrast lowered", {"recoloured", "overlay", "blurred"}},
        {"much flatter", much_flatter, "contrast lowered", {"recoloured", "blurred"}},
        {"steeper", steeper, "contrast raised", {"recoloured", "overlay", "sharpened"}},
    };
    int failed = 0;
    for (uint64_t seed = 500; seed < 500 + PICTURES; seed++) {
        drawn_scene scene;
        scene_make(&scene, seed, 0.75F);
        drawing reference = picture_whole(&scene, WIDTH);
        imx_sketch sketch;
        assert_int_equal(imx_sketch_make(&sketch, picture_view(&reference), NULL), IMGMATCH_OK);
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
            drawing altered = picture_whole(&scene, WIDTH);
            cases[i].make(&altered);
            imx_alterations names = names_of(&altered, &sketch);
            bool right = cases[i].name == NULL || says(&names, cases[i].name);
            for (size_t k = 0; k < 4 && cases[i].not [k] != NULL; k++) {
                right = right && !says(&names, cases[i].not [k]);
            }
            if (!right) {
                for (size_t k = 0; k < names.count; k++) {
                    print_message("%s, picture %d: \"%s\"\n", cases[i].what, (int)seed,
                                  names.names[k]);
                }
                failed++;
            }
            picture_free(&altered);
        }
        picture_free(&reference);
    }
    assert_int_equal(failed, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(changes_are_named)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
