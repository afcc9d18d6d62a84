/*
 * Two robust fits (least squares, reweighted by Cauchy's weights squared, so that what was laid
 * over a part has no say), of the query's level at each pixel:
 *
 * - the reference's level in the query's tone, which a curve of medians gives, and what a small
 *   affine shift (its gradient times a flow that is linear in the place) and a small blur (its
 *   Laplacian) add. What is left of it is the remainder.
 * - the same of the reference as it is, with a gain and an offset: that gain is the contrast. A
 *   ratio of deviations would take any blur for less contrast, and noise for more.
 *
 * Of 36 copies of each kind with unchanged tone, nine in ten have a contrast of .99 to 1.01 here;
 * the ratio of deviations goes down to .85.
 */
#include "match/remainder.h"

#include "match/median.h"
#include "match/normal_equations.h"

#include <math.h>
#include <string.h>

#define PIXELS IMX_REMAINDER_PIXELS
#define BINS 16U         /* Of the tone curve. */
#define LEAST_IN_BIN 12U /* Pixels that tell its value. */
#define LEAST_PIXELS 60U
#define FLOW 6 /* Unknowns: 3 across, 3 down; */
#define SOFTNESS 6
#define GAIN 7
#define OFFSET 8
#define ROUNDS 5
#define FIRST_SCALE 20.0F /* Levels, before the first fit tells. */
#define LEAST_SCALE 1.5F
#define CLIPPED 4.0F       /* Levels from black and white, where a gain is not seen. */
#define LEAST_GRADIENT 1.5 /* Levels a pixel: white around a product says nothing of a fit. */
#define RIDGE 1e-2         /* Against thousands: for pictures without gradients. */

/* The median level of the query for each sixteenth of the reference's levels; -1 where few tell. */
static void measure_curve(float curve[BINS], const imx_overlay *query, const uint8_t *reference) {
    static const uint32_t width = 256 / BINS;
    uint32_t histogram[BINS][256] = {{0}};
    uint32_t counts[BINS] = {0};
    for (size_t i = 0; i < (size_t)query->width * query->height; i++) {
        if (query->inside[i]) {
            float level = fminf(fmaxf(query->luma[i] + 0.5F, 0), 255);
            uint32_t bin = reference[i] / width;
            histogram[bin][(uint32_t)level]++;
            counts[bin]++;
        }
    }
    for (uint32_t bin = 0; bin < BINS; bin++) {
        uint32_t seen = 0;
        uint32_t level = 0;
        while (level < 255 && 2 * (seen + histogram[bin][level]) <= counts[bin]) {
            seen += histogram[bin][level++];
        }
        curve[bin] = counts[bin] >= LEAST_IN_BIN ? (float)level : -1;
    }
}

/* Between the curve's known values; parallel to the reference's levels beyond them. */
static float follow(const float curve[BINS], float level) {
    const float width = 256.0F / BINS;
    float below = -1, above = -1, below_at = 0, above_at = 0;
    for (uint32_t bin = 0; bin < BINS; bin++) {
        float at = ((float)bin + 0.5F) * width;
        if (curve[bin] >= 0 && at <= level) {
            below = curve[bin];
            below_at = at;
        }
        if (curve[bin] >= 0 && at > level && above < 0) {
            above = curve[bin];
            above_at = at;
        }
    }
    if (below < 0 && above < 0) {
        return level;
    }
    if (below < 0 || above < 0) {
        float offset = below < 0 ? above - above_at : below - below_at;
        return fminf(fmaxf(level + offset, 0), 255);
    }
    return below + (above - below) * (level - below_at) / (above_at - below_at);
}

static void expect(imx_remainder *self, const uint8_t *reference) {
    float curve[BINS];
    float levels[256];
    measure_curve(curve, &self->query, reference);
    for (uint32_t level = 0; level < 256; level++) {
        levels[level] = follow(curve, (float)level);
    }
    for (size_t i = 0; i < (size_t)self->query.width * self->query.height; i++) {
        self->expected[i] = levels[reference[i]];
    }
}

/* What one pixel's level less the base's there is made of. */
static void make_row(double row[IMX_UNKNOWNS_MAX], const imx_overlay *query, const float *base,
                     size_t i) {
    size_t width = query->width;
    size_t row_number = i / width;
    double x = 2.0 * (double)(i % width) / (double)width - 1;
    double y = 2.0 * (double)row_number / (double)query->height - 1;
    double across = 0.5 * (double)(base[i + 1] - base[i - 1]);
    double down = 0.5 * (double)(base[i + width] - base[i - width]);
    row[0] = across;
    row[1] = across * x;
    row[2] = across * y;
    row[3] = down;
    row[4] = down * x;
    row[5] = down * y;
    row[SOFTNESS] =
        (double)(base[i - 1] + base[i + 1] + base[i - width] + base[i + width] - 4 * base[i]);
    row[GAIN] = (double)base[i];
    row[OFFSET] = 1;
}

