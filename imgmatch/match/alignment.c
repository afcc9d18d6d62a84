/*
 * Improving an alignment on the pixels, and finding one without features; see agreement.c.
 *
 * The reference's raster stays fixed and the query is sampled anew in every step, so that the
 * derivative of the sampled brightness by the raster's own coordinates is all that is needed: a
 * step is an affine change of the raster, applied before the transform.
 */
#include "match/agreement.h"
#include "match/normal_equations.h"
#include "match/overlay.h"
#include "match/transform.h"

#include <math.h>
#include <string.h>

#define STEPS 8        /* Gauss-Newton steps of a refinement. */
#define AFFINE_FROM 3  /* The first steps move and scale only. */
#define MAX_STEP 0.12F /* Fractions of the reference that one step may move a corner. */
#define ENOUGH 0.0005F /* A smaller step ends the refinement. */

/* Unknowns: move x, move y, scale, rotation; or all six of an affine change. */
static size_t row_of(double row[6], float gx, float gy, float u, float v, bool affine) {
    double dx = (double)gx;
    double dy = (double)gy;
    row[0] = dx;
    row[1] = dy;
    if (!affine) {
        row[2] = dx * (double)u + dy * (double)v;
        row[3] = dy * (double)u - dx * (double)v;
        return 4;
    }
    row[2] = dx * (double)u;
    row[3] = dx * (double)v;
    row[4] = dy * (double)u;
    row[5] = dy * (double)v;
    return 6;
}

static imx_transform change_of(const double p[6], bool affine) {
    /* Around the centre of the reference: u = x - 1/2. */
    double a = p[2];
    double b = affine ? p[3] : -p[3];
    double c = affine ? p[4] : p[3];
    double d = affine ? p[5] : p[2];
    return (imx_transform){{(float)(1 + a), (float)b, (float)(p[0] - (a + b) / 2), (float)c,
                            (float)(1 + d), (float)(p[1] - (c + d) / 2)}};
}

/* One step: the change of the raster that best explains the difference. False when it has no
 * answer. */
static bool step(imx_transform *out, const imx_overlay *overlay, const imx_sketch *reference,
                 bool affine) {
    float gain;
    float offset;
    (void)imx_overlay_correlation(&gain, &offset, overlay, reference);
    if (!(gain > 0.05F)) {
        return false;
    }
    uint32_t width = overlay->width;
    uint32_t height = overlay->height;
    double normal[36] = {0};
    double right[6] = {0};
    size_t size = affine ? 6 : 4;
    for (uint32_t y = 1; y + 1 < height; y++) {
        for (uint32_t x = 1; x + 1 < width; x++) {
            size_t i = (size_t)y * width + x;
            if (!overlay->inside[i] || !overlay->inside[i - 1] || !overlay->inside[i + 1] ||
                !overlay->inside[i - width] || !overlay->inside[i + width]) {
                continue;
            }
            float gx = (overlay->luma[i + 1] - overlay->luma[i - 1]) * (float)width / 2;
            float gy = (overlay->luma[i + width] - overlay->luma[i - width]) * (float)height / 2;
            float error = gain * (float)reference->luma[i] + offset - overlay->luma[i];
            /* What an overlay changed must not pull. */
            float weight = 1 / (1 + error * error / 400);
            double row[6];
            row_of(row, gx, gy, ((float)x + 0.5F) / (float)width - 0.5F,
                   ((float)y + 0.5F) / (float)height - 0.5F, affine);
            for (size_t j = 0; j < size; j++) {
                for (size_t k = 0; k <= j; k++) {
                    normal[j * size + k] += (double)weight * row[j] * row[k];
                }
                right[j] += (double)weight * row[j] * (double)error;
            }
        }
    }
    for (size_t j = 0; j < size; j++) {
        normal[j * size + j] = normal[j * size + j] * 1.002 + 1;
    }
    if (!imx_solve(normal, right, size)) {
        return false;
    }
    *out = change_of(right, affine);
    return true;
}

static float largest_move(const imx_transform *change) {
    float most = 0;
    for (int corner = 0; corner < 4; corner++) {
        imx_point from = {(float)(corner & 1), (float)(corner >> 1)};
        imx_point to = imx_transform_apply(change, from);
        most = fmaxf(most, fmaxf(fabsf(to.x - from.x), fabsf(to.y - from.y)));
    }
    return most;
}

