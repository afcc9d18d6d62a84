/* The numbers of the score's models. score_weights.c is written by models/score/fit.py. */
#ifndef IMX_MATCH_SCORE_WEIGHTS_H
#define IMX_MATCH_SCORE_WEIGHTS_H

#include "match/score_model.h"

/* By the hash alone, of references that have nothing else: is it a copy? */
extern const imx_score_curves imx_score_hash;

/* By fingerprints alone: is it a copy? */
extern const imx_score_curves imx_score_fast;

/* Verified: is it a copy? */
extern const imx_score_trees imx_score_copy;

/* Verified: is it a copy, or the same shot in other colours or another print? From all inputs
 * but colours. */
extern const imx_score_trees imx_score_shot;

/* Given the same shot, by colours alone, copies being about as likely as variants: is it a copy? */
extern const imx_score_trees imx_score_colour;

/* How much worse than a better match of the same part of the query (1 - difference, inputs 1 where
 * it is no worse): do both show one photo, that being as likely as not? */
extern const imx_score_curves imx_score_rival;

/* Share of the same shots that show the same piece in the same colours and print. */
extern const double imx_score_kept_prior;

#endif
