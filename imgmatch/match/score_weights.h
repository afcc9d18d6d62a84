/* Written by models/score/fit.py; see score.h. */
#ifndef IMX_MATCH_SCORE_WEIGHTS_H
#define IMX_MATCH_SCORE_WEIGHTS_H

#include "match/score.h"

/* Share of the same shots that show the same piece in the same colours. */
static const double imx_score_kept_prior = 0.7696;

/* By fingerprints alone: is it a copy? */
/* clang-format off */
static const imx_score_model imx_score_fast = {
    -4.8064, {
        {0.8045, 3.5097, 0.6722, 0.0000}, /* hash */
        {1.1195, 1.4762, 4.0368, 0.0000}, /* similarity */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* inliers */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* explained */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* cells_median */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* hash_and_agree */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* direct */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* exact_places */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* unstretched */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* parts_stay */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* most_parts_stay */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* colour_kept */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* hue_kept */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* brightness_kept */
    }};
/* clang-format on */

/* Verified: is it a copy, or the same shot of a variant? */
/* clang-format off */
static const imx_score_model imx_score_shot = {
    -5.7000, {
        {1.4463, 3.2301, 1.7549, 0.0793}, /* hash */
        {0.0000, 0.0000, 0.7543, 0.0000}, /* similarity */
        {0.4057, 0.0000, 0.0000, 0.0000}, /* inliers */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* explained */
        {0.2947, 0.3306, 0.0000, 2.8098}, /* cells_median */
        {0.0000, 0.0000, 0.1017, 0.0069}, /* hash_and_agree */
        {0.3330, 0.8803, 1.1329, 0.7099}, /* direct */
        {8.6819, 3.1862, 0.0469, 0.0003}, /* exact_places */
        {1.3311, 0.9327, 0.6012, 0.2023}, /* unstretched */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* parts_stay */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* most_parts_stay */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* colour_kept */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* hue_kept */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* brightness_kept */
    }};
/* clang-format on */

/* Given the same shot: is it the same piece in the same colours? */
/* clang-format off */
static const imx_score_model imx_score_kept = {
    -5.2252, {
        {0.0000, 0.0000, 0.0000, 0.0000}, /* hash */
        {2.4395, 0.4036, 1.1817, 0.0000}, /* similarity */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* inliers */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* explained */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* cells_median */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* hash_and_agree */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* direct */
        {1.8151, 0.9106, 1.2148, 0.4270}, /* exact_places */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* unstretched */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* parts_stay */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* most_parts_stay */
        {4.3902, 5.3086, 0.3589, 0.0001}, /* colour_kept */
        {1.0187, 0.8981, 0.2712, 0.2057}, /* hue_kept */
        {0.0000, 0.0000, 0.0021, 1.2749}, /* brightness_kept */
    }};
/* clang-format on */

/* Given the same shot, by colours alone, copies and variants being as likely. */
/* clang-format off */
static const imx_score_model imx_score_colour = {
    -4.7049, {
        {0.0000, 0.0000, 0.0000, 0.0000}, /* hash */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* similarity */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* inliers */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* explained */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* cells_median */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* hash_and_agree */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* direct */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* exact_places */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* unstretched */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* parts_stay */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* most_parts_stay */
        {6.7120, 4.7112, 0.2891, 0.0002}, /* colour_kept */
        {2.0670, 1.1121, 0.0000, 0.3633}, /* hue_kept */
        {0.0000, 0.0000, 1.3267, 0.6097}, /* brightness_kept */
    }};
/* clang-format on */

#endif
