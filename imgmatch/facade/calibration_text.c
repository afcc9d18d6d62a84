/*
 * JSON, since the catalogue keeps texts. A score is written as a whole number of 2^-53, rounded up:
 * that keeps all of a score's digits from 0.5 on, is the same in every locale, and what is lost
 * below makes a rate too high, not too low.
 */
#include "facade/calibration_text.h"

#include "base/diag.h"
#include "base/json_reader.h"
#include "base/json_writer.h"
#include "base/memory.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define VERSION 1
#define SCORE_UNITS 9007199254740992.0 /* 2^53 */
#define MAX_TEXT_BYTES (1u << 20)
#define MAX_DEPTH 4u

imgmatch_status imx_stored_calibration_new(imx_stored_calibration **out, imgmatch_diag *diag) {
    *out = imx_new_array(1, sizeof **out);
    if (*out == NULL) {
        return imx_fail_memory(diag);
    }
    atomic_init(&(*out)->holders, 1);
    return IMGMATCH_OK;
}

imx_stored_calibration *imx_stored_calibration_hold(imx_stored_calibration *stored) {
    (void)atomic_fetch_add_explicit(&stored->holders, 1, memory_order_relaxed);
    return stored;
}

void imx_stored_calibration_release(imx_stored_calibration *stored) {
    if (stored != NULL &&
        atomic_fetch_sub_explicit(&stored->holders, 1, memory_order_acq_rel) == 1) {
        imx_calibration_free(&stored->rates);
        free(stored);
    }
}

static void write_count(imx_json_writer *json, const char *key, uint64_t count) {
    imx_json_key(json, key);
    imx_json_integer(json, (int64_t)count);
}

static void write_steps(imx_json_writer *json, const imx_calibration *rates) {
    imx_json_key(json, "steps");
    imx_json_open_array(json);
    for (size_t i = 0; i < rates->step_count; i++) {
        const imx_calibration_step *step = &rates->steps[i];
        imx_json_open_array(json);
        imx_json_integer(json, (int64_t)ceil(step->score * SCORE_UNITS));
        imx_json_integer(json, (int64_t)step->alerts);
        imx_json_integer(json, (int64_t)step->own_alerts);
        imx_json_close_array(json);
    }
    imx_json_close_array(json);
}

imgmatch_status imx_calibration_write_text(char **out, const imx_stored_calibration *stored,
                                           imgmatch_diag *diag) {
    imx_buffer buffer;
    imx_json_writer json;
    char identity[17];
    (void)snprintf(identity, sizeof identity, "%016" PRIx64, stored->score_identity);
    imx_buffer_init(&buffer, MAX_TEXT_BYTES);
    imx_json_begin(&json, &buffer);
    imx_json_open_object(&json);
    write_count(&json, "version", VERSION);
    imx_json_key(&json, "score");
    imx_json_text(&json, identity);
    write_count(&json, "looks", stored->looks);
    write_count(&json, "views", stored->views);
    write_count(&json, "items", stored->items);
    imx_json_key(&json, "made_at");
    imx_json_text(&json, stored->made_at);
    write_count(&json, "negatives", stored->rates.negatives);
    write_count(&json, "own", stored->rates.own);
    write_steps(&json, &stored->rates);
    imx_json_close_object(&json);
    size_t size = 0;
    *out = (char *)imx_buffer_take(&buffer, &size);
    imx_buffer_free(&buffer); /* What is left when it failed. */
    return *out != NULL ? IMGMATCH_OK : imx_fail_memory(diag);
}

static bool read_count(uint64_t *out, const imx_json *value, uint64_t most) {
    int64_t number = 0;
    bool good = imx_json_get_integer(value, &number) && number >= 0 && (uint64_t)number <= most;
    *out = good ? (uint64_t)number : 0;
    return good;
}

static bool read_step(imx_calibration_step *out, const imx_json *value) {
    uint64_t units = 0;
    bool good = imx_json_array_size(value) == 3 &&
                read_count(&units, imx_json_array_get(value, 0), (uint64_t)SCORE_UNITS) &&
                read_count(&out->alerts, imx_json_array_get(value, 1), INT64_MAX) &&
                read_count(&out->own_alerts, imx_json_array_get(value, 2), INT64_MAX);
    out->score = (double)units / SCORE_UNITS;
    return good;
}

