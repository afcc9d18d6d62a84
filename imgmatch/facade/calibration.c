/* The calls of imgmatch/calibration.h on a catalogue; measuring is in calibrator.c. */
#include "facade/calibration_cache.h"
#include "facade/handle.h"

#include "base/diag.h"

#include <imgmatch/calibration.h>

#include <math.h>
#include <string.h>

const char *imgmatch_calibration_state_name(imgmatch_calibration_state state) {
    switch (state) {
    case IMGMATCH_CALIBRATION_NONE:
        return "none";
    case IMGMATCH_CALIBRATION_CURRENT:
        return "current";
    case IMGMATCH_CALIBRATION_OUTGROWN:
        return "outgrown";
    case IMGMATCH_CALIBRATION_OTHER_SCORE:
        return "other_score";
    case IMGMATCH_CALIBRATION_OTHER_DEPTH:
        return "other_depth";
    }
    return "unknown";
}

/* For a query with the default number of matches. */
static imgmatch_status hold(imx_calibrated *out, const imgmatch_catalogue *catalogue,
                            imgmatch_effort effort, imgmatch_diag *diag) {
    static const imgmatch_query_options defaults = IMGMATCH_QUERY_OPTIONS_INIT;
    if (imx_need_catalogue(catalogue, diag) != IMGMATCH_OK) {
        return IMGMATCH_ERR_ARGUMENT;
    }
    if ((int)effort < IMGMATCH_EFFORT_FAST || (int)effort > IMGMATCH_EFFORT_THOROUGH) {
        return imx_fail(diag, IMGMATCH_ERR_ARGUMENT, "there is no effort %d", (int)effort);
    }
    return imx_calibrated_hold(out, catalogue, effort, defaults.top, diag);
}

imgmatch_status imgmatch_catalogue_get_calibration(imgmatch_calibration *out,
                                                   const imgmatch_catalogue *catalogue,
                                                   imgmatch_effort effort, imgmatch_diag *diag) {
    if (out == NULL) {
        return imx_fail(diag, IMGMATCH_ERR_ARGUMENT, "a required argument is NULL");
    }
    imx_calibrated calibrated = {.stored = NULL};
    *out = (imgmatch_calibration){.least_per_million = NAN};
    imgmatch_status status = hold(&calibrated, catalogue, effort, diag);
    if (status == IMGMATCH_OK && calibrated.stored != NULL) {
        const imx_stored_calibration *stored = calibrated.stored;
        out->state = calibrated.state;
        out->negatives = stored->rates.negatives;
        out->own = stored->rates.own;
        out->items = stored->items;
        out->least_per_million = imx_calibrated_rate(&calibrated, INFINITY).bound;
        memcpy(out->made_at, stored->made_at, sizeof out->made_at);
    }
    imx_calibrated_release(&calibrated);
    return status;
}

imgmatch_status imgmatch_catalogue_false_alerts(imgmatch_false_alerts *out,
                                                const imgmatch_catalogue *catalogue,
                                                imgmatch_effort effort, double score,
                                                imgmatch_diag *diag) {
    if (out != NULL) {
        *out = (imgmatch_false_alerts){.seen = 0};
    }
    if (out == NULL || !(score >= 0 && score <= 1)) {
        return imx_fail(diag, IMGMATCH_ERR_ARGUMENT, "out is NULL, or the score is not 0 to 1");
    }
    imx_calibrated calibrated = {.stored = NULL};
    imgmatch_status status = hold(&calibrated, catalogue, effort, diag);
    if (status == IMGMATCH_OK) {
        status = imx_calibrated_need(&calibrated, effort, diag);
    }
    if (status == IMGMATCH_OK) {
        imx_false_alert_rate rate = imx_calibrated_rate(&calibrated, score);
        *out = (imgmatch_false_alerts){.seen = rate.alerts,
                                       .estimate_per_million = rate.estimate,
                                       .bound_per_million = rate.bound};
    }
    imx_calibrated_release(&calibrated);
    return status;
}

imgmatch_status imgmatch_catalogue_score_for(double *score, const imgmatch_catalogue *catalogue,
                                             imgmatch_effort effort, double max_false_alerts,
                                             imgmatch_diag *diag) {
    if (score != NULL) {
        *score = 0;
    }
    if (score == NULL || !(max_false_alerts > 0 && max_false_alerts <= IMX_PER_MILLION)) {
        return imx_fail(diag, IMGMATCH_ERR_ARGUMENT,
                        "score is NULL, or max_false_alerts is not above 0 and up to a million");
    }
    imx_calibrated calibrated = {.stored = NULL};
    imgmatch_status status = hold(&calibrated, catalogue, effort, diag);
    if (status == IMGMATCH_OK) {
        status = imx_calibrated_need_rate(&calibrated, effort, max_false_alerts, diag);
    }
    if (status == IMGMATCH_OK && max_false_alerts < IMX_PER_MILLION) {
        (void)imx_calibration_threshold(score, &calibrated.stored->rates, max_false_alerts,
                                        calibrated.growth);
    }
    imx_calibrated_release(&calibrated);
    return status;
}
