/*
 * No single signal is the score: hashes fail on crops and pastes, embeddings on variants, features
 * on plain products and on packages that share a logo. Inputs are bounded, so that one absurd
 * measurement cannot decide alone.
 */
#include "match/score.h"

#include "match/score_weights.h"

#include <math.h>

#define HASH_REACH 90.0   /* Hamming distance at which a hash says nothing any more. */
#define FULL_QUALITY 50.0 /* Of a hash; the paper's own cut. */
#define CHANCE_SIMILARITY 0.2
#define MANY_INLIERS 60.0

#define LIKELY 0.5 /* Score of a match. */
/* Another photo of a product looks alike and aligns with nothing. */
#define SAME_PRODUCT_SIMILARITY 0.75F
/* A variant shows the same edges in other colours: CIE delta E that no change of tone explains,
 * over most of what is visible; or another hue. */
#define VARIANT_EDGES 0.75F
#define VARIANT_COLOUR_LEFT 10.0F
#define VARIANT_HUE 25.0F
#define VARIANT_CHROMA 8.0F
#define GREYSCALE 0.3F

static double bounded(double value) { return fmin(fmax(value, 0), 1); }

void imx_score_inputs(double out[IMX_INPUT_COUNT], const imx_evidence *evidence) {
    const imx_geometry *geometry = &evidence->geometry;
    const imx_agreement *agreement = &evidence->agreement;
    for (int i = 0; i < IMX_INPUT_COUNT; i++) {
        out[i] = 0;
    }
    out[IMX_INPUT_BIAS] = 1;
    if (evidence->pdq_distance >= 0) {
        out[IMX_INPUT_HASH] = bounded(1 - evidence->pdq_distance / HASH_REACH) *
                              bounded(evidence->pdq_quality / FULL_QUALITY);
    }
    double similarity =
        bounded(((double)evidence->similarity - CHANCE_SIMILARITY) / (1 - CHANCE_SIMILARITY));
    out[IMX_INPUT_SIMILARITY] = similarity;
    out[IMX_INPUT_SIMILARITY_SQUARED] = similarity * similarity;
    if (geometry->found) {
        out[IMX_INPUT_INLIERS] = bounded(log1p(geometry->distinct) / log1p(MANY_INLIERS));
        out[IMX_INPUT_EXPLAINED] = bounded((double)geometry->explained);
        out[IMX_INPUT_SPREAD] = bounded((double)geometry->spread);
    }
    if (agreement->measured) {
        double agree = bounded((double)agreement->cells_agree);
        out[IMX_INPUT_CORRELATION] = bounded((double)agreement->correlation);
        out[IMX_INPUT_GRADIENT] = bounded((double)agreement->gradient);
        out[IMX_INPUT_CELLS_AGREE] = agree;
        out[IMX_INPUT_CELLS_MEDIAN] = bounded((double)agreement->cells_median);
        out[IMX_INPUT_DIRECT] = evidence->direct ? 1 : 0;
        out[IMX_INPUT_EXPLAINED_AND_AGREE] = out[IMX_INPUT_EXPLAINED] * agree;
        out[IMX_INPUT_SIMILAR_AND_AGREE] = similarity * agree;
        out[IMX_INPUT_HASH_AND_AGREE] = out[IMX_INPUT_HASH] * agree;
    }
}

double imx_score(const imx_evidence *evidence) {
    double inputs[IMX_INPUT_COUNT];
    imx_score_inputs(inputs, evidence);
    const double *weights =
        evidence->verified ? imx_score_weights_verified : imx_score_weights_fast;
    double sum = 0;
    for (int i = 0; i < IMX_INPUT_COUNT; i++) {
        sum += weights[i] * inputs[i];
    }
    return 1 / (1 + exp(-sum));
}

static bool is_recoloured(const imx_agreement *agreement) {
    if (!agreement->measured || agreement->edges < VARIANT_EDGES ||
        agreement->chroma_ratio < GREYSCALE) {
        return false;
    }
    return agreement->colour_left >= VARIANT_COLOUR_LEFT ||
           (agreement->hue_shift >= VARIANT_HUE && agreement->reference_chroma >= VARIANT_CHROMA);
}

imgmatch_verdict imx_verdict_of(const imx_evidence *evidence, double score) {
    if (score >= LIKELY) {
        return is_recoloured(&evidence->agreement) ? IMGMATCH_VERDICT_VARIANT
                                                   : IMGMATCH_VERDICT_COPY;
    }
    return evidence->similarity >= SAME_PRODUCT_SIMILARITY ? IMGMATCH_VERDICT_SAME_PRODUCT
                                                           : IMGMATCH_VERDICT_NONE;
}
