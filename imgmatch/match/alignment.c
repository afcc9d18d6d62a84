/*
 * Improving an alignment on the pixels, and finding one without features; see agreement.c.
 *
 * The reference's raster stays fixed and the query is sampled anew in every step, so that the
 * derivative of the sampled brightness by the raster's own coordinates is all that is needed: a
 * step is an affine change of the raster, applied before the transform.
 */
#include "match/agreement.h"

#include "base/processors.h"
#include "match/normal_equations.h"
#include "match/overlay.h"
#include "match/transform.h"

#include <math.h>
#include <string.h>

#define STEPS 8        /* Gauss-Newton steps of a refinement. */
#define AFFINE_FROM 3  /* The first steps move and scale only. */
#define MAX_STEP 0.12F /* Fractions of the reference that one step may move a corner. */
#define ENOUGH 0.0005F /* A smaller step ends the refinement. */

#define SIDE IMX_THUMBNAIL_SIDE

typedef double four __attribute__((vector_size(4 * sizeof(double))));

/* What a row of the raster says of the change. */
typedef struct row_of_slopes {
    float x[SIDE]; /* Of the query's brightness. */
    float y[SIDE];
    float across[SIDE]; /* Place, from the middle. */
    float error[SIDE];  /* What is to be explained. */
    float weight[SIDE]; /* 0 where a neighbour lies outside of the query. */
} row_of_slopes;

/* Weighted sums of the products of each unknown's factor with those of all, in two vectors: move x,
 * move y, scale, rotation; or all six of an affine change; then the error. Their order is that of
 * the pixels, so each is what it would be alone. */
typedef struct slope_sums {
    four low[6];
    four high[6];
} slope_sums;

IMX_FOR_EACH_PROCESSOR
static void find_slopes(row_of_slopes *restrict out, const imx_overlay *overlay,
                        const imx_sketch *reference, uint32_t y, float gain, float offset) {
    const uint32_t width = overlay->width;
    const float columns = (float)width;
    const float rows = (float)overlay->height;
    const float *luma = overlay->luma + (size_t)y * width;
    const bool *inside = overlay->inside + (size_t)y * width;
    const uint8_t *expected = reference->luma + (size_t)y * width;
    for (uint32_t x = 1; x + 1 < width; x++) {
        uint32_t all = (uint32_t)inside[x] & inside[x - 1] & inside[x + 1] & *(inside + x - width) &
                       inside[x + width];
        float error = gain * (float)expected[x] + offset - luma[x];
        /* What an overlay changed must not pull. */
        float weight = 1 / (1 + error * error / 400);
        out->x[x] = (luma[x + 1] - luma[x - 1]) * columns / 2;
        out->y[x] = (luma[x + width] - *(luma + x - width)) * rows / 2;
        out->across[x] = ((float)x + 0.5F) / columns - 0.5F;
        out->error[x] = error;
        out->weight[x] = all != 0 ? weight : 0;
    }
}

/* Inlined with `affine` known: the loops over unknowns are unrolled then. */
__attribute__((always_inline)) static inline void
add_row(slope_sums *sums, const row_of_slopes *row, uint32_t width, float down, bool affine) {
    slope_sums now = *sums;
    for (uint32_t x = 1; x + 1 < width; x++) {
        if (row->weight[x] == 0) {
            continue;
        }
        double dx = (double)row->x[x], dy = (double)row->y[x];
        double u = (double)row->across[x], v = (double)down;
        double error = (double)row->error[x], weight = (double)row->weight[x];
        const four low = affine ? (four){dx, dy, dx * u, dx * v}
                                : (four){dx, dy, dx * u + dy * v, dy * u - dx * v};
        const four high = affine ? (four){dy * u, dy * v, error, 0} : (four){0, 0, error, 0};
        for (int j = 0; j < (affine ? 6 : 4); j++) {
            double weighted = weight * (j < 4 ? low[j] : high[j - 4]);
            now.low[j] += weighted * low;
            now.high[j] += weighted * high;
        }
    }
    *sums = now;
}

