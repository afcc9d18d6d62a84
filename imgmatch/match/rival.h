/*
 * Matches of one query that are found in one place.
 *
 * A part of a photo was copied from one photo, so two matches of the same part are rivals: look-
 * alikes and variants of a genuine photo score high where that photo is known to be the source. The
 * one with the lower score is left what the two have in common: all when it fits as well, being the
 * same photo listed twice, little when the parts of the better one stay in their places or its
 * colours are right and those of the worse one are not. Only what says how well a part fits is
 * compared, not how much of it there is, as inliers and hashes do: a reference cut out of the other
 * one is no worse for it.
 *
 * A fast look compares the fingerprints of whole pictures and nothing else, so all of its matches
 * are of one part, and each score is the probability of a copy if there were no other reference. As
 * the photo has one source in the catalogue or none, by Bayes' rule the odds of one match count
 * against the sum of those of all others: odds / (1 + all odds). Of two that look as alike both are
 * unlikely; of ten pieces in one pose, which an embedding hardly tells apart, all are. References
 * that show one photo, as far as their fingerprints tell, are no rivals, and count once.
 */
#ifndef IMX_MATCH_RIVAL_H
#define IMX_MATCH_RIVAL_H

#include "match/score.h"

/*
 * The factor, 0..1, by which the score of a match falls beside another one that has
 * `rival_score`: 1 - rival_score * shared * (1 - r). `shared` is the part of `own`'s area in the
 * query in which the rival lies, too, and agrees with it; r the probability that both show one
 * photo, by how much worse `own` fits (imx_score_rival). 1 where pixels of one of the two were not
 * compared.
 */
double imx_rival_leaves(const imx_evidence *own, const imx_evidence *rival, double rival_score);

#define IMX_NO_RIVAL SIZE_MAX

/* Of a fast look, so many of the best matches are rivals of the others, which depends little on how
 * many are asked for: as many are looked at, where limits and the catalogue allow. */
#define IMX_FAST_RIVALS 8

typedef struct imx_contender {
    const imx_evidence *evidence;
    imx_reference_prints prints; /* Needed by imx_rivals_weigh_fast. */
    imx_probabilities *score;    /* Its `copy` falls. */
    size_t rival; /* Out: which match took most of it, a tenth at the least; or IMX_NO_RIVAL. */
} imx_contender;

/* Lower the scores of `count` matches of one query, which are given by falling score: of each by
 * the one rival that takes most, be it better or as good. What a rival has lost itself it cannot
 * take. */
void imx_rivals_weigh(imx_contender *matches, size_t count);

/* The same of the matches of a fast look; `dimension` is that of the embeddings. The rival that is
 * noted is the likeliest, be it more or less likely, where it alone takes a tenth. */
void imx_rivals_weigh_fast(imx_contender *matches, size_t count, uint32_t dimension);

#endif
