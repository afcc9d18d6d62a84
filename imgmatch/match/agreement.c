/*
 * Comparing aligned pixels.
 *
 * Brightness: correlation over all covered pixels, and in each of 6 x 6 cells. An overlay, a
 * banner or a sticker spoils some cells and leaves the others near 1; another flavour of the same
 * package leaves the logo's cells and spoils the rest; a chance match spoils all. Gradients are
 * compared too, because a bright subject on a dark ground correlates with any other. Colours:
 * agreement_colours.c.
 *
 * Refinement is Gauss-Newton on the brightness difference after gain and offset (Lucas and Kanade
 * 1981; Evangelidis and Psarakis 2008 for the idea of correlation), first position, then
 * similarity, then affine, and keeps the best correlation seen.
 */
#include "match/agreement.h"

#include "match/agreement_parts.h"
#include "match/median.h"
#include "match/overlay.h"
#include "match/softness.h"
#include "match/transform.h"

#include <math.h>
#include <string.h>

#define MIN_COVERAGE 0.05F
#define MIN_TEXTURE 5.0F      /* Standard deviation of a cell, in levels. */
#define STRANGE_TEXTURE 12.0F /* That of the query where the reference has none. */
#define STRANGE_LEVEL 30.0F   /* Levels by which a plain area may differ. */
#define LEAST_TONE_CELLS 4
#define MIN_CELL_PIXELS 12
#define AGREES 0.8F
#define CELLS IMX_AGREEMENT_CELLS
#define NO_CELL IMX_NO_CELL
#define PLAIN_CELL IMX_PLAIN_CELL

/* Of the two samples, with a little noise of this variance in each. */
static float correlation_of(const imx_moments *sum, float noise) {
    float n = fmaxf(sum->n, 1);
    float aa = sum->aa / n - sum->a / n * (sum->a / n);
    float bb = sum->bb / n - sum->b / n * (sum->b / n);
    float ab = sum->ab / n - sum->a / n * (sum->b / n);
    return ab / sqrtf((fmaxf(aa, 0) + noise) * (fmaxf(bb, 0) + noise));
}

float imx_cell_value(const imx_moments *sum, float least_pixels) {
    if (sum->n < least_pixels) {
        return NO_CELL;
    }
    float aa = sum->aa / sum->n - sum->a / sum->n * (sum->a / sum->n);
    float bb = sum->bb / sum->n - sum->b / sum->n * (sum->b / sum->n);
    if (aa < MIN_TEXTURE * MIN_TEXTURE) {
        return bb > STRANGE_TEXTURE * STRANGE_TEXTURE ? 0 : PLAIN_CELL;
    }
    return correlation_of(sum, 1);
}

static void join(imx_moments *sum, const imx_moments *more) {
    sum->n += more->n;
    sum->a += more->a;
    sum->b += more->b;
    sum->aa += more->aa;
    sum->bb += more->bb;
    sum->ab += more->ab;
}

/* Gain, offset and mean change where the cells agree. Cells with texture decide if there are
 * enough, as a plain one agrees with any other plain one. */
static void measure_tone(imx_agreement *out, const imx_moments sums[CELLS * CELLS]) {
    imx_moments textured = {0};
    imx_moments all = {0};
    int count = 0;
    for (size_t i = 0; i < CELLS * CELLS; i++) {
        if (imx_cell_is_trusted(out->cells[i])) {
            join(&all, &sums[i]);
            if (out->cells[i] < PLAIN_CELL) {
                join(&textured, &sums[i]);
                count++;
            }
        }
    }
    const imx_moments *agreed = count >= LEAST_TONE_CELLS ? &textured : &all;
    if (agreed->n < MIN_CELL_PIXELS) {
        return;
    }
    float a = agreed->a / agreed->n;
    float b = agreed->b / agreed->n;
    float power = agreed->aa / agreed->n - a * a;
    out->brightness = b - a;
    if (power > MIN_TEXTURE * MIN_TEXTURE) {
        out->contrast = sqrtf(fmaxf(agreed->bb / agreed->n - b * b, 0) / power);
        out->gain = (agreed->ab / agreed->n - a * b) / power;
        out->offset = b - out->gain * a;
    }
}

/* Plain cells whose brightness is not what the tone makes of it are something else. */
static void judge_plain_cells(imx_agreement *out, const imx_moments sums[CELLS * CELLS]) {
    for (size_t i = 0; i < CELLS * CELLS; i++) {
        if (out->cells[i] >= PLAIN_CELL) {
            float expected = out->gain * sums[i].a / sums[i].n + out->offset;
            float level = sums[i].b / sums[i].n;
            if (fabsf(level - fminf(fmaxf(expected, 0), 255)) > STRANGE_LEVEL) {
                out->cells[i] = 0;
            }
        }
    }
}

