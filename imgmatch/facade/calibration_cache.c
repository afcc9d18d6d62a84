#include "facade/calibration_cache.h"

#include "base/diag.h"
#include "base/memory.h"
#include "facade/handle.h"
#include "facade/search.h"
#include "match/rival.h"
#include "match/score_identity.h"
#include "match/views.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#define EFFORTS 3
#define OUTGROWN 2.0 /* Times as many items. */

typedef struct entry {
    bool read;
    uint64_t generation;            /* The catalogue's when it was read. */
    imx_stored_calibration *stored; /* NULL: there was none. */
} entry;

struct imx_calibration_cache {
    pthread_mutex_t mutex;
    entry entries[EFFORTS];
};

imgmatch_status imx_calibration_cache_new(imx_calibration_cache **out, imgmatch_diag *diag) {
    *out = imx_new_array(1, sizeof **out);
    if (*out == NULL) {
        return imx_fail_memory(diag);
    }
    (void)pthread_mutex_init(&(*out)->mutex, NULL);
    return IMGMATCH_OK;
}

void imx_calibration_cache_free(imx_calibration_cache *cache) {
    if (cache != NULL) {
        for (int i = 0; i < EFFORTS; i++) {
            imx_stored_calibration_release(cache->entries[i].stored);
        }
        (void)pthread_mutex_destroy(&cache->mutex);
        free(cache);
    }
}

const char *imx_effort_name(imgmatch_effort effort) {
    static const char *const names[EFFORTS] = {"fast", "standard", "thorough"};
    return names[effort];
}

void imx_calibration_key(char out[IMX_CALIBRATION_KEY_BYTES], imgmatch_effort effort) {
    (void)snprintf(out, IMX_CALIBRATION_KEY_BYTES, "calibration.%s", imx_effort_name(effort));
}

uint32_t imx_views_bound(const imgmatch_limits *limits) {
    return limits->max_views < IMX_PLAN_MAX ? limits->max_views : IMX_PLAN_MAX;
}

/* Read an entry anew; the cache is locked. */
static imgmatch_status renew(entry *self, const imgmatch_catalogue *catalogue,
                             imgmatch_effort effort, uint64_t generation, imgmatch_diag *diag) {
    char key[IMX_CALIBRATION_KEY_BYTES];
    char *text = NULL;
    imx_stored_calibration *stored = NULL;
    imx_calibration_key(key, effort);
    imgmatch_status status = imx_store_get_value(&text, catalogue->store, key, diag);
    if (status == IMGMATCH_OK && text != NULL) {
        status = imx_calibration_read_text(&stored, text, diag);
    }
    free(text);
    if (status == IMGMATCH_OK) {
        imx_stored_calibration_release(self->stored);
        *self = (entry){.read = true, .generation = generation, .stored = stored};
    }
    return status;
}

/* More can be mistaken for a copy where more is looked at; and with a fast look, scores are higher
 * where there are fewer rivals (rival.h). */
static bool is_other_depth(const imx_stored_calibration *stored, const imgmatch_limits *limits,
                           imgmatch_effort effort, size_t top) {
    size_t looks = imx_search_looks(effort, top, limits);
    bool fewer_rivals =
        effort == IMGMATCH_EFFORT_FAST && looks < stored->looks && looks < IMX_FAST_RIVALS;
    return looks > stored->looks || fewer_rivals || imx_views_bound(limits) > stored->views;
}

static void judge(imx_calibrated *self, const imgmatch_limits *limits, imgmatch_effort effort,
                  size_t top) {
    const imx_stored_calibration *stored = self->stored;
    if (stored == NULL) {
        self->state = IMGMATCH_CALIBRATION_NONE;
    } else if (stored->foreign || stored->score_identity != imx_score_identity()) {
        self->state = IMGMATCH_CALIBRATION_OTHER_SCORE;
    } else if (is_other_depth(stored, limits, effort, top)) {
        self->state = IMGMATCH_CALIBRATION_OTHER_DEPTH;
    } else if ((double)self->items > OUTGROWN * (double)stored->items) {
        self->state = IMGMATCH_CALIBRATION_OUTGROWN;
    } else {
        self->state = IMGMATCH_CALIBRATION_CURRENT;
        self->growth = fmax(1, (double)self->items / fmax(1, (double)stored->items));
    }
}

imgmatch_status imx_calibrated_hold(imx_calibrated *out, const imgmatch_catalogue *catalogue,
                                    imgmatch_effort effort, size_t top, imgmatch_diag *diag) {
    imx_snapshot *snapshot = imx_store_hold(catalogue->store);
    uint64_t generation = imx_snapshot_generation(snapshot);
    uint64_t items = imx_snapshot_item_count(snapshot);
    imx_snapshot_release(snapshot);
    return imx_calibrated_hold_for(out, catalogue, generation, items, effort, top, diag);
}

