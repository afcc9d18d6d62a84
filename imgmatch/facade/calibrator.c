/*
 * Calibrating: negatives are measured on all threads (calibrator_measure.c), some hundred at a
 * time; what was found is put together in the order of the photos, so the outcome is the same for
 * any number of threads. Of each, the best score stays; it all goes to the catalogue at once, at
 * the end.
 */
#include "facade/calibrator.h"

#include "base/limits.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "facade/search.h"
#include "match/score_identity.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BATCH_LABELS 256u

imgmatch_status imgmatch_calibrator_new(imgmatch_calibrator **out, imgmatch_catalogue *catalogue,
                                        const imgmatch_calibrator_options *options,
                                        imgmatch_diag *diag) {
    static const imgmatch_calibrator_options defaults = IMGMATCH_CALIBRATOR_OPTIONS_INIT;
    static const imgmatch_query_options query = IMGMATCH_QUERY_OPTIONS_INIT;
    if (out != NULL) {
        *out = NULL;
    }
    if (out == NULL || catalogue == NULL) {
        return imx_fail(diag, IMGMATCH_ERR_ARGUMENT, "a required argument is NULL");
    }
    options = options != NULL ? options : &defaults;
    if ((int)options->effort < IMGMATCH_EFFORT_FAST ||
        (int)options->effort > IMGMATCH_EFFORT_THOROUGH) {
        return imx_fail(diag, IMGMATCH_ERR_ARGUMENT, "there is no effort %d", (int)options->effort);
    }
    imgmatch_status status = imx_threads_check(options->threads, diag);
    if (status == IMGMATCH_OK) {
        status = imx_need_model(catalogue, diag);
    }
    if (status == IMGMATCH_OK) {
        status = imx_need_writable(catalogue, diag);
    }
    if (status != IMGMATCH_OK) {
        return status;
    }
    *out = imx_new_array(1, sizeof **out);
    if (*out == NULL) {
        return imx_fail_memory(diag);
    }
    (*out)->catalogue = catalogue;
    (*out)->options = *options;
    (*out)->looks = imx_search_looks(options->effort, query.top, &catalogue->limits);
    return IMGMATCH_OK;
}

void imgmatch_calibrator_free(imgmatch_calibrator *calibrator) {
    if (calibrator != NULL) {
        imx_label_set_free(&calibrator->labels);
        imx_pair_list_free(&calibrator->pairs);
        imx_photo_set_free(&calibrator->counted);
        free(calibrator->scores);
        free(calibrator);
    }
}

const imgmatch_calibrator_report *
imgmatch_calibrator_get_report(const imgmatch_calibrator *calibrator) {
    return calibrator != NULL ? &calibrator->report : NULL;
}

void imx_calibrator_problem(const imgmatch_calibrator *calibrator, const char *format, ...) {
    char line[6000]; /* The longest path, an id, and what is wrong. */
    if (calibrator->options.problem == NULL) {
        return;
    }
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    calibrator->options.problem(calibrator->options.user, line);
}

/* ---- a batch ---- */

typedef struct batch {
    imgmatch_calibrator *calibrator;
    const imx_negative *negatives;
    imx_measurement *measurements;
    size_t reported; /* Photos that the progress callback knows of. */
} batch;

static void run_one(void *context, size_t index, int worker) {
    (void)worker;
    batch *self = context;
    imx_measure(&self->measurements[index], self->calibrator, &self->negatives[index]);
}

static bool report_progress(void *user, size_t done, size_t total) {
    (void)total;
    batch *self = user;
    const imgmatch_calibrator_options *options = &self->calibrator->options;
    size_t more = done - self->reported;
    self->reported = done;
    return options->progress == NULL || options->progress(options->user, more);
}

static imgmatch_status keep_score(imgmatch_calibrator *calibrator, double score, bool own,
                                  imgmatch_diag *diag) {
    imgmatch_calibrator_report *report = &calibrator->report;
    imx_negative_score *scores = imx_grow_array(calibrator->scores, &calibrator->capacity,
                                                report->negatives, sizeof *scores);
    if (scores == NULL) {
        return imx_fail_memory(diag);
    }
    calibrator->scores = scores;
    calibrator->scores[report->negatives++] = (imx_negative_score){.score = score, .own = own};
    report->own += own;
    return IMGMATCH_OK;
}

