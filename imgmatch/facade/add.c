/*
 * Adding photos: look at the list, fingerprint on all threads, refuse ids that come again, store in
 * one transaction.
 *
 * What a thread makes of a photo depends on that photo alone, and the store gets them in the
 * caller's order, so the catalogue is the same for any number of threads. Of photos with one id all
 * are fingerprinted, because only then is it known which is the first that can be used.
 */
#include "facade/handle.h"
#include "facade/item_json.h"
#include "facade/portrait.h"

#include "base/diag.h"
#include "base/half.h"
#include "base/json_reader.h"
#include "base/limits.h"
#include "base/memory.h"
#include "base/parallel.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What is kept of a photo until it is stored: about 10 KB. */
typedef struct entry {
    bool wanted; /* Ready to be stored. */
    imx_item_record record;
    char *metadata; /* Of the record; NULL when the photo has none. */
    uint16_t *halves;
    uint8_t *sketch;
} entry;

typedef struct add_job {
    imgmatch_catalogue *catalogue;
    const imgmatch_photo *photos;
    imgmatch_outcome *outcomes;
    entry *entries;
    imgmatch_diag *errors; /* One a photo; what is no fault of the photo ends the call. */
} add_job;

static const char *text_or_empty(const char *text) { return text != NULL ? text : ""; }

static void set_failed(imgmatch_outcome *outcome, imgmatch_reason reason, const char *message) {
    *outcome = (imgmatch_outcome){.kind = IMGMATCH_OUTCOME_FAILED, .reason = reason};
    (void)snprintf(outcome->message, sizeof outcome->message, "%.*s",
                   (int)sizeof outcome->message - 1, message);
}

/* ---- the list ---- */

/* Items are exported a line each, and compared by their text: so it is kept in one spelling. */
static bool take_metadata(entry *out, const char *metadata, const imgmatch_limits *limits,
                          imgmatch_outcome *outcome) {
    size_t size = strlen(metadata);
    if (size > limits->max_metadata_bytes) {
        set_failed(outcome, IMGMATCH_REASON_BAD_ENTRY, "the metadata is over the limit");
        return false;
    }
    imx_json *root = NULL;
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    imgmatch_status status = imx_json_parse(&root, metadata, size, limits->max_json_depth, &diag);
    bool object = status == IMGMATCH_OK && imx_json_is_object(root);
    out->metadata = object ? imx_json_to_text(root) : NULL;
    imx_json_free(root);
    if (status == IMGMATCH_ERR_MEMORY || (object && out->metadata == NULL)) {
        set_failed(outcome, IMGMATCH_REASON_OUT_OF_MEMORY, "out of memory");
    } else if (!object) {
        set_failed(outcome, IMGMATCH_REASON_BAD_ENTRY, "the metadata is no JSON object");
    } else if (strlen(out->metadata) > limits->max_metadata_bytes) {
        set_failed(outcome, IMGMATCH_REASON_BAD_ENTRY, "the metadata is over the limit");
    } else {
        out->record.metadata = out->metadata;
        return true;
    }
    return false;
}

static bool check_texts(const imx_item_record *record, imgmatch_outcome *outcome) {
    const char *const texts[] = {record->product, record->brand, record->source};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        if (strlen(texts[i]) > IMX_MAX_TEXT_BYTES) {
            set_failed(outcome, IMGMATCH_REASON_BAD_ENTRY,
                       "product, brand and source have at most 16384 bytes");
            return false;
        }
    }
    return true;
}

/* Fill the part of a record that needs no reading; false when the photo is refused. */
static bool check_photo(entry *out, const imgmatch_photo *photo, const imgmatch_limits *limits,
                        imgmatch_outcome *outcome) {
    if (photo->id == NULL || photo->id[0] == '\0' || strlen(photo->id) > IMX_MAX_ID_BYTES) {
        set_failed(outcome, IMGMATCH_REASON_BAD_ENTRY, "an id has 1 to 512 bytes");
        return false;
    }
    out->record.id = photo->id;
    out->record.product = text_or_empty(photo->product);
    out->record.brand = text_or_empty(photo->brand);
    out->record.source = imx_photo_source(photo);
    out->record.metadata = "{}";
    bool given = photo->metadata != NULL && photo->metadata[0] != 0;
    return check_texts(&out->record, outcome) &&
           (!given || take_metadata(out, photo->metadata, limits, outcome));
}

/* ---- one photo ---- */

