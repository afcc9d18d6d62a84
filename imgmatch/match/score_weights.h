/* Written by models/score/fit.py; see score.h. */
#ifndef IMX_MATCH_SCORE_WEIGHTS_H
#define IMX_MATCH_SCORE_WEIGHTS_H

#include "match/score.h"

/* Share of the same shots that show the same piece in the same colours. */
static const double imx_score_kept_prior = 0.7680;

/* By fingerprints alone: is it a copy? */
/* clang-format off */
static const imx_score_model imx_score_fast = {
    -4.8065, {
        {0.8045, 3.5097, 0.6722, 0.0000}, /* hash */
        {1.1195, 1.4762, 4.0368, 0.0000}, /* similarity */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* inliers */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* explained */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* cells_median */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* hash_and_agree */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* direct */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* exact_places */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* unstretched */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* subject_cells */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* parts_stay */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* most_parts_stay */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* colour_kept */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* hue_kept */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* brightness_kept */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* core_colour_kept */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* core_brightness_kept */
    }};
/* clang-format on */

/* Verified: is it a copy, or the same shot of a variant? */
/* clang-format off */
static const imx_score_model imx_score_shot = {
    -6.1051, {
        {2.0313, 3.2733, 1.5463, 0.0426}, /* hash */
        {0.0000, 0.0000, 0.3042, 0.0000}, /* similarity */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* inliers */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* explained */
        {0.0000, 0.0000, 0.0000, 0.6852}, /* cells_median */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* hash_and_agree */
        {0.0092, 0.7926, 0.9953, 0.6161}, /* direct */
        {5.0167, 2.1593, 0.1474, 0.0027}, /* exact_places */
        {1.3583, 0.4482, 0.8416, 0.1947}, /* unstretched */
        {1.4783, 0.7666, 0.0000, 1.0653}, /* subject_cells */
        {0.0000, 1.5181, 1.3127, 0.0000}, /* parts_stay */
        {0.5380, 2.6391, 0.1340, 0.0000}, /* most_parts_stay */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* colour_kept */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* hue_kept */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* brightness_kept */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* core_colour_kept */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* core_brightness_kept */
    }};
/* clang-format on */

/* Given the same shot: is it the same piece in the same colours? */
/* clang-format off */
static const imx_score_model imx_score_kept = {
    -4.9260, {
        {0.0000, 0.0000, 0.0000, 0.0000}, /* hash */
        {2.0699, 0.0000, 1.2094, 0.0000}, /* similarity */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* inliers */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* explained */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* cells_median */
        {0.0000, 0.0000, 0.0000, 0.0987}, /* hash_and_agree */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* direct */
        {0.1407, 0.0000, 1.6928, 0.3035}, /* exact_places */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* unstretched */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* subject_cells */
        {0.0000, 0.3045, 1.7814, 0.0000}, /* parts_stay */
        {0.0000, 0.0000, 0.0000, 0.3736}, /* most_parts_stay */
        {0.0000, 0.7388, 0.0977, 0.0004}, /* colour_kept */
        {0.5008, 0.9749, 0.0000, 0.0000}, /* hue_kept */
        {0.0000, 0.0000, 0.0000, 0.4092}, /* brightness_kept */
        {7.5564, 3.7235, 0.2453, 0.0003}, /* core_colour_kept */
        {0.0000, 0.0000, 0.0000, 1.0632}, /* core_brightness_kept */
    }};
/* clang-format on */

/* Given the same shot, by colours alone, copies and variants being as likely. */
/* clang-format off */
static const imx_score_model imx_score_colour = {
    -4.7246, {
        {0.0000, 0.0000, 0.0000, 0.0000}, /* hash */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* similarity */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* inliers */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* explained */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* cells_median */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* hash_and_agree */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* direct */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* exact_places */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* unstretched */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* subject_cells */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* parts_stay */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* most_parts_stay */
        {0.0000, 0.6992, 0.1529, 0.0007}, /* colour_kept */
        {1.4946, 0.5800, 0.0000, 0.0000}, /* hue_kept */
        {0.0000, 0.0000, 0.0000, 0.4322}, /* brightness_kept */
        {11.0060, 3.0099, 0.2840, 0.0003}, /* core_colour_kept */
        {0.0000, 0.0000, 0.0000, 1.8366}, /* core_brightness_kept */
    }};
/* clang-format on */

#endif
