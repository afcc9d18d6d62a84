#include "match/detail.h"

#include <math.h>

#define MOST_SLOPE 20.0F

/* Detail at an octave between the measured ones; beyond them the outermost one. */
static float detail_at(const float bands[IMX_DETAIL_BANDS], float octave) {
    float at = fminf(fmaxf(octave, 0), IMX_DETAIL_BANDS - 1);
    int low = (int)at < IMX_DETAIL_BANDS - 1 ? (int)at : IMX_DETAIL_BANDS - 2;
    float part = at - (float)low;
    return exp2f(log2f(bands[low] + 0.05F) * (1 - part) + log2f(bands[low + 1] + 0.05F) * part);
}

static float longest_of(const imx_picture_facts *facts) {
    return (float)(facts->pixel_width > facts->pixel_height ? facts->pixel_width
                                                            : facts->pixel_height);
}

void imx_detail_compare(imx_detail_change *out, const imx_picture_facts *query,
                        const imx_picture_facts *reference, float scale) {
    /* A pixel of the query's working size in octaves of one of the reference's. */
    float ratio = scale * longest_of(reference) / longest_of(query) * (float)query->longest_side /
                  (float)reference->longest_side;
    float octave = -log2f(fmaxf(ratio, 1e-3F));
    float fine = fmaxf(0, -octave); /* The finest octave that both have. */
    float here[3];
    float there[3];
    for (int i = 0; i < 3; i++) {
        here[i] = detail_at(query->detail, fine + (float)i);
        there[i] = detail_at(reference->detail, fine + octave + (float)i);
    }
    float gain = here[2] / there[2]; /* What contrast did to all octaves. */
    float first = here[0] * here[0] - gain * gain * there[0] * there[0];
    float second = here[1] * here[1] - gain * gain * there[1] * there[1];
    out->won = log2f(here[0] / here[2]) - log2f(there[0] / there[2]);
    out->slope = first > 0 ? first / fmaxf(second, first / MOST_SLOPE) : 0;
}
