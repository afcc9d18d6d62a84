/*
 * A subject on a plain background, as on packshots.
 *
 * The background's colour is the median of a thin frame around the picture, and it is plain when
 * most of that frame has this colour. Whatever differs from it by more than noise is subject, but
 * for soft shadows: darker than the background in the same hue and without edges. Rows and columns
 * with at least two such pixels span the box.
 */
#include "image/layout_parts.h"

#define PLAIN_TOLERANCE 20
#define PLAIN_SHARE 0.75F   /* Of the frame. */
#define SUBJECT_DISTANCE 28 /* Levels of a channel. */
#define SHADOW_DEPTH 70     /* How much darker a shadow may be, */
#define SHADOW_HUE 10       /* how much its channels may differ from one another, */
#define SHADOW_STEP 8       /* and its steps from pixel to pixel. */
#define MAX_BOX_SHARE 0.85F
#define MIN_ROW_PIXELS 2u

static imx_colour frame_colour(imx_pixels picture, imx_rect inside, float *share) {
    imx_lines sides[4];
    imx_colour medians[4];
    imx_colour best = {{0, 0, 0}};
    *share = -1;
    for (int side = 0; side < 4; ++side) {
        sides[side] = imx_lines_from(picture, inside, (imx_side)side);
        medians[side] = imx_lines_median(&sides[side], 1);
    }
    for (int candidate = 0; candidate < 4; ++candidate) {
        float near = 0;
        float length = 0;
        for (int side = 0; side < 4; ++side) {
            float pixels = (float)sides[side].length;
            near +=
                pixels * imx_lines_share_near(&sides[side], 1, medians[candidate], PLAIN_TOLERANCE);
            length += pixels;
        }
        if (near / length > *share) {
            *share = near / length;
            best = medians[candidate];
        }
    }
    return best;
}

/* Darker than the background by nearly the same in all channels, and smooth. */
static bool is_shadow(const uint8_t *pixel, const uint8_t *left, const uint8_t *above,
                      imx_colour background) {
    int least = 255;
    int most = -255;
    for (int i = 0; i < 3; ++i) {
        int depth = background.rgb[i] - pixel[i];
        least = depth < least ? depth : least;
        most = depth > most ? depth : most;
    }
    return least >= 0 && most <= SHADOW_DEPTH && most - least <= SHADOW_HUE &&
           imx_colour_distance(pixel, left) <= SHADOW_STEP &&
           imx_colour_distance(pixel, above) <= SHADOW_STEP;
}

static bool is_subject(imx_pixels picture, uint32_t x, uint32_t y, imx_colour background) {
    const uint8_t *pixel = picture.rgb + y * picture.stride_bytes + 3 * (size_t)x;
    const uint8_t *left = x > 0 ? pixel - 3 : pixel;
    const uint8_t *above = y > 0 ? pixel - picture.stride_bytes : pixel;
    return imx_colour_distance(pixel, background.rgb) > SUBJECT_DISTANCE &&
           !is_shadow(pixel, left, above, background);
}

/* First and last index at which `counts` reaches the minimum. */
static bool span(uint32_t *first, uint32_t *size, const uint16_t *counts, uint32_t total) {
    uint32_t start = 0;
    while (start < total && counts[start] < MIN_ROW_PIXELS) {
        ++start;
    }
    if (start == total) {
        return false;
    }
    uint32_t end = total;
    while (counts[end - 1] < MIN_ROW_PIXELS) {
        --end;
    }
    *first = start;
    *size = end - start;
    return true;
}

void imx_subject_find(imx_subject *out, imx_pixels picture, imx_rect inside) {
    uint16_t rows[IMX_LAYOUT_MAX_SIDE] = {0};
    uint16_t columns[IMX_LAYOUT_MAX_SIDE] = {0};
    *out = (imx_subject){.box = inside, .count = (uint64_t)inside.width * inside.height};
    if (inside.width < 8 || inside.height < 8) {
        return;
    }
    float share;
    imx_colour background = frame_colour(picture, inside, &share);
    if (share < PLAIN_SHARE) {
        return;
    }
    uint64_t count = 0;
    for (uint32_t y = 0; y < inside.height; ++y) {
        for (uint32_t x = 0; x < inside.width; ++x) {
            if (is_subject(picture, inside.x + x, inside.y + y, background)) {
                ++rows[y];
                ++columns[x];
                ++count;
            }
        }
    }
    imx_rect box;
    if (!span(&box.y, &box.height, rows, inside.height) ||
        !span(&box.x, &box.width, columns, inside.width)) {
        out->count = count; /* Nothing but background. */
        return;
    }
    out->count = count;
    float box_share =
        (float)box.width * (float)box.height / ((float)inside.width * (float)inside.height);
    if (box_share <= MAX_BOX_SHARE) {
        box.x += inside.x;
        box.y += inside.y;
        out->box = box;
        out->found = true;
    }
}
