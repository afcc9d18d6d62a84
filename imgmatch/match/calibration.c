#include "match/calibration.h"

#include "base/diag.h"
#include "base/memory.h"
#include "match/binomial_bound.h"

#include <math.h>
#include <stdlib.h>

#define MOST_NEGATIVES 1000000000u /* Makes IMX_CALIBRATION_MAX_STEPS hold. */
#define EXACT_ALERTS 1000u
#define ALERTS_PER_JOINED 100u /* Behind those, one alert in so many is not told apart. */
#define OWN_WEIGHT 0.5

static int by_score(const void *a, const void *b) {
    const imx_negative_score *left = a;
    const imx_negative_score *right = b;
    return (left->score < right->score) - (left->score > right->score);
}

/* Alerts in a step whose first one is the alert of this rank. */
static uint64_t room_of(uint64_t first) {
    return first <= EXACT_ALERTS ? 1 : first / ALERTS_PER_JOINED;
}

/* Lay the steps out; with `steps` NULL only count them. Equal scores are never parted. */
static size_t lay_steps(imx_calibration_step *steps, const imx_negative_score *scores,
                        size_t count) {
    size_t made = 0;
    size_t first = 0; /* Of the step that was made last. */
    imx_calibration_step step = {.score = 0};
    for (size_t i = 0, end = 0; i < count; i = end) {
        uint64_t own = 0;
        for (end = i; end < count && !(scores[end].score < scores[i].score); end++) {
            own += scores[end].own;
        }
        if (made == 0 || end - first > room_of(first + 1)) {
            first = i;
            step.score = scores[i].score;
            made++;
        }
        step.alerts = end;
        step.own_alerts += own;
        if (steps != NULL) {
            steps[made - 1] = step;
        }
    }
    return made;
}

imgmatch_status imx_calibration_make(imx_calibration *out, imx_negative_score *scores, size_t count,
                                     imgmatch_diag *diag) {
    *out = (imx_calibration){.negatives = count};
    if (count == 0 || count > MOST_NEGATIVES) {
        return imx_fail(diag, IMGMATCH_ERR_ARGUMENT, "%zu photos are too %s to calibrate with",
                        count, count == 0 ? "few" : "many");
    }
    qsort(scores, count, sizeof *scores, by_score);
    for (size_t i = 0; i < count; i++) {
        out->own += scores[i].own;
    }
    size_t steps = lay_steps(NULL, scores, count);
    out->steps = imx_new_array(steps, sizeof *out->steps);
    if (out->steps == NULL) {
        return imx_fail_memory(diag);
    }
    out->step_count = lay_steps(out->steps, scores, count);
    return IMGMATCH_OK;
}

void imx_calibration_free(imx_calibration *calibration) {
    free(calibration->steps);
    *calibration = (imx_calibration){.steps = NULL};
}

bool imx_calibration_is_sound(const imx_calibration *calibration) {
    imx_calibration_step before = {.score = INFINITY};
    bool sound = calibration->negatives > 0 && calibration->own <= calibration->negatives;
    for (size_t i = 0; i < calibration->step_count && sound; i++) {
        const imx_calibration_step *step = &calibration->steps[i];
        sound = step->score >= 0 && step->score <= 1 && step->score < before.score &&
                step->alerts > before.alerts && step->own_alerts >= before.own_alerts &&
                step->own_alerts - before.own_alerts <= step->alerts - before.alerts;
        before = *step;
    }
    /* The lowest score is a negative's, too. */
    return sound && before.alerts == calibration->negatives &&
           before.own_alerts == calibration->own;
}

/* `step` NULL: above all of them. */
static imx_false_alert_rate rate_of(const imx_calibration *calibration,
                                    const imx_calibration_step *step) {
    uint64_t alerts = step != NULL ? step->alerts : 0;
    double negatives = (double)calibration->negatives;
    /* Fewer photos with the same share of alerts: a bound below what was seen would be none. */
    double trials = negatives - OWN_WEIGHT * (double)calibration->own;
    double seen = (double)alerts / negatives * trials;
    return (imx_false_alert_rate){.alerts = alerts,
                                  .estimate = IMX_PER_MILLION * (double)alerts / negatives,
                                  .bound = IMX_PER_MILLION * imx_binomial_bound(seen, trials)};
}

imx_false_alert_rate imx_calibration_rate(const imx_calibration *calibration, double score) {
    size_t above = 0; /* Steps with at least this score. */
    size_t end = calibration->step_count;
    while (above < end) {
        size_t middle = above + (end - above) / 2;
        if (calibration->steps[middle].score >= score) {
            above = middle + 1;
        } else {
            end = middle;
        }
    }
    return rate_of(calibration, above == 0 ? NULL : &calibration->steps[above - 1]);
}

bool imx_calibration_threshold(double *score, const imx_calibration *calibration,
                               double per_million, double growth) {
    size_t good = 0; /* So many steps may lie above the threshold. */
    size_t end = calibration->step_count;
    *score = 1;
    if (!(growth * rate_of(calibration, NULL).bound <= per_million)) {
        return false;
    }
    while (good < end) {
        size_t middle = good + (end - good) / 2;
        if (growth * rate_of(calibration, &calibration->steps[middle]).bound <= per_million) {
            good = middle + 1;
        } else {
            end = middle;
        }
    }
    *score = good == calibration->step_count ? 0 : nextafter(calibration->steps[good].score, 2);
    return true;
}