static void find_inner(imx_remainder *self) {
    size_t width = self->query.width;
    for (size_t y = 1; y + 1 < self->query.height; y++) {
        for (size_t x = 1; x + 1 < width; x++) {
            size_t i = y * width + x;
            self->inner[i] = true;
            for (size_t row = i - width; row <= i + width; row += width) {
                self->inner[i] = self->inner[i] && self->query.inside[row - 1] &&
                                 self->query.inside[row] && self->query.inside[row + 1];
            }
        }
    }
}

static bool is_clipped(float level) { return level < CLIPPED || level > 255 - CLIPPED; }

/* Fit the first `unknowns`; `left` gets what is left. Gives back the median of its size, or a
 * negative number when there are too few pixels. */
static float fit(double out[IMX_UNKNOWNS_MAX], float *left, const imx_remainder *self,
                 const float *base, size_t unknowns) {
    const imx_overlay *query = &self->query;
    bool with_gain = unknowns > GAIN;
    float sizes[PIXELS];
    float scale = FIRST_SCALE;
    float median = -1;
    memset(out, 0, IMX_UNKNOWNS_MAX * sizeof *out);
    for (int round = 0; round <= ROUNDS; round++) {
        imx_normal_equations equations = {.unknowns = unknowns};
        size_t count = 0;
        size_t busy = 0;
        for (size_t i = 0; i < (size_t)query->width * query->height; i++) {
            left[i] = 0;
            if (!self->inner[i] || (with_gain && is_clipped(query->luma[i]))) {
                continue;
            }
            double row[IMX_UNKNOWNS_MAX];
            make_row(row, query, base, i);
            double value = (double)(query->luma[i] - base[i]);
            double off = value;
            for (size_t k = 0; k < unknowns; k++) {
                off -= row[k] * out[k];
            }
            left[i] = (float)off;
            count++;
            if (fabs(row[0]) + fabs(row[3]) > LEAST_GRADIENT) {
                sizes[busy++] = fabsf(left[i]);
            }
            double share = off / (double)scale;
            double weight = 1 / (1 + share * share);
            imx_normal_equations_add(&equations, row, value, weight * weight);
        }
        if (count < LEAST_PIXELS) {
            return -1;
        }
        median = imx_median(sizes, busy);
        scale = fmaxf(LEAST_SCALE, 3 * median);
        if (round < ROUNDS && !imx_normal_equations_solve(out, &equations, RIDGE)) {
            return -1;
        }
    }
    return median;
}

/* Gain, and offset at the middle of the levels. */
static void measure_tone(imx_remainder *out, const imx_sketch *reference) {
    double fitted[IMX_UNKNOWNS_MAX];
    float base[PIXELS];
    float left[PIXELS];
    double sum = 0;
    size_t count = 0;
    for (size_t i = 0; i < (size_t)out->query.width * out->query.height; i++) {
        base[i] = (float)reference->luma[i];
        /* Of what is fitted: farther off, an error of the gain would count for much. */
        if (out->inner[i] && !is_clipped(out->query.luma[i])) {
            sum += (double)base[i];
            count++;
        }
    }
    if (fit(fitted, left, out, base, IMX_UNKNOWNS_MAX) >= 0) {
        out->contrast = (float)(1 + fitted[GAIN]);
        out->brightness = (float)(fitted[OFFSET] + fitted[GAIN] * sum / (double)count);
    }
}

void imx_remainder_measure(imx_remainder *out, const imx_features *query,
                           const imx_sketch *reference, const imx_transform *matrix) {
    memset(out, 0, sizeof *out);
    out->contrast = 1;
    if (query->level_count == 0 || reference->thumbnail_width < 3 ||
        reference->thumbnail_height < 3) {
        return;
    }
    double fitted[IMX_UNKNOWNS_MAX];
    imx_overlay_make(&out->query, query, matrix, imx_thumbnail_raster(reference));
    find_inner(out);
    expect(out, reference->luma);
    out->noise = fit(fitted, out->left, out, out->expected, SOFTNESS + 1);
    if (out->noise < 0) {
        out->noise = 0;
        return;
    }
    out->measured = true;
    out->softness = (float)fitted[SOFTNESS];
    measure_tone(out, reference);
}

float imx_remainder_range(const imx_remainder *self, size_t pixel) {
    float least = INFINITY;
    float most = -INFINITY;
    for (size_t row = pixel - self->query.width; row <= pixel + self->query.width;
         row += self->query.width) {
        for (size_t i = row - 1; i <= row + 1; i++) {
            least = fminf(least, self->expected[i]);
            most = fmaxf(most, self->expected[i]);
        }
    }
    return most - least;
}
