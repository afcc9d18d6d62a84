/*
 * Two references that are found in one place.
 *
 * A part of a photo was copied from one photo, so two matches of the same part are rivals: look-
 * alikes and variants of a genuine photo score high where that photo is known to be the source. The
 * worse one is left what the two have in common: all when it fits as well, being the same photo
 * listed twice, little when the parts of the better one stay in their places or its colours are
 * right and those of the worse one are not. Measurements that depend on how much of a photo is
 * there, as inliers and hashes do, are not compared: a reference cut out of the other one is no
 * worse for it.
 */
#ifndef IMX_MATCH_RIVAL_H
#define IMX_MATCH_RIVAL_H

#include "match/evidence.h"

/*
 * The factor, 0..1, by which the score of a match falls beside a better one of the same query:
 * 1 - `better_score` * share of `own`'s area in the query that `better` lies in, too * (1 - r), r
 * being the probability that both show one photo, by how much worse `own` fits (imx_score_rival).
 * 1 where pixels of one of the two were not compared.
 */
double imx_rival_leaves(const imx_evidence *own, const imx_evidence *better, double better_score);

#endif
