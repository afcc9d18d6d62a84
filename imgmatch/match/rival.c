#include "match/rival.h"

#include "match/score.h"
#include "match/score_weights.h"

#include <math.h>

#define POINTS 8 /* On each side of the grid by which areas are compared. */

static bool is_inside(imx_point point) {
    return point.x >= 0 && point.x <= 1 && point.y >= 0 && point.y <= 1;
}

/* Share of `own`'s area in the query in which `other` lies, too. */
static double shared_area(const imx_transform *own, const imx_transform *other) {
    imx_inverse to_other;
    if (!imx_transform_invert(&to_other, other)) {
        return 0;
    }
    int inside = 0;
    int shared = 0;
    for (int i = 0; i < POINTS * POINTS; i++) {
        const imx_point from = {((float)(i % POINTS) + 0.5F) / POINTS,
                                ((float)(i / POINTS) + 0.5F) / POINTS};
        const imx_point at = imx_transform_apply(own, from);
        if (is_inside(at)) {
            inside++;
            shared += is_inside(imx_inverse_apply(&to_other, at));
        }
    }
    return inside > 0 ? (double)shared / inside : 0;
}

/* The probability of one photo for two names when nothing tells them apart is taken for 1. */
static double same_photo(const imx_evidence *own, const imx_evidence *better) {
    double worse[IMX_INPUT_COUNT];
    double best[IMX_INPUT_COUNT];
    double alike[IMX_INPUT_COUNT];
    imx_score_inputs(worse, own);
    imx_score_inputs(best, better);
    for (int i = 0; i < IMX_INPUT_COUNT; i++) {
        worse[i] = 1 - fmax(0, best[i] - worse[i]);
        alike[i] = 1;
    }
    return imx_score_curves_probability(&imx_score_rival, worse) /
           imx_score_curves_probability(&imx_score_rival, alike);
}

double imx_rival_leaves(const imx_evidence *own, const imx_evidence *better, double better_score) {
    if (!own->agreement.measured || !better->agreement.measured) {
        return 1;
    }
    double shared = shared_area(&own->geometry.matrix, &better->geometry.matrix);
    return shared > 0 ? 1 - better_score * shared * (1 - same_photo(own, better)) : 1;
}