static imgmatch_status fill_record(entry *out, const imx_portrait *portrait, imgmatch_diag *diag) {
    const imx_prints *prints = &portrait->prints;
    size_t floats = (size_t)prints->count * prints->dimension;
    out->halves = imx_new_array_raw(floats, sizeof *out->halves);
    out->sketch = imx_new_array_raw(IMX_SKETCH_MAX_BYTES, 1);
    if (out->halves == NULL || out->sketch == NULL) {
        return imx_fail_memory(diag);
    }
    imx_half_from_float(out->halves, prints->embeddings, floats);
    imx_item_record *record = &out->record;
    record->sketch_size = imx_sketch_write(out->sketch, portrait->sketch);
    record->sketch = out->sketch;
    record->feature_count = portrait->sketch->feature_count;
    record->width = portrait->info.source_width;
    record->height = portrait->info.source_height;
    record->remarks = portrait->remarks;
    record->view_count = prints->count;
    for (uint32_t i = 0; i < prints->count; i++) {
        record->views[i].pdq = prints->views[i].pdq[0];
        record->views[i].embedding = out->halves + (size_t)i * prints->dimension;
    }
    return IMGMATCH_OK;
}

static imgmatch_status fingerprint(entry *out, imgmatch_catalogue *catalogue,
                                   const imx_intake *intake, imgmatch_diag *diag) {
    imx_portrait portrait = {0};
    const imx_portrait_means means = imx_catalogue_means(catalogue);
    imgmatch_status status = imx_portrait_reference(&portrait, intake, &means, diag);
    if (status == IMGMATCH_OK) {
        status = fill_record(out, &portrait, diag);
    }
    imx_portrait_free(&portrait);
    return status;
}

static imgmatch_status work(add_job *job, size_t index, imgmatch_diag *diag) {
    imgmatch_catalogue *catalogue = job->catalogue;
    entry *mine = &job->entries[index];
    imx_intake intake;
    bool unchanged = false;
    imgmatch_status status =
        imx_intake_read(&intake, &job->photos[index], &catalogue->limits, diag);
    if (status == IMGMATCH_OK) {
        memcpy(mine->record.sha256, intake.sha256, sizeof mine->record.sha256);
        mine->record.size_bytes = intake.size_bytes;
        status = imx_store_is_unchanged(&unchanged, catalogue->store, &mine->record, diag);
    }
    if (status == IMGMATCH_OK && unchanged) {
        mine->wanted = false;
        job->outcomes[index] = (imgmatch_outcome){.kind = IMGMATCH_OUTCOME_UNCHANGED};
    } else if (status == IMGMATCH_OK) {
        status = fingerprint(mine, catalogue, &intake, diag);
    }
    imx_intake_free(&intake);
    return status;
}

static void run_one(void *context, size_t index, int worker) {
    (void)worker;
    add_job *job = context;
    entry *mine = &job->entries[index];
    if (!mine->wanted) {
        return; /* Refused already. */
    }
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    imgmatch_status status = work(job, index, &diag);
    if (status == IMGMATCH_OK) {
        return;
    }
    mine->wanted = false;
    if (status == IMGMATCH_ERR_PHOTO) {
        set_failed(&job->outcomes[index], diag.reason, diag.message);
    } else if (status == IMGMATCH_ERR_MEMORY) {
        set_failed(&job->outcomes[index], IMGMATCH_REASON_OUT_OF_MEMORY, "out of memory");
    } else {
        set_failed(&job->outcomes[index], IMGMATCH_REASON_INTERNAL, diag.message);
        job->errors[index] = diag;
    }
}

/* ---- ids that come again ---- */

static int by_id(const void *a, const void *b) {
    const entry *left = *(entry *const *)a;
    const entry *right = *(entry *const *)b;
    int order = strcmp(left->record.id, right->record.id);
    return order != 0 ? order : (left > right) - (left < right);
}

/* Of the usable photos with one id the first one has it; one that is unchanged is usable, too. */
static imgmatch_status refuse_duplicates(add_job *job, size_t count, imgmatch_diag *diag) {
    entry **sorted = imx_new_array(count, sizeof *sorted);
    if (sorted == NULL) {
        return imx_fail_memory(diag);
    }
    size_t usable = 0;
    for (size_t i = 0; i < count; i++) {
        if (job->entries[i].wanted || job->outcomes[i].kind == IMGMATCH_OUTCOME_UNCHANGED) {
            sorted[usable++] = &job->entries[i];
        }
    }
    qsort(sorted, usable, sizeof(entry *), by_id);
    for (size_t i = 1; i < usable; i++) {
        if (strcmp(sorted[i]->record.id, sorted[i - 1]->record.id) == 0) {
            sorted[i]->wanted = false;
            set_failed(&job->outcomes[sorted[i] - job->entries], IMGMATCH_REASON_DUPLICATE_ID,
                       "this id is in the batch already");
        }
    }
    free(sorted);
    return IMGMATCH_OK;
}

/* ---- storing ---- */

