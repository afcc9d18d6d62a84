/* Queries against a catalogue: read, fingerprint, search, answer. */
#include "facade/query_options.h"
#include "facade/result.h"
#include "facade/search.h"

#include "base/diag.h"
#include "base/memory.h"
#include "base/parallel.h"

#include <stdlib.h>
#include <string.h>

/* What a match loses at the least to others that the photo looks like as much. */
#define NOTABLE_LOSS 0.25

static bool reaches(double score, const imx_calibrated *calibrated,
                    const imgmatch_query_options *options) {
    return score >= options->min_score &&
           (options->max_false_alerts <= 0 ||
            imx_calibrated_rate(calibrated, score).bound <= options->max_false_alerts);
}

/* A variant's score is low, and yet it is what the user has to be told; but it is no alert. */
static bool is_wanted(const imx_found *found, const imx_calibrated *calibrated,
                      const imgmatch_query_options *options) {
    return reaches(found->score.copy, calibrated, options) ||
           (options->max_false_alerts <= 0 && found->score.shot >= options->min_score &&
            imx_verdict_of(&found->evidence, &found->score) == IMGMATCH_VERDICT_VARIANT);
}

/* Nothing is listed of a fast look, and something would be, were there not others. */
static bool is_ambiguous(const imx_search *search, const imx_calibrated *calibrated,
                         const imgmatch_query_options *options) {
    if (options->effort != IMGMATCH_EFFORT_FAST) {
        return false;
    }
    bool ambiguous = false;
    for (size_t i = 0; i < search->count; i++) {
        const imx_found *found = &search->found[i];
        if (is_wanted(found, calibrated, options)) {
            return false;
        }
        ambiguous = ambiguous || (found->score.copy <= (1 - NOTABLE_LOSS) * found->score.alone &&
                                  reaches(found->score.alone, calibrated, options));
    }
    return ambiguous;
}

/* NULL: none. The list ends with it, if need be, lest weak candidates push it out. */
static const imx_found *likeliest_variant(const imx_search *search) {
    const imx_found *best = NULL;
    for (size_t i = 0; i < search->count; i++) {
        const imx_found *found = &search->found[i];
        if (found->score.copy >= IMX_LIKELY) {
            return NULL; /* There is a better answer. */
        }
        if (imx_verdict_of(&found->evidence, &found->score) == IMGMATCH_VERDICT_VARIANT &&
            (best == NULL || found->score.shot > best->score.shot)) {
            best = found;
        }
    }
    return best;
}

static imgmatch_status fill_matches(imgmatch_result *result, const imx_search *search,
                                    const imx_portrait *portrait, const imx_calibrated *calibrated,
                                    const imgmatch_query_options *options, imgmatch_diag *diag) {
    size_t most = search->count < options->top ? search->count : options->top;
    result->matches = imx_new_array(most == 0 ? 1 : most, sizeof *result->matches);
    if (result->matches == NULL) {
        return imx_fail_memory(diag);
    }
    imgmatch_status status = IMGMATCH_OK;
    const imx_found *variant = likeliest_variant(search);
    for (size_t i = 0; i < search->count && result->match_count < most && status == IMGMATCH_OK;
         i++) {
        const imx_found *found = &search->found[i];
        bool place_kept = variant > found && result->match_count + 1 == most &&
                          is_wanted(variant, calibrated, options);
        if (place_kept || !is_wanted(found, calibrated, options)) {
            continue;
        }
        const imx_match_source reference = {.id = found->reference.id,
                                            .product = found->reference.product,
                                            .brand = found->reference.brand,
                                            .source = found->reference.source,
                                            .sha256 = found->reference.sha256,
                                            .sketch = found->sketch,
                                            .evidence = &found->evidence,
                                            .score = found->score,
                                            .rival = found->rival};
        /* Counted also on failure: what is there is freed with it. */
        imx_owned_match *match = &result->matches[result->match_count++];
        status = imx_result_set_match(match, result, &reference, portrait, diag);
        match->match.false_alerts_per_million =
            imx_calibrated_rate(calibrated, found->score.copy).bound;
    }
    return status;
}

/* A query may ask for more than the calibration can show. */
static imgmatch_status check_calibration(const imx_calibrated *calibrated,
                                         const imgmatch_query_options *options,
                                         imgmatch_diag *diag) {
    return options->max_false_alerts > 0 ? imx_calibrated_need_rate(calibrated, options->effort,
                                                                    options->max_false_alerts, diag)
                                         : IMGMATCH_OK;
}

