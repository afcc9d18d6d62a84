/* Written by models/score/fit.py; see score.h. */
#ifndef IMX_MATCH_SCORE_WEIGHTS_H
#define IMX_MATCH_SCORE_WEIGHTS_H

#include "match/score.h"

/* Fingerprints alone: is it a copy? */
/* clang-format off */
static const imx_score_model imx_score_fast = {
    0.0000, {
        {0.0000, 0.0000, 0.0000, 0.0000}, /* hash */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* similarity */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* inliers */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* explained */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* cells_median */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* hash_and_agree */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* direct */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* exact_places */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* unstretched */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* colour_kept */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* chroma_kept */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* hue_kept */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* brightness_kept */
    }};
/* clang-format on */

/* With geometric verification. */
/* clang-format off */
static const imx_score_model imx_score_verified = {
    0.0000, {
        {0.0000, 0.0000, 0.0000, 0.0000}, /* hash */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* similarity */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* inliers */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* explained */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* cells_median */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* hash_and_agree */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* direct */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* exact_places */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* unstretched */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* colour_kept */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* chroma_kept */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* hue_kept */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* brightness_kept */
    }};
/* clang-format on */

/* Is it a copy or the same shot of a variant? By all but the colours. */
/* clang-format off */
static const imx_score_model imx_score_shot = {
    0.0000, {
        {0.0000, 0.0000, 0.0000, 0.0000}, /* hash */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* similarity */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* inliers */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* explained */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* cells_median */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* hash_and_agree */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* direct */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* exact_places */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* unstretched */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* colour_kept */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* chroma_kept */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* hue_kept */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* brightness_kept */
    }};
/* clang-format on */

/* Of the same shot: are the colours the reference's? */
/* clang-format off */
static const imx_score_model imx_score_colour = {
    0.0000, {
        {0.0000, 0.0000, 0.0000, 0.0000}, /* hash */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* similarity */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* inliers */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* explained */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* cells_median */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* hash_and_agree */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* direct */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* exact_places */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* unstretched */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* colour_kept */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* chroma_kept */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* hue_kept */
        {0.0000, 0.0000, 0.0000, 0.0000}, /* brightness_kept */
    }};
/* clang-format on */

#endif
