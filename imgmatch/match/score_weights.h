/* Written by models/score/fit.py; see score.h. */
#ifndef IMX_MATCH_SCORE_WEIGHTS_H
#define IMX_MATCH_SCORE_WEIGHTS_H

#include "match/score.h"

/* Fingerprints alone. */
static const double imx_score_weights_fast[IMX_INPUT_COUNT] = {
    -5.3887, /* bias */
    8.1732, /* hash */
    7.4934, /* similarity */
    5.3510, /* similarity_squared */
    0.0000, /* inliers */
    0.0000, /* explained */
    0.0000, /* spread */
    0.0000, /* correlation */
    0.0000, /* gradient */
    0.0000, /* cells_agree */
    0.0000, /* cells_median */
    0.0000, /* direct */
    0.0000, /* explained_and_agree */
    0.0000, /* similar_and_agree */
    0.0000, /* hash_and_agree */
};

/* With geometric verification. */
static const double imx_score_weights_verified[IMX_INPUT_COUNT] = {
    -7.1121, /* bias */
    2.8842, /* hash */
    1.3371, /* similarity */
    1.8181, /* similarity_squared */
    5.1891, /* inliers */
    4.2913, /* explained */
    0.3929, /* spread */
    0.0000, /* correlation */
    0.0000, /* gradient */
    2.6928, /* cells_agree */
    0.0000, /* cells_median */
    2.4597, /* direct */
    2.2742, /* explained_and_agree */
    0.7082, /* similar_and_agree */
    1.2469, /* hash_and_agree */
};

#endif