/* The search may have come upon a newer state of the catalogue than there was before it. */
static imgmatch_status follow_search(imx_calibrated *calibrated, const imx_search *search,
                                     const imgmatch_catalogue *catalogue,
                                     const imgmatch_query_options *options, imgmatch_diag *diag) {
    if (search->generation == calibrated->generation) {
        return IMGMATCH_OK;
    }
    imx_calibrated_release(calibrated);
    imgmatch_status status =
        imx_calibrated_hold_for(calibrated, catalogue, search->generation, search->items,
                                options->effort, options->top, diag);
    return status == IMGMATCH_OK ? check_calibration(calibrated, options, diag) : status;
}

static imgmatch_status search_portrait(imgmatch_result *result, const imgmatch_catalogue *catalogue,
                                       const imx_portrait *portrait, imx_calibrated *calibrated,
                                       const imgmatch_query_options *options, imgmatch_diag *diag) {
    imx_search search = {0};
    imgmatch_status status =
        imx_search_run(&search, catalogue, portrait, options->effort, options->top, diag);
    if (status == IMGMATCH_OK) {
        status = follow_search(calibrated, &search, catalogue, options, diag);
    }
    if (status == IMGMATCH_OK && is_ambiguous(&search, calibrated, options)) {
        result->remarks |= imx_remark(IMGMATCH_REASON_AMBIGUOUS);
    }
    if (status == IMGMATCH_OK) {
        status = fill_matches(result, &search, portrait, calibrated, options, diag);
    }
    result->generation = search.generation;
    result->timing.search_ms = search.search_ms;
    result->timing.verify_ms = search.verify_ms;
    imx_search_free(&search);
    return status;
}

static imgmatch_status answer(imgmatch_result *result, const imgmatch_catalogue *catalogue,
                              const imgmatch_photo *photo, imx_calibrated *calibrated,
                              const imgmatch_query_options *options, imgmatch_diag *diag) {
    imx_intake intake;
    imx_portrait portrait = {0};
    imgmatch_diag own = IMGMATCH_DIAG_INIT;
    imgmatch_status status = imx_intake_read(&intake, photo, &catalogue->limits, &own);
    if (status == IMGMATCH_OK) {
        memcpy(result->sha256, intake.sha256, sizeof result->sha256);
        const imx_portrait_means means = imx_catalogue_means(catalogue);
        status = imx_portrait_query(&portrait, &intake, &means, options->effort, &own);
    }
    result->timing.decode_ms = portrait.decode_ms;
    result->timing.fingerprint_ms = portrait.fingerprint_ms;
    if (status == IMGMATCH_OK) {
        result->remarks = portrait.remarks;
        status = search_portrait(result, catalogue, &portrait, calibrated, options, diag);
    } else {
        result->generation = imx_store_generation(catalogue->store); /* No search says it. */
        status = imx_result_take_failure(result, status, &own, diag);
    }
    imx_portrait_free(&portrait);
    imx_intake_free(&intake);
    return status;
}

static imgmatch_status query_one(imgmatch_result **out, const imgmatch_catalogue *catalogue,
                                 const imgmatch_photo *photo, const imgmatch_query_options *options,
                                 imgmatch_diag *diag) {
    imgmatch_result *result = NULL;
    imgmatch_status status = imx_result_new(&result, photo, catalogue->name,
                                            imgmatch_model_get_info(catalogue->model)->name, diag);
    if (status != IMGMATCH_OK) {
        return status;
    }
    imx_calibrated calibrated = {.stored = NULL};
    status = imx_calibrated_hold(&calibrated, catalogue, options->effort, options->top, diag);
    if (status == IMGMATCH_OK) { /* Before any work. */
        status = check_calibration(&calibrated, options, diag);
    }
    if (status == IMGMATCH_OK) {
        status = answer(result, catalogue, photo, &calibrated, options, diag);
        result->calibration = calibrated.state;
    }
    imx_calibrated_release(&calibrated);
    if (status != IMGMATCH_OK) {
        imgmatch_result_free(result);
        return status;
    }
    imx_result_conclude(result);
    *out = result;
    return IMGMATCH_OK;
}

