/* Written by models/score/fit.py; see score.h. */
#ifndef IMX_MATCH_SCORE_WEIGHTS_H
#define IMX_MATCH_SCORE_WEIGHTS_H

#include "match/score.h"

/* By fingerprints alone: is it a copy? */
/* clang-format off */
static const imx_score_model imx_score_fast = {
    -4.4743, {
        {0.7723, 2.9037, 1.0045, 0.4505}, /* hash */
        {3.9547, 3.2187, 0.0000, 0.0000}, /* similarity */
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
    -6.3138, {
        {1.4053, 3.6013, 2.8502, 0.1686}, /* hash */
        {0.0000, 0.4077, 0.0000, 0.0000}, /* similarity */
        {0.0000, 3.5790, 0.0000, 0.0000}, /* inliers */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* explained */
        {0.9749, 0.3316, 0.0000, 2.3472}, /* cells_median */
        {0.0000, 0.0000, 0.0000, 0.0108}, /* hash_and_agree */
        {1.8281, 1.3483, 0.4527, 0.4988}, /* direct */
        {4.2047, 1.4528, 0.0000, 0.0000}, /* exact_places */
        {0.0000, 0.0000, 0.5464, 0.0000}, /* unstretched */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* colour_kept */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* hue_kept */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* brightness_kept */
    }};
/* clang-format on */

/* Given the same shot: is it the same piece in the same colours? */
/* clang-format off */
static const imx_score_model imx_score_kept = {
    -5.0491, {
        {0.0000, 0.0000, 0.0000, 0.0000}, /* hash */
        {2.9109, 0.0000, 0.6236, 1.9501}, /* similarity */
        {0.3761, 0.4149, 0.0000, 0.1160}, /* inliers */
        {0.0000, 0.0000, 0.0000, 1.4947}, /* explained */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* cells_median */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* hash_and_agree */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* direct */
        {0.1251, 1.1995, 1.0935, 0.2921}, /* exact_places */
        {0.0000, 0.0000, 0.0000, 0.8497}, /* unstretched */
        {4.8129, 4.1391, 0.3702, 0.0001}, /* colour_kept */
        {0.0000, 0.1133, 0.8830, 1.0340}, /* hue_kept */
        {0.0000, 1.0206, 0.9878, 0.0000}, /* brightness_kept */
    }};
/* clang-format on */

/* Given the same shot, by colours alone, copies and variants being as likely. */
/* clang-format off */
static const imx_score_model imx_score_colour = {
    -4.4059, {
        {0.0000, 0.0000, 0.0000, 0.0000}, /* hash */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* similarity */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* inliers */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* explained */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* cells_median */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* hash_and_agree */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* direct */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* exact_places */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* unstretched */
        {6.1876, 4.6235, 0.1909, 0.0001}, /* colour_kept */
        {0.0000, 0.1630, 1.2283, 1.6620}, /* hue_kept */
        {0.0000, 1.9569, 0.6969, 0.2966}, /* brightness_kept */
    }};
/* clang-format on */

#endif
