/* Written by models/score/fit.py; see score.h. */
#ifndef IMX_MATCH_SCORE_WEIGHTS_H
#define IMX_MATCH_SCORE_WEIGHTS_H

#include "match/score.h"

/* Share of the same shots that show the same piece in the same colours. */
static const double imx_score_kept_prior = 0.7713;

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
    }};
/* clang-format on */

/* Verified: is it a copy, or the same shot of a variant? */
/* clang-format off */
static const imx_score_model imx_score_shot = {
    -6.2676, {
        {1.7250, 2.9582, 1.6024, 0.0802}, /* hash */
        {0.0000, 0.0000, 0.9529, 0.0000}, /* similarity */
        {0.6445, 0.0000, 0.0000, 0.0000}, /* inliers */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* explained */
        {0.0372, 0.5443, 0.0000, 1.3356}, /* cells_median */
        {0.0000, 0.0000, 0.0188, 0.0000}, /* hash_and_agree */
        {0.2169, 0.8470, 1.0028, 0.5713}, /* direct */
        {6.7467, 2.7584, 0.1537, 0.0026}, /* exact_places */
        {1.2754, 0.8331, 0.6058, 0.1453}, /* unstretched */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* subject_cells */
        {0.0000, 1.5899, 1.4116, 0.0000}, /* parts_stay */
        {0.5830, 3.0266, 0.1777, 0.0000}, /* most_parts_stay */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* colour_kept */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* hue_kept */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* brightness_kept */
    }};
/* clang-format on */

/* Given the same shot: is it the same piece in the same colours? */
/* clang-format off */
static const imx_score_model imx_score_kept = {
    -5.2833, {
        {0.0000, 0.0000, 0.0000, 0.0000}, /* hash */
        {2.8334, 0.2632, 1.2758, 0.0000}, /* similarity */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* inliers */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* explained */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* cells_median */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* hash_and_agree */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* direct */
        {1.0037, 0.2921, 1.7479, 0.4910}, /* exact_places */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* unstretched */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* subject_cells */
        {0.0000, 0.0000, 1.3463, 0.0000}, /* parts_stay */
        {0.0000, 0.0000, 0.0000, 0.0376}, /* most_parts_stay */
        {3.2678, 5.3632, 0.4075, 0.0001}, /* colour_kept */
        {1.1583, 1.0774, 0.0024, 0.3744}, /* hue_kept */
        {0.0000, 0.0000, 0.0000, 1.1491}, /* brightness_kept */
    }};
/* clang-format on */

/* Given the same shot, by colours alone, copies and variants being as likely. */
/* clang-format off */
static const imx_score_model imx_score_colour = {
    -4.7030, {
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
        {6.6244, 4.5465, 0.3140, 0.0002}, /* colour_kept */
        {2.1631, 1.0673, 0.0000, 0.3900}, /* hue_kept */
        {0.0000, 0.0000, 1.3247, 0.5530}, /* brightness_kept */
    }};
/* clang-format on */

#endif
