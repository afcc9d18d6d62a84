/* A borrowed view on 8-bit sRGB pixels; how pictures pass between modules that do not know one
 * another. */
#ifndef IMX_BASE_PIXELS_H
#define IMX_BASE_PIXELS_H

#include <stddef.h>
#include <stdint.h>

typedef struct imx_pixels {
    const uint8_t *rgb; /* Row by row, three bytes a pixel. */
    uint32_t width;
    uint32_t height;
    size_t stride_bytes; /* From one row to the next. */
} imx_pixels;

/* A rectangle in pixels; x + width <= the picture's width. */
typedef struct imx_rect {
    uint32_t x;
    uint32_t y;
    uint32_t width;
    uint32_t height;
} imx_rect;

static inline imx_pixels imx_pixels_crop(imx_pixels pixels, imx_rect rect) {
    imx_pixels part = {pixels.rgb + rect.y * pixels.stride_bytes + 3 * (size_t)rect.x, rect.width,
                       rect.height, pixels.stride_bytes};
    return part;
}

static inline double imx_span_overlap(uint32_t a, uint32_t a_size, uint32_t b, uint32_t b_size) {
    uint32_t from = a > b ? a : b;
    uint32_t to = a + a_size < b + b_size ? a + a_size : b + b_size;
    return to > from ? to - from : 0;
}

/* Area that both have. */
static inline double imx_rect_common(imx_rect a, imx_rect b) {
    return imx_span_overlap(a.x, a.width, b.x, b.width) *
           imx_span_overlap(a.y, a.height, b.y, b.height);
}

/* Intersection over union, 0..1. */
static inline double imx_rect_overlap(imx_rect a, imx_rect b) {
    double common = imx_rect_common(a, b);
    double all = (double)a.width * a.height + (double)b.width * b.height - common;
    return all > 0 ? common / all : 0;
}

#endif
