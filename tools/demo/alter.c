/*
 * Everything is deterministic and in whole numbers, so that every machine makes the same pixels.
 * Pictures that come in are 16 to 32768 pixels wide and high, as the library's limits have it, so
 * no product of two sides and three bytes overflows a size_t of 64 bits.
 */
#include "alter.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static bool make(alter_picture *out, uint32_t width, uint32_t height) {
    out->width = width;
    out->height = height;
    out->rgb = calloc((size_t)width * height, 3);
    return out->rgb != NULL;
}

static uint8_t *pixel(const alter_picture *picture, uint32_t x, uint32_t y) {
    return picture->rgb + 3 * ((size_t)y * picture->width + x);
}

static uint8_t clamp(int value) { return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value); }

static void copy(alter_picture *out, const alter_picture *in) {
    if (make(out, in->width, in->height))
        memcpy(out->rgb, in->rgb, (size_t)in->width * in->height * 3);
}

static void crop(alter_picture *out, const alter_picture *in) {
    uint32_t left = in->width / 10, top = in->height / 8;
    if (!make(out, in->width * 7 / 10, in->height * 7 / 10))
        return;
    for (uint32_t y = 0; y < out->height; y++)
        memcpy(pixel(out, 0, y), pixel(in, left, top + y), 3 * (size_t)out->width);
}

static void mirror(alter_picture *out, const alter_picture *in) {
    if (!make(out, in->width, in->height))
        return;
    for (uint32_t y = 0; y < in->height; y++)
        for (uint32_t x = 0; x < in->width; x++)
            memcpy(pixel(out, x, y), pixel(in, in->width - 1 - x, y), 3);
}

static void turn(alter_picture *out, const alter_picture *in) {
    if (!make(out, in->height, in->width))
        return;
    for (uint32_t y = 0; y < out->height; y++)
        for (uint32_t x = 0; x < out->width; x++)
            memcpy(pixel(out, x, y), pixel(in, y, in->height - 1 - x), 3);
}

/* Each output pixel is the mean of the input pixels that it covers. */
static void shrink_into(const alter_picture *out, uint32_t left, uint32_t top, uint32_t width,
                        uint32_t height, const alter_picture *in) {
    for (uint32_t y = 0; y < height; y++) {
        uint32_t y0 = (uint32_t)((uint64_t)y * in->height / height);
        uint32_t y1 = (uint32_t)((uint64_t)(y + 1) * in->height / height);
        for (uint32_t x = 0; x < width; x++) {
            uint32_t x0 = (uint32_t)((uint64_t)x * in->width / width);
            uint32_t x1 = (uint32_t)((uint64_t)(x + 1) * in->width / width);
            uint64_t sum[3] = {0}, count = 0;
            for (uint32_t v = y0; v < y1 || v == y0; v++) {
                for (uint32_t u = x0; u < x1 || u == x0; u++, count++) {
                    for (int c = 0; c < 3; c++)
                        sum[c] += pixel(in, u, v)[c];
                }
            }
            for (int c = 0; c < 3; c++)
                pixel(out, left + x, top + y)[c] = (uint8_t)((sum[c] + count / 2) / count);
        }
    }
}

static void shrink(alter_picture *out, const alter_picture *in) {
    if (make(out, in->width / 3 + 16,
             (uint32_t)((uint64_t)in->height * (in->width / 3 + 16) / in->width)))
        shrink_into(out, 0, 0, out->width, out->height, in);
}

static void grey(alter_picture *out, const alter_picture *in) {
    copy(out, in);
    if (!out->rgb)
        return;
    for (size_t i = 0; i < (size_t)in->width * in->height; i++) {
        uint8_t *p = out->rgb + 3 * i;
        p[0] = p[1] = p[2] = (uint8_t)((299 * p[0] + 587 * p[1] + 114 * p[2] + 500) / 1000);
    }
}