imgmatch_status imgmatch_query(imgmatch_result **out, const imgmatch_catalogue *catalogue,
                               const imgmatch_photo *photo, const imgmatch_query_options *options,
                               imgmatch_diag *diag) {
    if (out != NULL) {
        *out = NULL;
    }
    if (out == NULL || catalogue == NULL || photo == NULL) {
        return imx_fail(diag, IMGMATCH_ERR_ARGUMENT, "a required argument is NULL");
    }
    imgmatch_query_options checked;
    imgmatch_status status = imx_query_options_check(&checked, options, diag);
    if (status == IMGMATCH_OK) {
        status = imx_need_model(catalogue, diag);
    }
    return status == IMGMATCH_OK ? query_one(out, catalogue, photo, &checked, diag) : status;
}

typedef struct query_job {
    const imgmatch_catalogue *catalogue;
    const imgmatch_photo *photos;
    const imgmatch_query_options *options;
    imgmatch_result **results;
    imgmatch_diag *errors; /* One a worker: of its first photo that failed. */
    size_t *failed;        /* Index of that photo. */
} query_job;

static void run_one(void *context, size_t index, int worker) {
    query_job *job = context;
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    imgmatch_status status =
        query_one(&job->results[index], job->catalogue, &job->photos[index], job->options, &diag);
    /* A worker's indexes rise, so its first failure is its lowest. */
    if (status != IMGMATCH_OK && job->errors[worker].status == IMGMATCH_OK) {
        job->errors[worker] = diag;
        job->failed[worker] = index;
    }
}

/* The failure of the first photo that failed, whichever thread had it. */
static imgmatch_status first_failure(const query_job *job, int threads, imgmatch_diag *diag) {
    const imgmatch_diag *first = NULL;
    size_t lowest = 0;
    for (int i = 0; i < threads; i++) {
        if (job->errors[i].status != IMGMATCH_OK && (first == NULL || job->failed[i] < lowest)) {
            first = &job->errors[i];
            lowest = job->failed[i];
        }
    }
    return first == NULL ? IMGMATCH_OK : imx_fail(diag, first->status, "%s", first->message);
}

static imgmatch_status run_all(query_job *job, size_t count, imgmatch_diag *diag) {
    int threads = imx_parallel_threads(job->options->threads, count);
    job->errors = imx_new_array((size_t)threads, sizeof *job->errors);
    job->failed = imx_new_array((size_t)threads, sizeof *job->failed);
    imgmatch_status status = IMGMATCH_OK;
    size_t done = 0;
    if (job->errors == NULL || job->failed == NULL) {
        status = imx_fail_memory(diag);
        goto done;
    }
    status = imx_parallel_run(&done, count, threads, run_one, job, job->options->progress,
                              job->options->user, diag);
    if (status == IMGMATCH_OK) {
        status = first_failure(job, threads, diag);
    }
    if (status == IMGMATCH_OK && done < count) {
        status =
            imx_fail(diag, IMGMATCH_ERR_CANCELLED, "stopped after %zu of %zu photos", done, count);
    }
done:
    free(job->errors);
    free(job->failed);
    return status;
}

imgmatch_status imgmatch_query_batch(imgmatch_result **results, const imgmatch_catalogue *catalogue,
                                     const imgmatch_photo *photos, size_t count,
                                     const imgmatch_query_options *options, imgmatch_diag *diag) {
    for (size_t i = 0; results != NULL && i < count; i++) {
        results[i] = NULL;
    }
    if (catalogue == NULL || (count > 0 && (results == NULL || photos == NULL))) {
        return imx_fail(diag, IMGMATCH_ERR_ARGUMENT, "a required argument is NULL");
    }
    imgmatch_query_options checked;
    imgmatch_status status = imx_query_options_check(&checked, options, diag);
    if (status == IMGMATCH_OK) {
        status = imx_need_model(catalogue, diag);
    }
    if (status != IMGMATCH_OK || count == 0) {
        return status;
    }
    query_job job = {
        .catalogue = catalogue, .photos = photos, .options = &checked, .results = results};
    status = run_all(&job, count, diag);
    if (status != IMGMATCH_OK && status != IMGMATCH_ERR_CANCELLED) {
        for (size_t i = 0; i < count; i++) {
            imgmatch_result_free(results[i]);
            results[i] = NULL;
        }
    }
    return status;
}
