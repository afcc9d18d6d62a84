/* Written by models/score/fit.py; see score.h. */
#ifndef IMX_MATCH_SCORE_WEIGHTS_H
#define IMX_MATCH_SCORE_WEIGHTS_H

#include "match/score.h"

/* Fingerprints alone. */
static const double imx_score_weights_fast[IMX_INPUT_COUNT] = {
    -4.8984, /* bias */
    8.6951,  /* hash */
    5.0590,  /* similarity */
    6.6292,  /* similarity_squared */
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
    -7.6248, /* bias */
    3.4481,  /* hash */
    1.1119,  /* similarity */
    2.7325,  /* similarity_squared */
    5.0172,  /* inliers */
    4.9508,  /* explained */
    0.0227,  /* spread */
    0.0000,  /* correlation */
    0.0000,  /* gradient */
    3.3483,  /* cells_agree */
    0.0751,  /* cells_median */
    2.2030,  /* direct */
    2.6929,  /* explained_and_agree */
    0.0358,  /* similar_and_agree */
    1.0191,  /* hash_and_agree */
};

#endif
