/*
 * The lines of a rectangle, counted from one of its sides inwards: rows from the top or bottom,
 * columns from the left or right. What is found for one side is found for all four.
 */
#ifndef IMX_IMAGE_LINES_H
#define IMX_IMAGE_LINES_H

#include "base/pixels.h"

typedef enum imx_side { IMX_TOP, IMX_BOTTOM, IMX_LEFT, IMX_RIGHT } imx_side;

typedef struct imx_colour {
    uint8_t rgb[3];
} imx_colour;

typedef struct imx_lines {
    const uint8_t *first; /* First pixel of line 0. */
    ptrdiff_t along;      /* Bytes to the next pixel of a line. */
    ptrdiff_t across;     /* Bytes to the next line. */
    uint32_t length;      /* Pixels of a line. */
    uint32_t count;
} imx_lines;

imx_lines imx_lines_from(imx_pixels picture, imx_rect rect, imx_side side);

/* Median of each channel over one line. */
imx_colour imx_lines_median(const imx_lines *lines, uint32_t index);

/* Share 0..1 of a line's pixels whose channels are all within `tolerance` of `colour`. */
float imx_lines_share_near(const imx_lines *lines, uint32_t index, imx_colour colour,
                           int tolerance);

/* The largest difference of a channel. */
static inline int imx_colour_distance(const uint8_t *a, const uint8_t *b) {
    int most = 0;
    for (int i = 0; i < 3; ++i) {
        int difference = a[i] > b[i] ? a[i] - b[i] : b[i] - a[i];
        most = difference > most ? difference : most;
    }
    return most;
}

/* The difference, as above, between the lines before and behind line `index`, at pixel `i` of them;
 * both have to be there. */
static inline int imx_lines_step(const imx_lines *lines, uint32_t index, uint32_t i) {
    const uint8_t *at = lines->first + (ptrdiff_t)i * lines->along;
    return imx_colour_distance(at + (ptrdiff_t)(index - 1) * lines->across,
                               at + (ptrdiff_t)(index + 1) * lines->across);
}

/* How many pixels of from..to differ there by more than `least`. */
static inline uint32_t imx_lines_steps(const imx_lines *lines, uint32_t index, uint32_t from,
                                       uint32_t to, int least) {
    uint32_t steps = 0;
    for (uint32_t i = from; i < to; ++i) {
        steps += imx_lines_step(lines, index, i) > least;
    }
    return steps;
}

#endif
