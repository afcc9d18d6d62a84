/*
 * Pictures drawn from a seed: shapes of many sizes and colours on a ground, known as a function of
 * the place, so that a crop, a turn or a mirror image is drawn exactly and not resampled.
 */
#ifndef TESTS_UNIT_SCENE_H
#define TESTS_UNIT_SCENE_H

#include "base/pixels.h"

#include <stdbool.h>

#define SCENE_SHAPES 160

typedef struct scene_shape {
    float x, y, size, aspect, cosine, sine;
    bool round;
    uint8_t colour[3];
} scene_shape;

typedef struct drawn_scene {
    float height; /* The scene is 1 wide. */
    uint8_t ground[3];
    int count;
    scene_shape shapes[SCENE_SHAPES];
} drawn_scene;

void scene_make(drawn_scene *out, uint64_t seed, float height);

/* Packed RGB. */
typedef struct drawing {
    uint32_t width;
    uint32_t height;
    uint8_t *rgb;
} drawing;

/* Draw: fractions (x, y) of the picture show fractions m0 x + m1 y + m2, m3 x + m4 y + m5 of the
 * scene; what lies outside of it is `around`. Never NULL rgb: asserts instead. */
drawing picture_draw(const drawn_scene *scene, uint32_t width, uint32_t height,
                     const float matrix[6], uint8_t around);
/* The same with both divided by m6 x + m7 y + 1. */
drawing picture_draw_in_perspective(const drawn_scene *scene, uint32_t width, uint32_t height,
                                    const float matrix[8], uint8_t around);
drawing picture_whole(const drawn_scene *scene, uint32_t width);
void picture_free(drawing *picture);
imx_pixels picture_view(const drawing *picture);

/* Fill a rectangle given in fractions. */
void picture_fill(drawing *picture, float x, float y, float width, float height,
                  const uint8_t colour[3]);
/* Another scene in a rectangle given in fractions. */
void picture_paste(drawing *picture, const drawn_scene *scene, float x, float y, float width,
                   float height);
/* Each channel: gain * level + offset. */
void picture_tone(drawing *picture, float gain, float offset);
void picture_grey(drawing *picture);
/* Channels in another order: red becomes green and so on. */
void picture_turn_colours(drawing *picture);
/* Three box filters of this radius. */
void picture_blur(drawing *picture, int radius);

#endif
