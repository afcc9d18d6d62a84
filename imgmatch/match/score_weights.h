/* Written by models/score/fit.py; see score.h. */
#ifndef IMX_MATCH_SCORE_WEIGHTS_H
#define IMX_MATCH_SCORE_WEIGHTS_H

#include "match/score.h"

/* Share of the same shots that show the same piece in the same colours. */
static const double imx_score_kept_prior = 0.8020;

/* By fingerprints alone: is it a copy? */
/* clang-format off */
static const imx_score_model imx_score_fast = {
    -4.3293, {
        {0.8332, 3.6076, 0.5248, 0.0000}, /* hash */
        {3.3014, 3.5590, 0.0000, 0.0000}, /* similarity */
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
    -5.5536, {
        {1.7509, 3.5986, 2.1637, 0.1646}, /* hash */
        {0.0000, 0.4564, 0.0000, 0.4022}, /* similarity */
        {0.6653, 0.9255, 0.0000, 0.0000}, /* inliers */
        {0.0000, 0.0000, 0.0000, 0.0060}, /* explained */
        {0.6664, 0.3639, 0.0000, 2.2274}, /* cells_median */
        {0.0000, 0.0000, 0.0142, 0.0109}, /* hash_and_agree */
        {1.2290, 1.0563, 0.5919, 0.5798}, /* direct */
        {8.7411, 3.0634, 0.0633, 0.0011}, /* exact_places */
        {0.1130, 0.7093, 0.0000, 0.1264}, /* unstretched */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* colour_kept */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* hue_kept */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* brightness_kept */
    }};
/* clang-format on */

/* Given the same shot: is it the same piece in the same colours? */
/* clang-format off */
static const imx_score_model imx_score_kept = {
    -4.3388, {
        {0.0000, 0.0000, 0.0000, 0.0000}, /* hash */
        {2.9257, 0.0000, 1.5696, 1.0198}, /* similarity */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* inliers */
        {0.0000, 0.0000, 0.0000, 0.3156}, /* explained */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* cells_median */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* hash_and_agree */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* direct */
        {1.6245, 0.0000, 0.9162, 0.7566}, /* exact_places */
        {0.0000, 0.0000, 0.0000, 1.0802}, /* unstretched */
        {4.3972, 4.4506, 0.3712, 0.0002}, /* colour_kept */
        {0.0954, 0.3638, 1.3201, 0.4618}, /* hue_kept */
        {0.0000, 0.0000, 0.1116, 1.3837}, /* brightness_kept */
    }};
/* clang-format on */

/* Given the same shot, by colours alone, copies and variants being as likely. */
/* clang-format off */
static const imx_score_model imx_score_colour = {
    -4.2469, {
        {0.0000, 0.0000, 0.0000, 0.0000}, /* hash */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* similarity */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* inliers */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* explained */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* cells_median */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* hash_and_agree */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* direct */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* exact_places */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* unstretched */
        {6.7767, 2.8769, 0.1725, 0.0003}, /* colour_kept */
        {1.3602, 0.1322, 0.6173, 1.1836}, /* hue_kept */
        {0.0000, 0.2389, 0.7126, 1.3142}, /* brightness_kept */
    }};
/* clang-format on */

#endif
