/* Set by hand; see score.h for the order. */
#ifndef IMX_MATCH_SCORE_WEIGHTS_H
#define IMX_MATCH_SCORE_WEIGHTS_H

#include "match/score.h"

/* Fingerprints alone. */
static const double imx_score_weights_fast[IMX_INPUT_COUNT] = {-6, 11, 0, 8};

static const double imx_score_weights_verified[IMX_INPUT_COUNT] = {-7, 4, 1, 2, 3, 3, 0, 2,
                                                                   2,  3, 0, 0, 3, 2, 2};

#endif