static imgmatch_status store(add_job *job, size_t count, imgmatch_diag *diag) {
    imx_item_record *records = imx_new_array(count, sizeof *records);
    bool *replaced = imx_new_array(count, sizeof *replaced);
    size_t *indexes = imx_new_array(count, sizeof *indexes);
    imgmatch_status status = IMGMATCH_OK;
    size_t wanted = 0;
    if (records == NULL || replaced == NULL || indexes == NULL) {
        status = imx_fail_memory(diag);
        goto done;
    }
    for (size_t i = 0; i < count; i++) {
        if (job->entries[i].wanted) {
            records[wanted] = job->entries[i].record;
            indexes[wanted++] = i;
        }
    }
    if (wanted > 0) {
        status = imx_store_add(replaced, job->catalogue->store, records, wanted, diag);
    }
    for (size_t i = 0; i < wanted && status == IMGMATCH_OK; i++) {
        imgmatch_outcome outcome = {.kind = replaced[i] ? IMGMATCH_OUTCOME_REPLACED
                                                        : IMGMATCH_OUTCOME_ADDED,
                                    .remarks = records[i].remarks};
        job->outcomes[indexes[i]] = outcome;
    }
done:
    free(records);
    free(replaced);
    free(indexes);
    return status;
}

/* The first photo, in the caller's order, at which something else than the photo failed. */
static imgmatch_status first_error(const add_job *job, size_t count, imgmatch_diag *diag) {
    for (size_t i = 0; i < count; i++) {
        if (job->errors[i].status != IMGMATCH_OK) {
            return imx_fail(diag, job->errors[i].status, "%s", job->errors[i].message);
        }
    }
    return IMGMATCH_OK;
}

static imgmatch_status run(add_job *job, size_t count, const imgmatch_add_options *options,
                           imgmatch_diag *diag) {
    for (size_t i = 0; i < count; i++) {
        job->entries[i].wanted = check_photo(&job->entries[i], &job->photos[i],
                                             &job->catalogue->limits, &job->outcomes[i]);
    }
    size_t done = 0;
    imgmatch_status status =
        imx_parallel_run(&done, count, imx_parallel_threads(options->threads, count), run_one, job,
                         options->progress, options->user, diag);
    if (status == IMGMATCH_OK) {
        status = first_error(job, done, diag);
    }
    if (status == IMGMATCH_OK && done > 0) {
        status = refuse_duplicates(job, done, diag);
    }
    if (status == IMGMATCH_OK) {
        for (size_t i = done; i < count; i++) {
            job->entries[i].wanted = false;
        }
        status = store(job, count, diag);
    }
    if (status == IMGMATCH_OK && done < count) {
        status =
            imx_fail(diag, IMGMATCH_ERR_CANCELLED, "stopped after %zu of %zu photos", done, count);
    }
    return status;
}

/* No photo is in after a failure, whatever was found out about it. */
static void fail_rest(imgmatch_outcome *outcomes, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (outcomes[i].reason == IMGMATCH_REASON_CANCELLED ||
            outcomes[i].kind != IMGMATCH_OUTCOME_FAILED) {
            set_failed(&outcomes[i], IMGMATCH_REASON_CANCELLED, "the call failed");
        }
    }
}

imgmatch_status imgmatch_catalogue_add(imgmatch_outcome *outcomes, imgmatch_catalogue *catalogue,
                                       const imgmatch_photo *photos, size_t count,
                                       const imgmatch_add_options *options, imgmatch_diag *diag) {
    static const imgmatch_add_options defaults = IMGMATCH_ADD_OPTIONS_INIT;
    if (catalogue == NULL || (count > 0 && (outcomes == NULL || photos == NULL))) {
        return imx_fail(diag, IMGMATCH_ERR_ARGUMENT, "a required argument is NULL");
    }
    for (size_t i = 0; i < count; i++) {
        set_failed(&outcomes[i], IMGMATCH_REASON_CANCELLED, "stopped before this photo");
    }
    options = options != NULL ? options : &defaults;
    imgmatch_status status = imx_threads_check(options->threads, diag);
    if (status == IMGMATCH_OK) {
        status = imx_need_model(catalogue, diag);
    }
    if (status == IMGMATCH_OK) {
        status = imx_need_writable(catalogue, diag);
    }
    if (status != IMGMATCH_OK) {
        fail_rest(outcomes, count);
    }
    if (status != IMGMATCH_OK || count == 0) {
        return status;
    }
    add_job job = {.catalogue = catalogue, .photos = photos, .outcomes = outcomes};
    job.entries = imx_new_array(count, sizeof *job.entries);
    job.errors = imx_new_array(count, sizeof *job.errors);
    status = job.entries == NULL || job.errors == NULL ? imx_fail_memory(diag)
                                                       : run(&job, count, options, diag);
    if (status != IMGMATCH_OK && status != IMGMATCH_ERR_CANCELLED) {
        fail_rest(outcomes, count);
    }
    for (size_t i = 0; job.entries != NULL && i < count; i++) {
        free(job.entries[i].metadata);
        free(job.entries[i].halves);
        free(job.entries[i].sketch);
    }
    free(job.entries);
    free(job.errors);
    return status;
}
