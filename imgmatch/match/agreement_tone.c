/*
 * One change of tone for all of a picture, fitted to the pixels that show the same thing, in two
 * ways. As greyscale, sepia and white balance make it: brightness by a gain and an offset, both
 * chroma planes by one scale, and a cast; least squares of each. And as tone curves make it: one
 * rising curve for all three channels, of means at some levels (isotonic regression by pooling
 * adjacent violators, Ayer et al. 1955).
 * A product of another hue fits neither: what turns its chroma would turn the rest's as well, a
 * scale under 0 is none, and a curve cannot fall. One that is darker, paler or grey and the only
 * coloured thing there fits; nothing in the picture tells that from a change of tone.
 */
#include "match/agreement_parts.h"
#include "match/colour_raster.h"

#include <math.h>

#define LEAST_VARIANCE 4.0F /* Levels squared: under it a gain is noise. */
#define MOST_GAIN 3.0F
#define LEVELS 12 /* At which the curve is known at most. */

typedef struct spread {
    float mean[2];  /* Of the reference and of the query. */
    float variance; /* Of the reference; */
    float shared;   /* and covariance. */
} spread;

static spread spread_of(const imx_colours *in, const bool *same, size_t plane) {
    imx_moments sum = {0};
    for (size_t i = 0; i < (size_t)in->width * in->height; i++) {
        if (same[i]) {
            imx_moments_add(&sum, in->reference[plane][i], in->query[plane][i]);
        }
    }
    float n = fmaxf(sum.n, 1);
    spread out = {{sum.a / n, sum.b / n}, 0, 0};
    out.variance = sum.aa / n - out.mean[0] * out.mean[0];
    out.shared = sum.ab / n - out.mean[0] * out.mean[1];
    return out;
}

static float gain_of(float shared, float variance) {
    return variance > LEAST_VARIANCE ? fminf(fmaxf(shared / variance, 0), MOST_GAIN) : 1;
}

void imx_colours_tone(imx_lab *toned, const imx_colours *in, const bool *same) {
    spread of[3];
    for (size_t plane = 0; plane < 3; plane++) {
        of[plane] = spread_of(in, same, plane);
    }
    float chroma = gain_of(of[1].shared + of[2].shared, of[1].variance + of[2].variance);
    const float gain[3] = {gain_of(of[0].shared, of[0].variance), chroma, chroma};
    for (size_t i = 0; i < (size_t)in->width * in->height; i++) {
        if (!in->inside[i]) {
            continue;
        }
        float ycc[3];
        for (size_t plane = 0; plane < 3; plane++) {
            ycc[plane] =
                of[plane].mean[1] + gain[plane] * (in->reference[plane][i] - of[plane].mean[0]);
        }
        toned[i] = imx_lab_of_ycc(ycc);
    }
}

typedef struct tone_curve {
    size_t count;
    float from[LEVELS];
    float to[LEVELS];
    float weight[LEVELS];
} tone_curve;

/* Make it rise: neighbours that fall get their mean. */
static void pool(tone_curve *curve) {
    size_t ends[LEVELS]; /* Of the blocks that are level, */
    float mean[LEVELS];
    float weight[LEVELS];
    size_t blocks = 0;
    for (size_t i = 0; i < curve->count; i++) {
        mean[blocks] = curve->to[i];
        weight[blocks] = curve->weight[i];
        ends[blocks++] = i + 1;
        for (; blocks > 1 && mean[blocks - 2] > mean[blocks - 1]; blocks--) {
            float both = weight[blocks - 2] + weight[blocks - 1];
            mean[blocks - 2] =
                (mean[blocks - 2] * weight[blocks - 2] + mean[blocks - 1] * weight[blocks - 1]) /
                both;
            weight[blocks - 2] = both;
            ends[blocks - 2] = ends[blocks - 1];
        }
    }
    for (size_t block = 0, i = 0; block < blocks; block++) {
        for (; i < ends[block]; i++) {
            curve->to[i] = mean[block];
        }
    }
}

/* Chroma that was stored coarsely takes a channel under 0 and over 255. */
static size_t level_of(float channel) {
    float level = fminf(fmaxf(channel * (LEVELS / 256.0F), 0), LEVELS - 1);
    return (size_t)level;
}

static void fit_curve(tone_curve *curve, const imx_colours *in, const bool *same) {
    imx_moments sums[LEVELS] = {{0}};
    for (size_t i = 0; i < (size_t)in->width * in->height; i++) {
        float reference[3];
        float query[3];
        if (!same[i]) {
            continue;
        }
        imx_colours_rgb(reference, in->reference, i);
        imx_colours_rgb(query, in->query, i);
        for (size_t c = 0; c < 3; c++) {
            imx_moments_add(&sums[level_of(reference[c])], reference[c], query[c]);
        }
    }
    curve->count = 0;
    for (size_t level = 0; level < LEVELS; level++) {
        if (sums[level].n > 0) {
            curve->from[curve->count] = sums[level].a / sums[level].n;
            curve->to[curve->count] = sums[level].b / sums[level].n;
            curve->weight[curve->count++] = sums[level].n;
        }
    }
    pool(curve);
}

/* Between two levels, or beyond the last as between the last two. */
static float curve_at(const tone_curve *curve, float level) {
    if (curve->count < 2) {
        return curve->count == 0 ? level : level - curve->from[0] + curve->to[0];
    }
    size_t i = 1;
    while (i + 1 < curve->count && curve->from[i] < level) {
        i++;
    }
    float part = (level - curve->from[i - 1]) / (curve->from[i] - curve->from[i - 1]);
    float to = curve->to[i - 1] + part * (curve->to[i] - curve->to[i - 1]);
    return fminf(fmaxf(to, 0), 255);
}

void imx_colours_curve(imx_lab *toned, const imx_colours *in, const bool *same) {
    tone_curve curve;
    fit_curve(&curve, in, same);
    for (size_t i = 0; i < (size_t)in->width * in->height; i++) {
        if (!in->inside[i]) {
            continue;
        }
        float rgb[3];
        imx_colours_rgb(rgb, in->reference, i);
        for (size_t c = 0; c < 3; c++) {
            rgb[c] = curve_at(&curve, rgb[c]);
        }
        toned[i] = imx_lab_of_rgb(rgb);
    }
}