imgmatch_status imx_calibrated_hold_for(imx_calibrated *out, const imgmatch_catalogue *catalogue,
                                        uint64_t generation, uint64_t items, imgmatch_effort effort,
                                        size_t top, imgmatch_diag *diag) {
    *out = (imx_calibrated){
        .state = IMGMATCH_CALIBRATION_NONE, .generation = generation, .items = items, .growth = 1};
    imx_calibration_cache *cache = catalogue->calibrations;
    entry *self = &cache->entries[effort];
    imgmatch_status status = IMGMATCH_OK;
    (void)pthread_mutex_lock(&cache->mutex);
    if (!self->read || self->generation < generation) {
        status = renew(self, catalogue, effort, generation, diag);
    }
    if (status == IMGMATCH_OK && self->stored != NULL) {
        out->stored = imx_stored_calibration_hold(self->stored);
    }
    (void)pthread_mutex_unlock(&cache->mutex);
    judge(out, &catalogue->limits, effort, top);
    return status;
}

void imx_calibrated_release(imx_calibrated *calibrated) {
    imx_stored_calibration_release(calibrated->stored);
    calibrated->stored = NULL;
}

imgmatch_status imx_calibrated_need(const imx_calibrated *calibrated, imgmatch_effort effort,
                                    imgmatch_diag *diag) {
    const imx_stored_calibration *stored = calibrated->stored;
    switch (calibrated->state) {
    case IMGMATCH_CALIBRATION_CURRENT:
        return IMGMATCH_OK;
    case IMGMATCH_CALIBRATION_OUTGROWN:
        return imx_fail(diag, IMGMATCH_ERR_UNSUPPORTED,
                        "the catalogue had %llu items when it was calibrated for effort %s and has "
                        "%llu now: calibrate it anew",
                        (unsigned long long)stored->items, imx_effort_name(effort),
                        (unsigned long long)calibrated->items);
    case IMGMATCH_CALIBRATION_OTHER_SCORE:
        return imx_fail(diag, IMGMATCH_ERR_UNSUPPORTED,
                        "scores are made otherwise since the catalogue was calibrated for effort "
                        "%s: calibrate it anew",
                        imx_effort_name(effort));
    case IMGMATCH_CALIBRATION_OTHER_DEPTH:
        return imx_fail(
            diag, IMGMATCH_ERR_UNSUPPORTED,
            "the calibration for effort %s looked at %u references and %u views of a "
            "photo, this query may look at more%s: ask for no more matches than that, or "
            "calibrate with the limits of this query",
            imx_effort_name(effort), stored->looks, stored->views,
            effort == IMGMATCH_EFFORT_FAST ? ", or at fewer" : "");
    case IMGMATCH_CALIBRATION_NONE:
    default:
        return imx_fail(diag, IMGMATCH_ERR_UNSUPPORTED,
                        "the catalogue is not calibrated for effort %s: 'imgmatch-index calibrate' "
                        "does that",
                        imx_effort_name(effort));
    }
}

imx_false_alert_rate imx_calibrated_rate(const imx_calibrated *calibrated, double score) {
    imx_false_alert_rate rate = {.alerts = 0, .estimate = NAN, .bound = NAN};
    if (calibrated->state == IMGMATCH_CALIBRATION_CURRENT) {
        rate = imx_calibration_rate(&calibrated->stored->rates, score);
        rate.estimate = fmin(calibrated->growth * rate.estimate, IMX_PER_MILLION);
        rate.bound = fmin(calibrated->growth * rate.bound, IMX_PER_MILLION);
    }
    return rate;
}

imgmatch_status imx_calibrated_need_rate(const imx_calibrated *calibrated, imgmatch_effort effort,
                                         double per_million, imgmatch_diag *diag) {
    imgmatch_status status = imx_calibrated_need(calibrated, effort, diag);
    if (status != IMGMATCH_OK) {
        return status;
    }
    double least = imx_calibrated_rate(calibrated, INFINITY).bound;
    if (per_million >= least) {
        return IMGMATCH_OK;
    }
    return imx_fail(diag, IMGMATCH_ERR_UNSUPPORTED,
                    "%g false alerts per million queries are fewer than the calibration for effort "
                    "%s can show: its %llu photos support %.0f at best; calibrate with more photos",
                    per_million, imx_effort_name(effort),
                    (unsigned long long)calibrated->stored->rates.negatives, ceil(least));
}
