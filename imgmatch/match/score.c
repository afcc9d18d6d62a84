/*
 * No single signal is the score: hashes fail on crops and pastes, embeddings on variants, features
 * on plain products and on packages that share a logo. Inputs are bounded, so that one absurd
 * measurement cannot decide alone. Distances come in on a logarithmic scale: that a colour is off
 * by 2 instead of 1 says more than 22 instead of 21.
 *
 * A variant is the same shot in other colours or another print, so there are two questions: is it a
 * copy (from all inputs), and is it at least the same shot (from all inputs but colours)? A photo
 * that was recoloured is a copy by all that but its colours, and is to be called a variant as well:
 * what a likely copy is called is for the colours alone to say.
 */
#include "match/score.h"

#include "match/score_weights.h"

#include <math.h>

#define HASH_REACH 90.0   /* Hamming distance at which a hash says nothing any more. */
#define FULL_QUALITY 50.0 /* Of a hash; the paper's own cut. */
#define CHANCE_SIMILARITY 0.2
#define MANY_INLIERS 60.0
#define MUCH_RESIDUAL 0.02 /* Of the longest side. */
#define RESIDUAL_UNIT 0.001
#define MUCH_STRETCH 50.0 /* Per cent. */
#define MUCH_SHIFT 1.5    /* Pixels of the thumbnail. */
#define SHIFT_UNIT 0.02
/* Where moves are not known, as of plain products: between the medians of copies (.82 and .74) and
 * of other photos (.45 and .27). */
#define UNKNOWN_STAY 0.6
#define UNKNOWN_MOST_STAY 0.5
#define MUCH_COLOUR 40.0     /* CIE delta E. */
#define MUCH_BRIGHTNESS 60.0 /* Levels. */
#define HUE_NOISE 5.0        /* Degrees that a JPEG turns a hue by. */
#define HUE_REACH 35.0       /* Degrees more that make it another one. */
#define FULL_CHROMA 10.0     /* From which a hue is certain. */
#define GREYSCALE 0.3        /* Ratio of chroma under which the query has lost its hues. */

/* Another photo of a product looks alike and aligns with nothing. */
#define SAME_PRODUCT_SIMILARITY 0.75F

static double bounded(double value) { return fmin(fmax(value, 0), 1); }

/* 1 for 0, and 0 from `much` on. */
static double nearness(double distance, double much) {
    return bounded(1 - log1p(fmax(distance, 0)) / log1p(much));
}

/* 1 when the hue stayed, or when there is none to speak of. */
static double hue_kept(const imx_agreement *agreement) {
    double turned = bounded(((double)agreement->hue_shift - HUE_NOISE) / HUE_REACH);
    double coloured = bounded((double)agreement->subject_chroma / FULL_CHROMA) *
                      bounded((double)agreement->subject_chroma_ratio / GREYSCALE);
    return 1 - turned * coloured;
}

static void geometry_inputs(double out[IMX_INPUT_COUNT], const imx_geometry *geometry) {
    /* A transform fits three points exactly: how well it fits counts by how many it fits. */
    double many = bounded(log1p(geometry->distinct) / log1p(MANY_INLIERS));
    out[IMX_INPUT_INLIERS] = many;
    out[IMX_INPUT_EXPLAINED] = bounded((double)geometry->explained);
    out[IMX_INPUT_EXACT_PLACES] =
        many * nearness((double)geometry->residual / RESIDUAL_UNIT, MUCH_RESIDUAL / RESIDUAL_UNIT);
    out[IMX_INPUT_UNSTRETCHED] =
        many * nearness(100 * ((double)geometry->stretch - 1), MUCH_STRETCH);
}