/* Scores that differ by less than a unit became one. */
static void append_step(imx_calibration *rates, imx_calibration_step step) {
    bool same = rates->step_count > 0 && rates->steps[rates->step_count - 1].score == step.score;
    rates->steps[rates->step_count - same] = step;
    rates->step_count += !same;
}

static bool read_rest(imx_stored_calibration *out, const imx_json *root) {
    uint64_t looks = 0;
    uint64_t views = 0;
    const char *identity = imx_json_get_text(imx_json_get(root, "score"));
    const char *made_at = imx_json_get_text(imx_json_get(root, "made_at"));
    bool good = read_count(&looks, imx_json_get(root, "looks"), UINT32_MAX) &&
                read_count(&views, imx_json_get(root, "views"), UINT32_MAX) &&
                read_count(&out->items, imx_json_get(root, "items"), INT64_MAX) &&
                read_count(&out->rates.negatives, imx_json_get(root, "negatives"), INT64_MAX) &&
                read_count(&out->rates.own, imx_json_get(root, "own"), INT64_MAX) &&
                identity != NULL && sscanf(identity, "%16" SCNx64, &out->score_identity) == 1 &&
                made_at != NULL && strlen(made_at) < sizeof out->made_at &&
                strspn(made_at, "0123456789-:TZ") == strlen(made_at);
    if (good) {
        memcpy(out->made_at, made_at, strlen(made_at) + 1);
    }
    out->looks = (uint32_t)looks;
    out->views = (uint32_t)views;
    const imx_json *steps = imx_json_get(root, "steps");
    size_t count = imx_json_array_size(steps);
    for (size_t i = 0; i < count && good; i++) {
        imx_calibration_step step;
        good = read_step(&step, imx_json_array_get(steps, i));
        if (good) {
            append_step(&out->rates, step);
        }
    }
    return good && imx_calibration_is_sound(&out->rates);
}

static imgmatch_status read_root(imx_stored_calibration *out, const imx_json *root,
                                 imgmatch_diag *diag) {
    int64_t version = 0;
    size_t count = imx_json_array_size(imx_json_get(root, "steps"));
    bool good = imx_json_get_integer(imx_json_get(root, "version"), &version);
    if (good && version != VERSION) {
        out->foreign = true;
        return IMGMATCH_OK;
    }
    if (good && count > 0 && count <= IMX_CALIBRATION_MAX_STEPS) {
        out->rates.steps = imx_new_array(count, sizeof *out->rates.steps);
        if (out->rates.steps == NULL) {
            return imx_fail_memory(diag);
        }
        good = read_rest(out, root);
    } else {
        good = false;
    }
    return good ? IMGMATCH_OK
                : imx_fail(diag, IMGMATCH_ERR_CATALOGUE, "the stored calibration is damaged");
}

imgmatch_status imx_calibration_read_text(imx_stored_calibration **out, const char *text,
                                          imgmatch_diag *diag) {
    imx_json *root = NULL;
    imgmatch_diag own = IMGMATCH_DIAG_INIT;
    imgmatch_status status = imx_stored_calibration_new(out, diag);
    if (status != IMGMATCH_OK) {
        return status;
    }
    size_t size = strlen(text);
    status = size > MAX_TEXT_BYTES
                 ? imx_fail(&own, IMGMATCH_ERR_SYNTAX, "it is over %u bytes", MAX_TEXT_BYTES)
                 : imx_json_parse(&root, text, size, MAX_DEPTH, &own);
    if (status == IMGMATCH_OK) {
        status = read_root(*out, root, diag);
    } else if (status == IMGMATCH_ERR_MEMORY) {
        status = imx_fail_memory(diag);
    } else {
        status = imx_fail(diag, IMGMATCH_ERR_CATALOGUE, "the stored calibration is damaged: %s",
                          own.message);
    }
    imx_json_free(root);
    if (status != IMGMATCH_OK) {
        imx_stored_calibration_release(*out);
        *out = NULL;
    }
    return status;
}