static imgmatch_status take(imgmatch_calibrator *calibrator, const imx_negative *negative,
                            const imx_measurement *measured, imgmatch_diag *diag) {
    const imgmatch_diag *failure = &measured->diag;
    const char *source = imx_photo_source(&negative->photo);
    imx_label *label = imx_label_set_first(&calibrator->labels, source);
    if (label != NULL) {
        label->measured = true;
        if (measured->is_item) { /* What was said of a pair of items, when those do not count. */
            return IMGMATCH_OK;
        }
    }
    if (failure->status == IMGMATCH_ERR_PHOTO) {
        calibrator->report.failed++;
        imx_calibrator_problem(calibrator, "%.4096s: %s: %s", source,
                               imgmatch_reason_code(failure->reason), failure->message);
        return IMGMATCH_OK;
    }
    if (failure->status != IMGMATCH_OK) {
        return imx_fail(diag, failure->status, "%s", failure->message);
    }
    if (measured->crowded) {
        calibrator->report.crowded++;
        return IMGMATCH_OK;
    }
    /* The same bytes again are no further evidence. */
    bool counts = false;
    imgmatch_status status =
        imx_photo_set_add(&counts, &calibrator->counted, measured->sha256, diag);
    if (status == IMGMATCH_OK && !counts) {
        calibrator->report.repeats++;
        return IMGMATCH_OK;
    }
    for (size_t i = 0; i < measured->near_count && status == IMGMATCH_OK; i++) {
        if (measured->near[i].id != NULL) {
            status = imx_pair_list_add(&calibrator->pairs, negative, &measured->near[i], diag);
        }
    }
    calibrator->report.left_out += measured->left_out;
    return status == IMGMATCH_OK
               ? keep_score(calibrator, measured->score, negative->own_id != NULL, diag)
               : status;
}

imgmatch_status imx_calibrator_measure(imgmatch_calibrator *calibrator,
                                       const imx_negative *negatives, size_t count,
                                       imgmatch_diag *diag) {
    batch self = {.calibrator = calibrator, .negatives = negatives};
    size_t done = 0;
    self.measurements = imx_new_array(count, sizeof *self.measurements);
    if (self.measurements == NULL) {
        return imx_fail_memory(diag);
    }
    int threads = imx_parallel_threads(calibrator->options.threads, count);
    imgmatch_status status =
        imx_parallel_run(&done, count, threads, run_one, &self, report_progress, &self, diag);
    for (size_t i = 0; i < done && status == IMGMATCH_OK; i++) {
        status = take(calibrator, &negatives[i], &self.measurements[i], diag);
    }
    for (size_t i = 0; i < count; i++) {
        imx_measurement_free(&self.measurements[i]);
    }
    free(self.measurements);
    if (status == IMGMATCH_OK && done < count) {
        status = imx_fail(diag, IMGMATCH_ERR_CANCELLED,
                          "stopped; the catalogue keeps the calibration that it had");
    }
    return status;
}

/* ---- where negatives come from; the catalogue's own are in calibrator_own.c ---- */

imgmatch_status imgmatch_calibrator_add_photos(imgmatch_calibrator *calibrator,
                                               const imgmatch_photo *photos, size_t count,
                                               imgmatch_diag *diag) {
    if (calibrator == NULL || (count > 0 && photos == NULL)) {
        return imx_fail(diag, IMGMATCH_ERR_ARGUMENT, "a required argument is NULL");
    }
    if (imx_need_catalogue(calibrator->catalogue, diag) != IMGMATCH_OK) {
        return IMGMATCH_ERR_ARGUMENT;
    }
    if (count == 0) {
        return IMGMATCH_OK;
    }
    imx_negative *negatives = imx_new_array(count, sizeof *negatives);
    if (negatives == NULL) {
        return imx_fail_memory(diag);
    }
    for (size_t i = 0; i < count; i++) {
        negatives[i].photo = photos[i];
    }
    imgmatch_status status = imx_calibrator_measure(calibrator, negatives, count, diag);
    free(negatives);
    return status;
}