static void agreement_inputs(double out[IMX_INPUT_COUNT], const imx_agreement *agreement,
                             bool direct) {
    double median = bounded((double)agreement->cells_median);
    out[IMX_INPUT_CELLS_MEDIAN] = median;
    out[IMX_INPUT_DIRECT] = direct ? median : 0;
    out[IMX_INPUT_HASH_AND_AGREE] = out[IMX_INPUT_HASH] * bounded((double)agreement->cells_agree);
    out[IMX_INPUT_SUBJECT_CELLS] = bounded((double)agreement->subject_cells);
    out[IMX_INPUT_PARTS_STAY] = UNKNOWN_STAY;
    out[IMX_INPUT_MOST_PARTS_STAY] = UNKNOWN_MOST_STAY;
    if (agreement->shifts > 0) {
        out[IMX_INPUT_PARTS_STAY] =
            nearness((double)agreement->shift / SHIFT_UNIT, MUCH_SHIFT / SHIFT_UNIT);
        out[IMX_INPUT_MOST_PARTS_STAY] =
            nearness((double)agreement->shift_most / SHIFT_UNIT, MUCH_SHIFT / SHIFT_UNIT);
    }
    out[IMX_INPUT_COLOUR_KEPT] = nearness((double)agreement->subject_shift, MUCH_COLOUR);
    out[IMX_INPUT_HUE_KEPT] = hue_kept(agreement);
    out[IMX_INPUT_BRIGHTNESS_KEPT] = nearness(fabs((double)agreement->brightness), MUCH_BRIGHTNESS);
    out[IMX_INPUT_CORE_COLOUR_KEPT] = nearness((double)agreement->core_shift, MUCH_COLOUR);
    out[IMX_INPUT_CORE_BRIGHTNESS_KEPT] =
        nearness(fabs((double)agreement->core_brightness), MUCH_BRIGHTNESS);
    out[IMX_INPUT_MOST_COLOUR_KEPT] = nearness((double)agreement->core_most_shift, MUCH_COLOUR);
    out[IMX_INPUT_TONED_COLOUR_KEPT] = nearness((double)agreement->core_most_left, MUCH_COLOUR);
    out[IMX_INPUT_TEXTURED] = bounded((double)agreement->textured);
    out[IMX_INPUT_COVERAGE] = bounded((double)agreement->coverage);
}

void imx_score_inputs(double out[IMX_INPUT_COUNT], const imx_evidence *evidence) {
    for (int i = 0; i < IMX_INPUT_COUNT; i++) {
        out[i] = 0;
    }
    if (evidence->pdq_distance >= 0) {
        out[IMX_INPUT_HASH] = bounded(1 - evidence->pdq_distance / HASH_REACH) *
                              bounded(evidence->pdq_quality / FULL_QUALITY);
    }
    out[IMX_INPUT_SIMILARITY] =
        bounded(((double)evidence->similarity - CHANCE_SIMILARITY) / (1 - CHANCE_SIMILARITY));
    if (evidence->geometry.found) {
        geometry_inputs(out, &evidence->geometry);
    }
    if (evidence->agreement.measured) {
        agreement_inputs(out, &evidence->agreement, evidence->direct);
    }
}

imx_probabilities imx_score_of(const double inputs[IMX_INPUT_COUNT], imx_looked looked) {
    if (looked < IMX_LOOKED_AT_FEATURES) {
        double copy = imx_score_curves_probability(
            looked == IMX_LOOKED_AT_HASH ? &imx_score_hash : &imx_score_fast, inputs);
        return (imx_probabilities){
            .copy = copy, .alone = copy, .shot = copy, .kept = 1, .colour = 1};
    }
    double shot = imx_score_trees_probability(&imx_score_shot, inputs);
    if (looked < IMX_LOOKED_AT_PIXELS) {
        return (imx_probabilities){.copy = shot * imx_score_kept_prior,
                                   .alone = shot * imx_score_kept_prior,
                                   .shot = shot,
                                   .kept = imx_score_kept_prior,
                                   .colour = IMX_LIKELY};
    }
    /* The two were fitted apart; a copy is the same shot, too. */
    double copy = fmin(imx_score_trees_probability(&imx_score_copy, inputs), shot);
    return (imx_probabilities){.copy = copy,
                               .alone = copy,
                               .shot = shot,
                               .kept = copy / shot,
                               .colour = imx_score_trees_probability(&imx_score_colour, inputs)};
}

static imx_looked looked_at(const imx_evidence *evidence) {
    if (evidence->verified) {
        return evidence->agreement.measured ? IMX_LOOKED_AT_PIXELS : IMX_LOOKED_AT_FEATURES;
    }
    return evidence->compared ? IMX_LOOKED_AT_EMBEDDING : IMX_LOOKED_AT_HASH;
}

imx_probabilities imx_score(const imx_evidence *evidence) {
    double inputs[IMX_INPUT_COUNT];
    imx_score_inputs(inputs, evidence);
    return imx_score_of(inputs, looked_at(evidence));
}

imgmatch_verdict imx_verdict_of(const imx_evidence *evidence, const imx_probabilities *score) {
    if (score->alone >= IMX_LIKELY && score->colour < IMX_LIKELY) {
        return IMGMATCH_VERDICT_VARIANT;
    }
    if (score->copy >= IMX_LIKELY) {
        return IMGMATCH_VERDICT_COPY;
    }
    if (score->shot >= IMX_LIKELY && score->kept < IMX_LIKELY) {
        return IMGMATCH_VERDICT_VARIANT;
    }
    return evidence->similarity >= SAME_PRODUCT_SIMILARITY ? IMGMATCH_VERDICT_SAME_PRODUCT
                                                           : IMGMATCH_VERDICT_NONE;
}
