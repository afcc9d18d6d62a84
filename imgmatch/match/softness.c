/*
 * Smoothing goes in passes of the binomial kernel 1 2 1, of variance 1/2 in each direction, and the
 * last one is a part of a pass. Colours, on a raster three times as coarse, are smoothed once, by
 * the same width in the picture.
 */
#include "match/softness.h"

#include <math.h>
#include <string.h>

#define SIDE IMX_THUMBNAIL_SIDE
#define PASS 0.5F       /* Variance of a whole pass. */
#define CLEARLY 0.8F    /* Share of the reference's gradients under which the query is softer. */
#define LEAST_PIXELS 60 /* With both neighbours in the query. */
#define LEAST_CONTRAST 5.0F /* Standard deviation in levels: what is flat has no softness. */
#define COARSER 3.0F        /* Thumbnail pixels in one of the colour raster. */

/* The kernel share, 1 - 2 * share, share across and then down; the border's pixels go on outside.
 */
static void smooth(float *plane, uint32_t width, uint32_t height, float share) {
    float line[SIDE];
    for (uint32_t y = 0; y < height; y++) {
        float *row = plane + (size_t)y * width;
        memcpy(line, row, width * sizeof *line);
        for (uint32_t x = 0; x < width; x++) {
            float before = line[x > 0 ? x - 1 : 0];
            float after = line[x + 1 < width ? x + 1 : x];
            row[x] += share * (before + after - 2 * line[x]);
        }
    }
    for (uint32_t x = 0; x < width; x++) {
        for (uint32_t y = 0; y < height; y++) {
            line[y] = plane[(size_t)y * width + x];
        }
        for (uint32_t y = 0; y < height; y++) {
            float before = line[y > 0 ? y - 1 : 0];
            float after = line[y + 1 < height ? y + 1 : y];
            plane[(size_t)y * width + x] += share * (before + after - 2 * line[y]);
        }
    }
}

/* Mean square of the gradient over the variance, where the query is; -1 when nothing is to be seen.
 */
static float sharpness(const float *plane, const imx_overlay *at) {
    float n = 0, sum = 0, squares = 0, gradients = 0;
    for (uint32_t y = 0; y + 1 < at->height; y++) {
        for (uint32_t x = 0; x + 1 < at->width; x++) {
            size_t i = (size_t)y * at->width + x;
            if (!at->inside[i] || !at->inside[i + 1] || !at->inside[i + at->width]) {
                continue;
            }
            float across = plane[i + 1] - plane[i];
            float down = plane[i + at->width] - plane[i];
            gradients += across * across + down * down;
            n += 1;
            sum += plane[i];
            squares += plane[i] * plane[i];
        }
    }
    float variance = squares / fmaxf(n, 1) - sum / fmaxf(n, 1) * (sum / fmaxf(n, 1));
    if (n < LEAST_PIXELS || variance < LEAST_CONTRAST * LEAST_CONTRAST) {
        return -1;
    }
    return gradients / n / variance;
}

/* Smooth the plane until it is as soft; returns the variance of that. */
static float soften(float *plane, float wanted, const imx_overlay *at) {
    float last[SIDE * SIDE];
    size_t count = (size_t)at->width * at->height;
    float before = sharpness(plane, at);
    float variance = 0;
    while (variance < IMX_SOFTEST && before > wanted) {
        memcpy(last, plane, count * sizeof *last);
        smooth(plane, at->width, at->height, PASS / 2);
        float now = sharpness(plane, at);
        if (now > wanted) {
            variance += PASS;
            before = now;
            continue;
        }
        /* Part of this pass; all of it when nothing was left to be seen. */
        float part = now >= 0 ? (before - wanted) / (before - now) : 1;
        memcpy(plane, last, count * sizeof *last);
        smooth(plane, at->width, at->height, part * PASS / 2);
        return variance + part * PASS;
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
    size_t count = (size_t)query->width * query->height;
    *variance = 0;
    to_floats(plane, reference->luma, count);
    float wanted = sharpness(query->luma, query);
    if (wanted < 0 || wanted >= CLEARLY * sharpness(plane, query)) {
        return reference;
    }
    *variance = soften(plane, wanted, query);
    *room = *reference;
    to_bytes(room->luma, plane, count);
    smooth_colour(room->cb, room, *variance);
    smooth_colour(room->cr, room, *variance);
    return room;
}
