/*
 * From evidence to probabilities and a verdict.
 *
 * Fitted models (score_model.h) of measurements that are brought to 0..1; score_weights.c has
 * their numbers.
 *
 * Where pixels could not be compared, `kept` is a prior: the share of copies among the same shots
 * in the pairs that the models were fitted to. How these pairs were drawn sets it, so many copies
 * to a dyed variant or another print; it says nothing of how common copies and variants are
 * anywhere else.
 */
#ifndef IMX_MATCH_SCORE_H
#define IMX_MATCH_SCORE_H

#include "match/evidence.h"
#include "match/score_model.h"

/* Raised by hand with every change of what the inputs are made of, in score.c or below it, and of
 * how models are evaluated and combined. */
#define IMX_SCORE_INPUTS_VERSION 12

void imx_score_inputs(double out[IMX_INPUT_COUNT], const imx_evidence *evidence);

/* From this probability on it is taken for true. */
#define IMX_LIKELY 0.5

typedef struct imx_probabilities {
    double copy;  /* The query is a copy of the reference: the score. `alone`, and less beside a
                   * match that fits better (rival.h). */
    double alone; /* The same without a look at other matches: shot * kept. */
    double shot;  /* It is that, or the same shot in other colours or another print. */
    double kept; /* Given the same shot, alone / shot: same piece, print and colours. The prior when
                  * the pixels were not compared (see above), 1 when nothing was verified. The only
                  * one that falls where evidence for the shot rises. */
    double colour; /* Given the same shot, by colours alone and copies being about as likely as
                    * variants: they are the reference's. Decides which of the two it is called. */
} imx_probabilities;

imx_probabilities imx_score(const imx_evidence *evidence);

/* What was looked at; each also at what is before it. */
typedef enum imx_looked {
    IMX_LOOKED_AT_HASH,
    IMX_LOOKED_AT_EMBEDDING,
    IMX_LOOKED_AT_FEATURES,
    IMX_LOOKED_AT_PIXELS
} imx_looked;

/* The same from inputs. */
imx_probabilities imx_score_of(const double inputs[IMX_INPUT_COUNT], imx_looked looked);

/*
 * The verdict goes with the score: COPY (or VARIANT, when the colours speak against it) from a
 * score of IMX_LIKELY on; VARIANT under it, when the same shot is likely and `kept` is not: by its
 * colours, or by what else speaks against a copy of this very piece, as another print does; it is
 * to be looked at, and no accusation. So is what would have that score alone, but for a rival, when
 * the colours speak against it. A shot that is likely by so little that the copy is not, while
 * `kept` is, is neither. `shot` says how near it was, and similarity decides between SAME_PRODUCT
 * and NONE. So it always is where nothing was compared, as the prior is over IMX_LIKELY: pixels
 * that nobody saw must not make a variant of a copy.
 */
imgmatch_verdict imx_verdict_of(const imx_evidence *evidence, const imx_probabilities *score);

#endif