static float descend(imx_transform *matrix, const imx_features *query, const imx_sketch *reference,
                     int steps) {
    imx_raster raster = imx_thumbnail_raster(reference);
    imx_overlay overlay;
    imx_overlay_make(&overlay, query, matrix, raster);
    uint32_t least = overlay.covered - overlay.covered / 8;
    float best = imx_overlay_correlation(NULL, NULL, &overlay, reference);
    imx_transform now = *matrix;
    for (int i = 0; i < steps; i++) {
        imx_transform change;
        if (!step(&change, &overlay, reference, i >= AFFINE_FROM)) {
            break;
        }
        float move = largest_move(&change);
        if (!(move < MAX_STEP)) {
            break;
        }
        now = imx_transform_compose(&now, &change);
        imx_overlay_make(&overlay, query, &now, raster);
        if (overlay.covered < least) {
            break; /* It slides out of the query. */
        }
        float correlation = imx_overlay_correlation(NULL, NULL, &overlay, reference);
        if (correlation > best) {
            best = correlation;
            *matrix = now;
        } else if (correlation < best - 0.02F) {
            break;
        }
        if (move < ENOUGH) {
            break;
        }
    }
    return best;
}

void imx_agreement_refine(imx_agreement *out, const imx_features *query,
                          const imx_sketch *reference, const imx_transform *matrix) {
    imx_transform transform = *matrix;
    if (query->level_count > 0 && reference->thumbnail_width > 0) {
        (void)descend(&transform, query, reference, STEPS);
    }
    imx_agreement_measure(out, query, reference, &transform);
}

/* The eight symmetries of the square, on fractions. */
static const imx_transform orientations[8] = {
    {{1, 0, 0, 0, 1, 0}},  {{-1, 0, 1, 0, 1, 0}}, {{0, -1, 1, 1, 0, 0}}, {{-1, 0, 1, 0, -1, 1}},
    {{0, 1, 0, -1, 0, 1}}, {{1, 0, 0, 0, -1, 1}}, {{0, 1, 0, 1, 0, 0}},  {{0, -1, 1, -1, 0, 1}},
};

/* What lies under a reference of one of the eight orientations, out of the upright pixels of its
 * frame; of the orientations that exchange the axes, `upright` is as high as the reference is wide.
 * As sampling again would do, but for roundings. */
static void turn(imx_overlay *out, const imx_overlay *upright, const imx_transform *orientation) {
    bool exchanged = orientation->m[0] == 0;
    bool from_right = orientation->m[2] > 0;
    bool from_below = orientation->m[5] > 0;
    out->width = exchanged ? upright->height : upright->width;
    out->height = exchanged ? upright->width : upright->height;
    out->covered = upright->covered;
    for (uint32_t y = 0; y < out->height; y++) {
        for (uint32_t x = 0; x < out->width; x++) {
            uint32_t column = exchanged ? y : x;
            uint32_t row = exchanged ? x : y;
            column = from_right ? upright->width - 1 - column : column;
            row = from_below ? upright->height - 1 - row : row;
            size_t from = (size_t)row * upright->width + column;
            size_t to = (size_t)y * out->width + x;
            out->inside[to] = upright->inside[from];
            out->luma[to] = upright->luma[from];
        }
    }
}

void imx_agreement_direct(imx_agreement *out, const imx_features *query,
                          const imx_sketch *reference, const imx_frame *frames, size_t count) {
    memset(out, 0, sizeof *out);
    if (query->level_count == 0 || reference->thumbnail_width == 0) {
        return;
    }
    imx_raster raster = imx_thumbnail_raster(reference);
    imx_raster turned = {raster.height, raster.width, raster.plane};
    bool square = raster.width == raster.height;
    imx_transform best = orientations[0];
    float highest = -2;
    for (size_t i = 0; i < count; i++) {
        imx_transform frame = {{frames[i].width, 0, frames[i].x, 0, frames[i].height, frames[i].y}};
        imx_overlay upright;
        imx_overlay exchanged;
        imx_overlay_make(&upright, query, &frame, raster);
        if (!square) {
            imx_overlay_make(&exchanged, query, &frame, turned);
        }
        const imx_overlay *lying = square ? &upright : &exchanged;
        for (size_t k = 0; k < 8; k++) {
            const imx_transform *orientation = &orientations[k];
            imx_overlay overlay;
            turn(&overlay, orientation->m[0] == 0 ? lying : &upright, orientation);
            float correlation = imx_overlay_correlation(NULL, NULL, &overlay, reference);
            if (correlation > highest) {
                highest = correlation;
                best = imx_transform_compose(&frame, orientation);
            }
        }
    }
    imx_agreement_refine(out, query, reference, &best);
}