imgmatch_status imgmatch_calibrator_add_labelled(imgmatch_calibrator *calibrator,
                                                 imgmatch_diag *diag) {
    if (calibrator == NULL) {
        return imx_fail(diag, IMGMATCH_ERR_ARGUMENT, "a required argument is NULL");
    }
    if (imx_need_catalogue(calibrator->catalogue, diag) != IMGMATCH_OK) {
        return IMGMATCH_ERR_ARGUMENT;
    }
    const imx_label_set *set = &calibrator->labels;
    imx_negative negatives[BATCH_LABELS];
    imgmatch_status status = IMGMATCH_OK;
    size_t count = 0;
    bool measured = true;
    for (size_t i = 0; i < set->count && status == IMGMATCH_OK; i++) {
        const imx_label *label = &set->labels[i];
        bool first = i == 0 || strcmp(label->path, label[-1].path) != 0;
        measured = first ? label->measured : true;
        if (!measured) {
            negatives[count] = (imx_negative){.photo = IMGMATCH_PHOTO_INIT};
            negatives[count++].photo.path = label->path;
        }
        if (count == BATCH_LABELS) {
            status = imx_calibrator_measure(calibrator, negatives, count, diag);
            count = 0;
        }
    }
    return status == IMGMATCH_OK && count > 0
               ? imx_calibrator_measure(calibrator, negatives, count, diag)
               : status;
}

/* ---- storing ---- */

static void write_now(char *out, size_t size) {
    time_t now = time(NULL);
    struct tm parts;
    if (gmtime_r(&now, &parts) == NULL || strftime(out, size, "%Y-%m-%dT%H:%M:%SZ", &parts) == 0) {
        out[0] = '\0';
    }
}

static imgmatch_status store(imgmatch_calibrator *calibrator, imx_stored_calibration *stored,
                             imgmatch_diag *diag) {
    imgmatch_catalogue *catalogue = calibrator->catalogue;
    imx_snapshot *snapshot = imx_store_hold(catalogue->store);
    stored->items = imx_snapshot_item_count(snapshot);
    imx_snapshot_release(snapshot);
    stored->score_identity = imx_score_identity();
    stored->looks = (uint32_t)calibrator->looks;
    stored->views = imx_views_bound(&catalogue->limits);
    write_now(stored->made_at, sizeof stored->made_at);
    char key[IMX_CALIBRATION_KEY_BYTES];
    char *text = NULL;
    imx_calibration_key(key, calibrator->options.effort);
    imgmatch_status status = imx_calibration_make(&stored->rates, calibrator->scores,
                                                  calibrator->report.negatives, diag);
    if (status == IMGMATCH_OK) {
        status = imx_calibration_write_text(&text, stored, diag);
    }
    if (status == IMGMATCH_OK) {
        status = imx_store_set_value(catalogue->store, key, text, diag);
    }
    free(text);
    return status;
}

imgmatch_status imgmatch_calibrator_store(imgmatch_calibrator *calibrator, imgmatch_diag *diag) {
    if (calibrator == NULL) {
        return imx_fail(diag, IMGMATCH_ERR_ARGUMENT, "a required argument is NULL");
    }
    if (imx_need_catalogue(calibrator->catalogue, diag) != IMGMATCH_OK) {
        return IMGMATCH_ERR_ARGUMENT;
    }
    if (calibrator->report.negatives == 0) {
        return imx_fail(diag, IMGMATCH_ERR_ARGUMENT, "no photo was measured");
    }
    imx_stored_calibration *stored = NULL;
    imgmatch_status status = imx_stored_calibration_new(&stored, diag);
    if (status == IMGMATCH_OK) {
        status = store(calibrator, stored, diag);
    }
    imx_stored_calibration_release(stored);
    return status;
}
