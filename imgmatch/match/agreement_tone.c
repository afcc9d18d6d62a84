/*
 * One change of tone for all of a picture, as tone curves, greyscale, sepia and white balance make
 * it: brightness by a gain and an offset, both chroma planes by one scale, and a cast. Least
 * squares of each over the pixels that show the same thing. A product of another hue does not fit:
 * what turns its chroma would turn the rest's as well, and a scale under 0 is none. One that is
 * darker, paler or grey and the only coloured thing there fits; nothing in the picture tells that
 * from a change of tone.
 */
#include "match/agreement_parts.h"
#include "match/colour_raster.h"

#include <math.h>

#define LEAST_VARIANCE 4.0F /* Levels squared: under it a gain is noise. */
#define MOST_GAIN 3.0F

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
        float ycc[3];
        for (size_t plane = 0; plane < 3; plane++) {
            ycc[plane] =
                of[plane].mean[1] + gain[plane] * (in->reference[plane][i] - of[plane].mean[0]);
        }
        toned[i] = imx_lab_of_ycc(ycc);
    }
}
