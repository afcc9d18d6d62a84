/* Pictures that the image tests draw for themselves: the same bytes on every machine. */
#ifndef TEST_IMAGE_SAMPLES_H
#define TEST_IMAGE_SAMPLES_H

#include "base/pixels.h"
#include "base/random.h"

#include <stdlib.h>

typedef struct sample_picture {
    uint8_t *rgb; /* The test's, freed with free(). */
    uint32_t width;
    uint32_t height;
} sample_picture;

static inline imx_pixels sample_view(const sample_picture *picture) {
    return (imx_pixels){picture->rgb, picture->width, picture->height, 3 * (size_t)picture->width};
}

static inline void sample_fill(sample_picture *picture, imx_rect rect, const uint8_t colour[3]) {
    for (uint32_t y = rect.y; y < rect.y + rect.height && y < picture->height; ++y) {
        for (uint32_t x = rect.x; x < rect.x + rect.width && x < picture->width; ++x) {
            for (int c = 0; c < 3; ++c) {
                picture->rgb[3 * ((size_t)y * picture->width + x) + (size_t)c] = colour[c];
            }
        }
    }
}

static inline sample_picture sample_plain(uint32_t width, uint32_t height, uint8_t level) {
    sample_picture picture = {malloc(3 * (size_t)width * height), width, height};
    if (picture.rgb == NULL) {
        abort();
    }
    uint8_t colour[3] = {level, level, level};
    sample_fill(&picture, (imx_rect){0, 0, width, height}, colour);
    return picture;
}

static inline uint8_t sample_clip(int value) {
    return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
}

/* Something like a photograph: a slow gradient, discs of many sizes with soft shading, noise. No
 * straight line runs through it. */
static inline sample_picture sample_scene(uint32_t width, uint32_t height, uint64_t seed) {
    sample_picture picture = sample_plain(width, height, 0);
    imx_random random = {seed};
    int base[3];
    int slope[3];
    for (int c = 0; c < 3; ++c) {
        base[c] = 60 + (int)imx_random_below(&random, 80);
        slope[c] = (int)imx_random_below(&random, 100);
    }
    enum { DISCS = 40 };
    struct {
        int x, y, r, colour[3];
    } discs[DISCS];
    for (int i = 0; i < DISCS; ++i) {
        discs[i].x = (int)imx_random_below(&random, width);
        discs[i].y = (int)imx_random_below(&random, height);
        discs[i].r = 4 + (int)imx_random_below(&random, (width + height) / 10 + 1);
        for (int c = 0; c < 3; ++c) {
            discs[i].colour[c] = (int)imx_random_below(&random, 256);
        }
    }
    for (int y = 0; y < (int)height; ++y) {
        for (int x = 0; x < (int)width; ++x) {
            int colour[3];
            for (int c = 0; c < 3; ++c) {
                colour[c] = base[c] + slope[c] * (x + 2 * y) / (int)(width + 2 * height);
            }
            for (int i = 0; i < DISCS; ++i) {
                int dx = x - discs[i].x;
                int dy = y - discs[i].y;
                if (dx * dx + dy * dy < discs[i].r * discs[i].r) {
                    for (int c = 0; c < 3; ++c) {
                        colour[c] = discs[i].colour[c] + 30 * dx / discs[i].r;
                    }
                }
            }
            int noise = (int)imx_random_below(&random, 9) - 4;
            for (int c = 0; c < 3; ++c) {
                picture.rgb[3 * ((size_t)y * width + (size_t)x) + (size_t)c] =
                    sample_clip(colour[c] + noise);
            }
        }
    }
    return picture;
}

/* Copy `part` into `picture` with its upper left corner at (x, y). */
static inline void sample_paste(sample_picture *picture, const sample_picture *part, uint32_t x,
                                uint32_t y) {
    for (uint32_t row = 0; row < part->height; ++row) {
        for (uint32_t i = 0; i < 3 * part->width; ++i) {
            picture->rgb[3 * ((size_t)(y + row) * picture->width + x) + i] =
                part->rgb[3 * (size_t)row * part->width + i];
        }
    }
}

#endif
