/* Written by models/score/fit.py; see score.h. */
#ifndef IMX_MATCH_SCORE_WEIGHTS_H
#define IMX_MATCH_SCORE_WEIGHTS_H

#include "match/score.h"

/* Fingerprints alone. */
static const double imx_score_weights_fast[IMX_INPUT_COUNT] = {
    -4.8341, /* bias */
    7.9158,  /* hash */
    8.0849,  /* similarity */
    5.1550,  /* similarity_squared */
    0.0000,  /* inliers */
    0.0000,  /* explained */
    0.0000,  /* spread */
    0.0000,  /* correlation */
    0.0000,  /* gradient */
    0.0000,  /* cells_agree */
    0.0000,  /* cells_median */
    0.0000,  /* direct */
    0.0000,  /* explained_and_agree */
    0.0000,  /* similar_and_agree */
    0.0000,  /* hash_and_agree */
};

/* With geometric verification. */
static const double imx_score_weights_verified[IMX_INPUT_COUNT] = {
    -6.7617, /* bias */
    2.3270,  /* hash */
    2.2935,  /* similarity */
    2.2654,  /* similarity_squared */
    4.3408,  /* inliers */
    4.0612,  /* explained */
    0.3164,  /* spread */
    0.0000,  /* correlation */
    0.0000,  /* gradient */
    2.9972,  /* cells_agree */
    0.5516,  /* cells_median */
    2.0815,  /* direct */
    2.1659,  /* explained_and_agree */
    0.5378,  /* similar_and_agree */
    1.1490,  /* hash_and_agree */
};

#endif
