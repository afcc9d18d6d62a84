/*
 * The calibrations of an open catalogue, one for each effort, read when they are first asked for
 * and again when the catalogue has a newer generation. Thread-safe.
 */
#ifndef IMX_FACADE_CALIBRATION_CACHE_H
#define IMX_FACADE_CALIBRATION_CACHE_H

#include "facade/calibration_text.h"

#include <imgmatch/query.h>

typedef struct imx_calibration_cache imx_calibration_cache;

imgmatch_status imx_calibration_cache_new(imx_calibration_cache **out, imgmatch_diag *diag);
void imx_calibration_cache_free(imx_calibration_cache *cache); /* NULL is allowed. */

/* What a calibration says of queries of one kind. */
typedef struct imx_calibrated {
    imgmatch_calibration_state state;
    imx_stored_calibration *stored; /* Held; NULL when there is none. */
    uint64_t generation;            /* Of the catalogue, which has so many items in it. */
    uint64_t items;
    double growth; /* Rates are multiplied by it; 1 or more. */
} imx_calibrated;

/* For a catalogue of so many items in this generation. `top`: the most matches that the query
 * wants. Release in any case. */
imgmatch_status imx_calibrated_hold_for(imx_calibrated *out, const imgmatch_catalogue *catalogue,
                                        uint64_t generation, uint64_t items, imgmatch_effort effort,
                                        size_t top, imgmatch_diag *diag);
/* For the catalogue as it is now. */
imgmatch_status imx_calibrated_hold(imx_calibrated *out, const imgmatch_catalogue *catalogue,
                                    imgmatch_effort effort, size_t top, imgmatch_diag *diag);
void imx_calibrated_release(imx_calibrated *calibrated);

/* IMGMATCH_ERR_UNSUPPORTED, with what to do, unless the state is CURRENT. */
imgmatch_status imx_calibrated_need(const imx_calibrated *calibrated, imgmatch_effort effort,
                                    imgmatch_diag *diag);
/* The same unless the rate is one that the calibration can show. */
imgmatch_status imx_calibrated_need_rate(const imx_calibrated *calibrated, imgmatch_effort effort,
                                         double per_million, imgmatch_diag *diag);

/* Rates at a score, growth included; NaN unless the state is CURRENT. */
imx_false_alert_rate imx_calibrated_rate(const imx_calibrated *calibrated, double score);

/* How an effort is called in messages and keys. */
const char *imx_effort_name(imgmatch_effort effort);

/* The key of an effort's calibration among the catalogue's texts. */
#define IMX_CALIBRATION_KEY_BYTES 32
void imx_calibration_key(char out[IMX_CALIBRATION_KEY_BYTES], imgmatch_effort effort);

/* Views that are looked at in a query at the most. */
uint32_t imx_views_bound(const imgmatch_limits *limits);

#endif