IMX_FOR_EACH_PROCESSOR
static void add_slopes(slope_sums *sums, const row_of_slopes *row, uint32_t width, float down,
                       bool affine) {
    if (affine) {
        add_row(sums, row, width, down, true);
    } else {
        add_row(sums, row, width, down, false);
    }
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
                 float gain, float offset, bool affine) {
    if (!(gain > 0.05F)) {
        return false;
    }
    slope_sums sums;
    memset(&sums, 0, sizeof sums);
    for (uint32_t y = 1; y + 1 < overlay->height; y++) {
        float down = ((float)y + 0.5F) / (float)overlay->height - 0.5F;
        row_of_slopes row;
        find_slopes(&row, overlay, reference, y, gain, offset);
        add_slopes(&sums, &row, overlay->width, down, affine);
    }
    double normal[36];
    double right[6] = {0};
    size_t size = affine ? 6 : 4;
    for (size_t j = 0; j < size; j++) {
        for (size_t k = 0; k <= j; k++) {
            normal[j * size + k] = k < 4 ? sums.low[j][k] : sums.high[j][k - 4];
        }
        normal[j * size + j] = normal[j * size + j] * 1.002 + 1;
        right[j] = sums.high[j][2];
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
    float gain;
    float offset;
    float best = imx_overlay_correlation(&gain, &offset, &overlay, reference);
    imx_transform now = *matrix;
    for (int i = 0; i < steps; i++) {
        imx_transform change;
        if (!step(&change, &overlay, reference, gain, offset, i >= AFFINE_FROM)) {
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
        float correlation = imx_overlay_correlation(&gain, &offset, &overlay, reference);
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

/* The eight orientations side by side: all of a frame's pixels are compared at once, each
 * orientation's in the order in which imx_overlay_correlation would. */
typedef float eight __attribute__((vector_size(8 * sizeof(float))));

typedef struct turned_pixels {
    eight luma[SIDE * SIDE];
} turned_pixels;

/* Orientation `k`, as `turn` would. */
static void turn_all(turned_pixels *out, const imx_overlay *upright, const imx_overlay *lying,
                     imx_raster raster) {
    const float *first[8];
    ptrdiff_t right[8];
    ptrdiff_t down[8];
    for (size_t k = 0; k < 8; k++) {
        const imx_transform *orientation = &orientations[k];
        bool exchanged = orientation->m[0] == 0;
        const imx_overlay *from = exchanged ? lying : upright;
        ptrdiff_t width = from->width;
        ptrdiff_t along = orientation->m[2] > 0 ? -1 : 1;
        ptrdiff_t across = orientation->m[5] > 0 ? -width : width;
        first[k] = from->luma + (along < 0 ? width - 1 : 0) +
                   (across < 0 ? (from->height - 1) * width : 0);
        right[k] = exchanged ? across : along;
        down[k] = exchanged ? along : across;
    }
    float(*to)[8] = (void *)out->luma;
    for (uint32_t y = 0; y < raster.height; y++) {
        for (uint32_t x = 0; x < raster.width; x++, to++) {
            for (size_t k = 0; k < 8; k++) {
                (*to)[k] = first[k][(ptrdiff_t)y * down[k] + (ptrdiff_t)x * right[k]];
            }
        }
    }
}

/* As imx_overlay_correlation of each, where all pixels are covered. */
IMX_FOR_EACH_PROCESSOR
static void correlate_all(float out[8], const turned_pixels *turned, const imx_sketch *reference,
                          size_t count) {
    const float n = (float)count;
    float a = 0, aa = 0;
    eight b = {0}, bb = {0}, ab = {0};
    for (size_t i = 0; i < count; i++) {
        a += (float)reference->luma[i];
        b += turned->luma[i];
    }
    a /= n;
    b /= n;
    for (size_t i = 0; i < count; i++) {
        float da = (float)reference->luma[i] - a;
        const eight db = turned->luma[i] - b;
        aa += da * da;
        bb += db * db;
        ab += da * db;
    }
    float noise = IMX_OVERLAY_NOISE(n);
    for (size_t k = 0; k < 8; k++) {
        out[k] = ab[k] / sqrtf((aa + noise) * (bb[k] + noise));
    }
}

/* Correlations of the reference with what lies under it in a frame, in each orientation. */
static void try_orientations(float out[8], const imx_features *query, const imx_sketch *reference,
                             const imx_transform *frame) {
    imx_raster raster = imx_thumbnail_raster(reference);
    bool square = raster.width == raster.height;
    size_t count = (size_t)raster.width * raster.height;
    imx_overlay upright;
    imx_overlay exchanged;
    imx_overlay_make(&upright, query, frame, raster);
    if (!square) {
        imx_overlay_make(&exchanged, query, frame,
                         (imx_raster){raster.height, raster.width, raster.plane});
    }
    const imx_overlay *lying = square ? &upright : &exchanged;
    if (upright.covered == count && lying->covered == count) {
        turned_pixels turned;
        turn_all(&turned, &upright, lying, raster);
        correlate_all(out, &turned, reference, count);
        return;
    }
    for (size_t k = 0; k < 8; k++) {
        imx_overlay overlay;
        turn(&overlay, orientations[k].m[0] == 0 ? lying : &upright, &orientations[k]);
        out[k] = imx_overlay_correlation(NULL, NULL, &overlay, reference);
    }
}

void imx_agreement_direct(imx_agreement *out, const imx_features *query,
                          const imx_sketch *reference, const imx_transform *parts, size_t count) {
    memset(out, 0, sizeof *out);
    if (query->level_count == 0 || reference->thumbnail_width == 0) {
        return;
    }
    imx_transform best = orientations[0];
    float highest = -2;
    for (size_t i = 0; i < count; i++) {
        float correlations[8];
        try_orientations(correlations, query, reference, &parts[i]);
        for (size_t k = 0; k < 8; k++) {
            if (correlations[k] > highest) {
                highest = correlations[k];
                best = imx_transform_compose(&parts[i], &orientations[k]);
            }
        }
    }
    imx_agreement_refine(out, query, reference, &best);
}
