/*
 * From scores to expected false alerts, as measured on photos that copy no reference.
 *
 * A photo raises a false alert at a threshold when the best score that it has is at least that
 * high, so the best score of each such photo ("negative") is all that is measured. What is kept is
 * how many negatives have a best score of at least s, for every s; a rate is that number divided by
 * the number of negatives, and the bound of imx_binomial_bound goes with it, also beyond the
 * highest score that was seen, where the rate is 0 and the bound is not. Nothing is extrapolated.
 *
 * The bound is right for a threshold that is chosen by it, too: the number k of negatives that may
 * lie above the threshold depends on the wanted rate alone, and the share of all photos above the
 * score of rank k + 1 has the very beta distribution that the bound is a quantile of (a tolerance
 * limit, Wilks 1941).
 *
 * A catalogue's own photos are negatives for one another, in pairs: a photo that resembles another
 * one is resembled by it, and both raise the alert. So each counts as half a negative where the
 * bound asks for independent ones.
 */
#ifndef IMX_MATCH_CALIBRATION_H
#define IMX_MATCH_CALIBRATION_H

#include <imgmatch/status.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define IMX_PER_MILLION 1e6

/* Best score of one negative. */
typedef struct imx_negative_score {
    double score; /* 0..1 */
    bool own;     /* One of the catalogue's photos. */
} imx_negative_score;

/* Up to `score`, and down to the next step's, so many negatives have a best score as high. */
typedef struct imx_calibration_step {
    double score;
    uint64_t alerts;
    uint64_t own_alerts; /* Of these. */
} imx_calibration_step;

/* Immutable once it is made. */
typedef struct imx_calibration {
    uint64_t negatives;
    uint64_t own; /* Of these. */
    size_t step_count;
    imx_calibration_step *steps; /* Scores fall, alerts rise. */
} imx_calibration;

/* The most steps that imx_calibration_make makes of any number of scores. */
#define IMX_CALIBRATION_MAX_STEPS 4000u

/*
 * Sort the scores, and make a calibration of them. The first thousand alerts are kept exactly, then
 * steps are joined so that a rate comes out too high by 1% at the most, never too low.
 */
imgmatch_status imx_calibration_make(imx_calibration *out, imx_negative_score *scores, size_t count,
                                     imgmatch_diag *diag);
void imx_calibration_free(imx_calibration *calibration);

/* Can these be the steps of a calibration? For what comes from a file. */
bool imx_calibration_is_sound(const imx_calibration *calibration);

/* False alerts per million queries at a threshold. */
typedef struct imx_false_alert_rate {
    uint64_t alerts; /* Of the negatives. */
    double estimate;
    double bound;
} imx_false_alert_rate;

/* Both rates fall, or stay, where the score rises. */
imx_false_alert_rate imx_calibration_rate(const imx_calibration *calibration, double score);

/* The lowest threshold at which the bound, multiplied by `growth`, is at most `per_million`; false
 * when there is none. It may lie just above 1. */
bool imx_calibration_threshold(double *score, const imx_calibration *calibration,
                               double per_million, double growth);

#endif
