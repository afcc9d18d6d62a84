/*
 * Smoothing goes in passes of the binomial kernel 1 2 1, of variance 1/2 in each direction, and the
 * last one is a part of a pass. Colours, on a raster three times as coarse, are smoothed once, by
 * the same width in the picture.
 */
#include "match/softness.h"

#include "match/agreement.h"
#include "match/median.h"

#include <math.h>
#include <string.h>

#define SIDE IMX_THUMBNAIL_SIDE
#define CELLS IMX_AGREEMENT_CELLS
#define PASS 0.5F         /* Variance of a whole pass. */
#define CLEARLY 0.8F      /* Ratio of sharpness under which a query is softer. */
#define LEAST_PIXELS 12   /* Of a cell, with both neighbours in the query. */
#define LEAST_RANGE 24.0F /* Levels between which an edge can be judged. */
#define LEAST_CELLS 4     /* That tell how soft the query is. */
#define COARSER 3.0F      /* Thumbnail pixels in one of the colour raster. */

/* The kernel share, 1 - 2 * share, share along a line of `count` pixels that lie `stride` apart;
 * the pixels at its ends go on outside. */
static void smooth_line(float *pixels, uint32_t count, size_t stride, float share) {
    float line[SIDE];
    for (uint32_t i = 0; i < count; i++) {
        line[i] = pixels[i * stride];
    }
    for (uint32_t i = 0; i < count; i++) {
        float before = line[i > 0 ? i - 1 : 0];
        float after = line[i + 1 < count ? i + 1 : i];
        pixels[i * stride] += share * (before + after - 2 * line[i]);
    }
}

/* Across and then down. */
static void smooth(float *plane, uint32_t width, uint32_t height, float share) {
    for (uint32_t y = 0; y < height; y++) {
        smooth_line(plane + (size_t)y * width, width, 1, share);
    }
    for (uint32_t x = 0; x < width; x++) {
        smooth_line(plane + x, height, width, share);
    }
}

/* Of each cell the steepest step between two pixels, as a share of the cell's range of levels; -1
 * where there is no edge. */
static void measure(float sharpness[CELLS * CELLS], const float *plane, const imx_overlay *at) {
    float steepest[CELLS * CELLS] = {0};
    float least[CELLS * CELLS], most[CELLS * CELLS];
    int n[CELLS * CELLS] = {0};
    for (size_t i = 0; i < CELLS * CELLS; i++) {
        least[i] = INFINITY;
        most[i] = -INFINITY;
    }
    for (uint32_t y = 0; y + 1 < at->height; y++) {
        for (uint32_t x = 0; x + 1 < at->width; x++) {
            size_t i = (size_t)y * at->width + x;
            if (!at->inside[i] || !at->inside[i + 1] || !at->inside[i + at->width]) {
                continue;
            }
            size_t cell = y * CELLS / at->height * CELLS + x * CELLS / at->width;
            float across = fabsf(plane[i + 1] - plane[i]);
            float down = fabsf(plane[i + at->width] - plane[i]);
            steepest[cell] = fmaxf(steepest[cell], fmaxf(across, down));
            least[cell] = fminf(least[cell], plane[i]);
            most[cell] = fmaxf(most[cell], plane[i]);
            n[cell]++;
        }
    }
    for (size_t i = 0; i < CELLS * CELLS; i++) {
        bool seen = n[i] >= LEAST_PIXELS && most[i] - least[i] >= LEAST_RANGE;
        sharpness[i] = seen ? steepest[i] / (most[i] - least[i]) : -1;
    }
}

/* Ratio of the query's sharpness to the plane's that two thirds of the cells do not exceed: what
 * was laid over a part, or put in the place of the ground, changes it in some only. 1 when few
 * tell. */
static float compare(const float query[CELLS * CELLS], const float *plane, const imx_overlay *at) {
    float own[CELLS * CELLS];
    float ratios[CELLS * CELLS];
    size_t count = 0;
    measure(own, plane, at);
    for (size_t i = 0; i < CELLS * CELLS; i++) {
        if (query[i] >= 0 && own[i] > 0) {
            ratios[count++] = query[i] / own[i];
        }
    }
    if (count < LEAST_CELLS) {
        return 1;
    }
    imx_sort(ratios, count);
    return ratios[2 * count / 3];
}

/* Smooth the plane until it is as soft as the query, which is softer; returns the variance of that.
 */
static float soften(float *plane, float ratio, const float query[CELLS * CELLS],
                    const imx_overlay *at) {
    float last[SIDE * SIDE];
    size_t count = (size_t)at->width * at->height;
    float variance = 0;
    while (variance < IMX_SOFTEST) {
        memcpy(last, plane, count * sizeof *last);
        smooth(plane, at->width, at->height, PASS / 2);
        float next = compare(query, plane, at);
        if (next >= 1) {
            float part = (1 - ratio) / (next - ratio);
            memcpy(plane, last, count * sizeof *last);
            smooth(plane, at->width, at->height, part * PASS / 2);
            return variance + part * PASS;
        }
        variance += PASS;
        ratio = next;
    }
    return variance;
}

static void to_floats(float *out, const uint8_t *bytes, size_t count) {
    for (size_t i = 0; i < count; i++) {
        out[i] = (float)bytes[i];
    }
}

static void to_bytes(uint8_t *out, const float *values, size_t count) {
    for (size_t i = 0; i < count; i++) {
        out[i] = (uint8_t)lroundf(fminf(fmaxf(values[i], 0), 255));
    }
}

static void smooth_colour(uint8_t *bytes, const imx_sketch *sketch, float variance) {
    float plane[IMX_CHROMA_SIDE * IMX_CHROMA_SIDE];
    size_t count = (size_t)sketch->chroma_width * sketch->chroma_height;
    to_floats(plane, bytes, count);
    smooth(plane, sketch->chroma_width, sketch->chroma_height, variance / (COARSER * COARSER) / 2);
    to_bytes(bytes, plane, count);
}

const imx_sketch *imx_softened(imx_sketch *room, float *variance, const imx_sketch *reference,
                               const imx_overlay *query) {
    float plane[SIDE * SIDE];
    float sharpness[CELLS * CELLS];
    size_t count = (size_t)query->width * query->height;
    *variance = 0;
    to_floats(plane, reference->luma, count);
    measure(sharpness, query->luma, query);
    float ratio = compare(sharpness, plane, query);
    if (ratio >= CLEARLY) {
        return reference;
    }
    *variance = soften(plane, ratio, sharpness, query);
    *room = *reference;
    to_bytes(room->luma, plane, count);
    smooth_colour(room->cb, room, *variance);
    smooth_colour(room->cr, room, *variance);
    return room;
}
