/* Written by models/score/fit.py; see score.h. */
#ifndef IMX_MATCH_SCORE_WEIGHTS_H
#define IMX_MATCH_SCORE_WEIGHTS_H

#include "match/score.h"

/* By fingerprints alone: is it a copy? */
/* clang-format off */
static const imx_score_model imx_score_fast = {
    -4.4251, {
        {1.3629, 1.7619, 2.2398, 0.2212}, /* hash */
        {4.9113, 2.2288, 0.0000, 0.0000}, /* similarity */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* inliers */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* explained */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* cells_median */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* hash_and_agree */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* direct */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* exact_places */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* unstretched */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* colour_kept */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* hue_kept */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* brightness_kept */
    }};
/* clang-format on */

/* Verified: is it a copy, or the same shot of a variant? */
/* clang-format off */
static const imx_score_model imx_score_shot = {
    -6.8820, {
        {1.0778, 2.5630, 2.9239, 0.3056}, /* hash */
        {0.0000, 0.0789, 0.0000, 0.7750}, /* similarity */
        {1.5482, 3.4030, 0.0000, 0.0000}, /* inliers */
        {0.4808, 0.0000, 0.0000, 0.0107}, /* explained */
        {0.8211, 0.0000, 0.0000, 2.3479}, /* cells_median */
        {0.0000, 0.0000, 0.2037, 0.0301}, /* hash_and_agree */
        {1.6537, 1.5421, 1.1034, 0.7705}, /* direct */
        {5.0640, 0.8923, 0.0000, 0.0000}, /* exact_places */
        {0.0000, 0.0000, 0.2799, 0.0000}, /* unstretched */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* colour_kept */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* hue_kept */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* brightness_kept */
    }};
/* clang-format on */

/* Given the same shot: is it the same piece in the same colours? */
/* clang-format off */
static const imx_score_model imx_score_kept = {
    -4.0867, {
        {0.0000, 0.0000, 0.0000, 0.0000}, /* hash */
        {2.8368, 0.0000, 0.9376, 2.2955}, /* similarity */
        {0.1765, 0.0000, 0.0000, 0.0000}, /* inliers */
        {0.0000, 0.0000, 0.0000, 1.6706}, /* explained */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* cells_median */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* hash_and_agree */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* direct */
        {0.5602, 0.9916, 0.0000, 1.4980}, /* exact_places */
        {0.0000, 0.0000, 0.0000, 0.9434}, /* unstretched */
        {4.7888, 4.1384, 0.3415, 0.0002}, /* colour_kept */
        {0.0000, 0.0000, 1.7505, 0.0000}, /* hue_kept */
        {0.0000, 0.1570, 1.5166, 0.0000}, /* brightness_kept */
    }};
/* clang-format on */

#endif