static void sum_up_cells(imx_agreement *out) {
    float values[CELLS * CELLS];
    size_t textured = 0;
    size_t covered = 0;
    size_t agreeing = 0;
    for (size_t i = 0; i < CELLS * CELLS; i++) {
        float value = out->cells[i];
        covered += value > NO_CELL;
        if (value > NO_CELL && value < PLAIN_CELL) {
            values[textured++] = value;
            agreeing += value > AGREES;
        }
    }
    if (textured > 0) {
        out->cells_median = imx_median(values, textured);
        out->cells_worst = values[textured / 4];
        out->cells_agree = (float)agreeing / (float)textured;
        out->textured = (float)textured / (float)covered;
    }
}

static void measure_cells(imx_agreement *out, const imx_overlay *overlay,
                          const imx_sketch *reference) {
    imx_moments sums[CELLS * CELLS] = {{0}};
    for (uint32_t y = 0; y < overlay->height; y++) {
        for (uint32_t x = 0; x < overlay->width; x++) {
            size_t i = (size_t)y * overlay->width + x;
            if (overlay->inside[i]) {
                uint32_t cell = y * CELLS / overlay->height * CELLS + x * CELLS / overlay->width;
                imx_moments_add(&sums[cell], (float)reference->luma[i], overlay->luma[i]);
            }
        }
    }
    for (size_t i = 0; i < CELLS * CELLS; i++) {
        out->cells[i] = imx_cell_value(&sums[i], MIN_CELL_PIXELS);
    }
    measure_tone(out, sums);
    judge_plain_cells(out, sums);
    sum_up_cells(out);
}

/* Correlation of the gradients as vectors, and the mean difference after gain and offset. */
static void measure_gradients(imx_agreement *out, const imx_overlay *overlay,
                              const imx_sketch *reference) {
    float aa = 1, bb = 1, ab = 0, difference = 0;
    imx_moments strengths = {0};
    uint32_t width = overlay->width;
    for (uint32_t y = 0; y + 1 < overlay->height; y++) {
        for (uint32_t x = 0; x + 1 < width; x++) {
            size_t i = (size_t)y * width + x;
            if (!overlay->inside[i] || !overlay->inside[i + 1] || !overlay->inside[i + width]) {
                continue;
            }
            float ax = (float)reference->luma[i + 1] - (float)reference->luma[i];
            float ay = (float)reference->luma[i + width] - (float)reference->luma[i];
            float bx = overlay->luma[i + 1] - overlay->luma[i];
            float by = overlay->luma[i + width] - overlay->luma[i];
            aa += ax * ax + ay * ay;
            bb += bx * bx + by * by;
            ab += ax * bx + ay * by;
            imx_moments_add(&strengths, hypotf(ax, ay), hypotf(bx, by));
            difference +=
                fabsf(overlay->luma[i] - out->offset - out->gain * (float)reference->luma[i]);
        }
    }
    out->gradient = ab / sqrtf(aa * bb);
    out->edges = correlation_of(&strengths, 1);
    out->difference = difference / (float)overlay->covered;
}

void imx_agreement_measure(imx_agreement *out, const imx_features *query,
                           const imx_sketch *reference, const imx_transform *matrix) {
    memset(out, 0, sizeof *out);
    if (query->level_count == 0 || reference->thumbnail_width == 0) {
        return;
    }
    imx_overlay overlay;
    imx_overlay_make(&overlay, query, matrix, imx_thumbnail_raster(reference));
    float pixels = (float)reference->thumbnail_width * (float)reference->thumbnail_height;
    if ((float)overlay.covered < MIN_COVERAGE * pixels || overlay.covered < MIN_CELL_PIXELS) {
        return;
    }
    out->measured = true;
    out->matrix = *matrix;
    out->coverage = (float)overlay.covered / pixels;
    out->contrast = 1;
    imx_sketch room;
    const imx_sketch *soft = imx_softened(&room, &out->softened, reference, &overlay);
    out->correlation = imx_overlay_correlation(&out->gain, &out->offset, &overlay, soft);
    measure_cells(out, &overlay, soft);
    measure_gradients(out, &overlay, soft);
    imx_agreement_measure_subject(out, &overlay, soft);
    imx_agreement_measure_shifts(out, &overlay, soft);
    imx_agreement_measure_colours(out, query, soft, matrix);
}
