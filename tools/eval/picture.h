/*
 * Pictures to draw on: packed 8-bit sRGB, and what all alterations are made of.
 *
 * Calls that return bool return false when out of memory; their output is empty then.
 */
#ifndef IMGMATCH_TOOLS_EVAL_PICTURE_H
#define IMGMATCH_TOOLS_EVAL_PICTURE_H

#include <imgmatch/image.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct eval_picture {
    uint8_t *rgb; /* Owned; rows of 3 * width bytes; NULL when empty. */
    int width;
    int height;
} eval_picture;

typedef struct eval_colour {
    uint8_t rgb[3];
} eval_colour;

bool eval_picture_new(eval_picture *out, int width, int height, eval_colour ground);
bool eval_picture_copy(eval_picture *out, const eval_picture *in);
void eval_picture_free(eval_picture *picture);

/* `in` becomes the picture, what it was is freed, and `in` is empty. */
void eval_picture_take(eval_picture *picture, eval_picture *in);

uint8_t *eval_pixel(const eval_picture *picture, int x, int y);
uint8_t eval_level(double value); /* Rounded and clamped to 0..255. */

/* Photos are altered at this size at most, as shops show them. */
#define EVAL_LONGEST_SIDE 1024

/* A decoded photo, no longer than `longest` pixels (0: as it is). */
bool eval_picture_from_image(eval_picture *out, const imgmatch_image *image, int longest);

/* By a triangle filter as wide as the change of scale asks. */
bool eval_picture_resize(eval_picture *out, const eval_picture *in, int width, int height);

/* The part of `in` from (left, top); the caller sees to it that it lies inside. */
bool eval_picture_cut(eval_picture *out, const eval_picture *in, int left, int top, int width,
                      int height);

/* Gaussian, `sigma` in pixels. */
bool eval_picture_blur(eval_picture *picture, double sigma);

/* Put `in` onto `picture` with its corner at (left, top), cut where it leaves it. */
void eval_picture_put(const eval_picture *picture, const eval_picture *in, int left, int top);

/* Lay a colour over a rectangle, `alpha` 0..1. */
void eval_picture_tint(const eval_picture *picture, int left, int top, int width, int height,
                       eval_colour colour, double alpha);

/* Lay a colour over `picture` where the first channel of `mask` says so, with (left, top) as its
 * corner; `alpha` 0..1. */
void eval_picture_stamp(const eval_picture *picture, const eval_picture *mask, int left, int top,
                        eval_colour colour, double alpha);

/* Draw `in` into the quadrilateral with the corners (x, y) for its top left, top right, bottom
 * right and bottom left, in pixels of `picture`. */
bool eval_picture_draw(const eval_picture *picture, const eval_picture *in,
                       const double corners[4][2]);

#endif
