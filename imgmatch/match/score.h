/*
 * From evidence to probabilities and a verdict.
 *
 * Each probability is a logistic additive model (Hastie and Tibshirani 1986): every input, 0..1,
 * adds to the log-odds by a curve that is made of straight pieces and never falls, since a better
 * measurement must not lower a score. The curves in score_weights.h are written by
 * models/score/fit.py.
 *
 * Where pixels could not be compared, `kept` is a prior: the share of copies among the same shots
 * in the pairs that the curves were fitted to. How these pairs were drawn sets it, so many copies
 * to a dyed variant; it says nothing of how common copies and variants are anywhere else.
 */
#ifndef IMX_MATCH_SCORE_H
#define IMX_MATCH_SCORE_H

#include "match/evidence.h"

/* What the models are made of, each 0..1; score.c says how. */
typedef enum imx_score_input {
    IMX_INPUT_HASH = 0,
    IMX_INPUT_SIMILARITY,
    IMX_INPUT_INLIERS,
    IMX_INPUT_EXPLAINED,
    IMX_INPUT_CELLS_MEDIAN,
    IMX_INPUT_HASH_AND_AGREE,
    IMX_INPUT_DIRECT,
    IMX_INPUT_EXACT_PLACES,
    IMX_INPUT_UNSTRETCHED,
    IMX_INPUT_SUBJECT_CELLS,
    IMX_INPUT_PARTS_STAY, /* 0 also where it is not known, as of plain products: no evidence. */
    IMX_INPUT_MOST_PARTS_STAY,
    IMX_INPUT_COLOUR_KEPT,
    IMX_INPUT_HUE_KEPT,
    IMX_INPUT_BRIGHTNESS_KEPT,
    IMX_INPUT_CORE_COLOUR_KEPT,
    IMX_INPUT_CORE_BRIGHTNESS_KEPT,
    IMX_INPUT_COUNT
} imx_score_input;

/* Raised by hand with every change of what the inputs are made of, in score.c or below it. */
#define IMX_SCORE_INPUTS_VERSION 4

/* A curve rises by `rise[k]` between knot k and 1. */
#define IMX_SCORE_KNOTS 4

typedef struct imx_score_model {
    double bias; /* Log-odds when all inputs are 0. */
    double rise[IMX_INPUT_COUNT][IMX_SCORE_KNOTS];
} imx_score_model;

void imx_score_inputs(double out[IMX_INPUT_COUNT], const imx_evidence *evidence);

/* From this probability on it is taken for true. */
#define IMX_LIKELY 0.5

typedef struct imx_probabilities {
    double copy; /* The query is a copy of the reference: the score. shot * kept. */
    double shot; /* It is that, or the same shot of a variant. */
    double kept; /* Given the same shot: it is of the same piece in the same colours; the prior when
                  * the pixels were not compared (see above), 1 when nothing was verified. */
    double colour; /* Given the same shot, by colours alone and copies being as likely as variants:
                    * they are the reference's. Decides which of the two it is called. */
} imx_probabilities;

imx_probabilities imx_score(const imx_evidence *evidence);

/*
 * The verdict goes with the score: COPY (or VARIANT, when the colours speak against it) from a
 * score of IMX_LIKELY on; VARIANT under it, when the same shot is likely and `kept` is not. A shot
 * that is likely by so little that the copy is not, while `kept` is, is neither: it is not called a
 * copy against its score, nor a variant against its colours. `shot` says how near it was, and
 * similarity decides between SAME_PRODUCT and NONE. So it always is where nothing was compared, as
 * the prior is over IMX_LIKELY: pixels that nobody saw must not make a variant of a copy.
 */
imgmatch_verdict imx_verdict_of(const imx_evidence *evidence, const imx_probabilities *score);

#endif
