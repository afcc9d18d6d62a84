#include "facade/query_options.h"

#include "base/diag.h"
#include "base/limits.h"
#include "match/calibration.h"

#define MAX_TOP 1000u

imgmatch_status imx_query_options_check(imgmatch_query_options *out,
                                        const imgmatch_query_options *options,
                                        imgmatch_diag *diag) {
    static const imgmatch_query_options defaults = IMGMATCH_QUERY_OPTIONS_INIT;
    *out = options != NULL ? *options : defaults;
    if (out->top < 1 || out->top > MAX_TOP) {
        return imx_fail(diag, IMGMATCH_ERR_ARGUMENT, "top is %u, not 1 to %u", out->top, MAX_TOP);
    }
    if (!(out->min_score >= 0 && out->min_score <= 1)) {
        return imx_fail(diag, IMGMATCH_ERR_ARGUMENT, "min_score is %g, not 0 to 1", out->min_score);
    }
    if (!(out->max_false_alerts >= 0 && out->max_false_alerts <= IMX_PER_MILLION)) {
        return imx_fail(diag, IMGMATCH_ERR_ARGUMENT, "max_false_alerts is %g, not 0 to a million",
                        out->max_false_alerts);
    }
    if ((int)out->effort < IMGMATCH_EFFORT_FAST || (int)out->effort > IMGMATCH_EFFORT_THOROUGH) {
        return imx_fail(diag, IMGMATCH_ERR_ARGUMENT, "there is no effort %d", (int)out->effort);
    }
    return imx_threads_check(out->threads, diag);
}
