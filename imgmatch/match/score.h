/*
 * From evidence to a probability and a verdict.
 *
 * The score is logistic regression on a few numbers out of the evidence (score.c says which). The
 * weights in score_weights.h are written by models/score/fit.py.
 */
#ifndef IMX_MATCH_SCORE_H
#define IMX_MATCH_SCORE_H

#include "match/evidence.h"

/* What the score is made of, each about 0..1. */
typedef enum imx_score_input {
    IMX_INPUT_BIAS = 0,
    IMX_INPUT_HASH,
    IMX_INPUT_SIMILARITY,
    IMX_INPUT_SIMILARITY_SQUARED,
    IMX_INPUT_INLIERS,
    IMX_INPUT_EXPLAINED,
    IMX_INPUT_SPREAD,
    IMX_INPUT_CORRELATION,
    IMX_INPUT_GRADIENT,
    IMX_INPUT_CELLS_AGREE,
    IMX_INPUT_CELLS_MEDIAN,
    IMX_INPUT_DIRECT,
    IMX_INPUT_EXPLAINED_AND_AGREE,
    IMX_INPUT_SIMILAR_AND_AGREE,
    IMX_INPUT_HASH_AND_AGREE,
    IMX_INPUT_COUNT
} imx_score_input;

void imx_score_inputs(double out[IMX_INPUT_COUNT], const imx_evidence *evidence);

/* Probability 0..1 that the query is a copy of the reference, or of a variant's shot. */
double imx_score(const imx_evidence *evidence);

/* Of a match with that score. */
imgmatch_verdict imx_verdict_of(const imx_evidence *evidence, double score);

#endif