static void brighten(alter_picture *out, const alter_picture *in) {
    copy(out, in);
    if (!out->rgb)
        return;
    for (size_t i = 0; i < (size_t)in->width * in->height; i++) {
        uint8_t *p = out->rgb + 3 * i;
        p[0] = clamp((p[0] - 128) * 13 / 10 + 158);
        p[1] = clamp((p[1] - 128) * 13 / 10 + 150);
        p[2] = clamp((p[2] - 128) * 13 / 10 + 135);
    }
}

static void fill(const alter_picture *picture, uint32_t left, uint32_t top, uint32_t width,
                 uint32_t height, const uint8_t colour[3]) {
    for (uint32_t y = top; y < top + height && y < picture->height; y++)
        for (uint32_t x = left; x < left + width && x < picture->width; x++)
            memcpy(pixel(picture, x, y), colour, 3);
}

/* "SALE!", five letters of 5 x 7 cells. */
static const char *const letters[7] = {".####..###..#.....#####..#", "#.....#...#.#.....#......#",
                                       "#.....#...#.#.....#......#", ".###..#####.#.....####...#",
                                       "....#.#...#.#.....#......#", "....#.#...#.#.............",
                                       "####..#...#.#####.#####..#"};

static void banner(alter_picture *out, const alter_picture *in) {
    static const uint8_t red[3] = {200, 20, 30}, white[3] = {255, 255, 255};
    copy(out, in);
    if (!out->rgb)
        return;
    uint32_t height = in->height / 5, top = in->height - height;
    uint32_t cell = height / 9 < in->width / 28 ? height / 9 : in->width / 28;
    fill(out, 0, top, in->width, height, red);
    for (uint32_t row = 0; row < 7; row++) {
        for (uint32_t column = 0; letters[row][column]; column++) {
            if (letters[row][column] == '#')
                fill(out, cell * (column + 1), top + cell * (row + 1), cell, cell, white);
        }
    }
}

static void border(alter_picture *out, const alter_picture *in) {
    static const uint8_t black[3] = {0, 0, 0};
    uint32_t frame = in->width / 6;
    if (!make(out, in->width + 2 * frame, in->height + 2 * frame))
        return;
    fill(out, 0, 0, out->width, out->height, black);
    for (uint32_t y = 0; y < in->height; y++)
        memcpy(pixel(out, frame, frame + y), pixel(in, 0, y), 3 * (size_t)in->width);
}

/* The photo at 60% of its size on a speckled slope of colour, off the centre. */
static void paste(alter_picture *out, const alter_picture *in) {
    uint32_t noise = 12345;
    if (!make(out, in->width, in->height))
        return;
    for (uint32_t y = 0; y < out->height; y++) {
        for (uint32_t x = 0; x < out->width; x++) {
            noise = noise * 1664525u + 1013904223u;
            int speckle = (int)(noise >> 27) - 16;
            uint8_t *p = pixel(out, x, y);
            p[0] = clamp((int)(60 + 120 * x / out->width) + speckle);
            p[1] = clamp((int)(150 - 60 * y / out->height) + speckle);
            p[2] = clamp((int)(90 + 50 * y / out->height) + speckle);
        }
    }
    shrink_into(out, in->width / 4, in->height / 3, in->width * 6 / 10, in->height * 6 / 10, in);
}

const alteration *alter_list(void) {
    static const alteration list[] = {
        {"re-encoded", "saved as a poor JPEG", copy, 15},
        {"shrunk", "a third of the size", shrink, 85},
        {"cropped", "half of the area cut away", crop, 85},
        {"mirrored", "left and right exchanged", mirror, 85},
        {"turned", "by a quarter", turn, 85},
        {"grey", "without colour", grey, 85},
        {"recoloured", "brighter, warmer, more contrast", brighten, 85},
        {"banner", "text over the bottom", banner, 85},
        {"border", "a black frame", border, 85},
        {"pasted", "on another background", paste, 85},
        {NULL, NULL, NULL, 0}};
    return list;
}
