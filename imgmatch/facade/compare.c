/* Two photos without a catalogue: the same evidence, score and answer as for a catalogue's item. */
#include "facade/handle.h"
#include "facade/query_options.h"
#include "facade/result.h"

#include "base/clock.h"
#include "base/diag.h"
#include "base/limits.h"
#include "base/memory.h"

#include <string.h>

/* Both photos with what was made of them. */
typedef struct pair {
    imx_intake query_bytes;
    imx_intake reference_bytes;
    imx_portrait query;
    imx_portrait reference;
} pair;

/* A result is about its query: a failure that is the reference's says so, and names it. */
static imgmatch_status read_reference(pair *out, imgmatch_result *result,
                                      const imx_portrait_means *means, const imgmatch_photo *photo,
                                      imgmatch_diag *diag) {
    imgmatch_diag own = IMGMATCH_DIAG_INIT;
    imgmatch_status status = imx_intake_read(&out->reference_bytes, photo, means->limits, &own);
    if (status == IMGMATCH_OK) {
        status = imx_portrait_reference(&out->reference, &out->reference_bytes, means, &own);
    }
    if (status == IMGMATCH_ERR_PHOTO) {
        result->reference_failed = true;
        return imx_fail_photo(diag, own.reason, "the reference '%.200s': %s",
                              imx_photo_source(photo), own.message);
    }
    return status == IMGMATCH_OK ? status : imx_fail(diag, status, "%s", own.message);
}

static imgmatch_status read_pair(pair *out, imgmatch_result *result,
                                 const imx_portrait_means *means, const imgmatch_photo *photos[2],
                                 imgmatch_effort effort, imgmatch_diag *diag) {
    imgmatch_status status = imx_intake_read(&out->query_bytes, photos[0], means->limits, diag);
    if (status == IMGMATCH_OK) {
        memcpy(result->sha256, out->query_bytes.sha256, sizeof result->sha256);
        status = imx_portrait_query(&out->query, &out->query_bytes, means, effort, diag);
    }
    return status == IMGMATCH_OK ? read_reference(out, result, means, photos[1], diag) : status;
}

static void free_pair(pair *photos) {
    imx_portrait_free(&photos->query);
    imx_portrait_free(&photos->reference);
    imx_intake_free(&photos->query_bytes);
    imx_intake_free(&photos->reference_bytes);
}

static void weigh(imx_evidence *evidence, const pair *photos) {
    const imx_prints *prints = &photos->reference.prints;
    imgmatch_pdq hashes[IMX_PLAN_MAX];
    for (uint32_t i = 0; i < prints->count; i++) {
        hashes[i] = prints->views[i].pdq[0];
    }
    const imx_reference_prints reference = {
        .count = prints->count, .pdq = hashes, .embeddings = prints->embeddings};
    imx_evidence_compare(evidence, &photos->query.prints, &reference);
    if (photos->query.features != NULL) {
        imx_transform parts[IMX_PORTRAIT_PARTS];
        size_t count = imx_portrait_parts(parts, &photos->query);
        imx_evidence_verify(evidence, photos->query.features, photos->reference.sketch, parts,
                            count);
    }
}

static imgmatch_status set_only_match(imgmatch_result *result, const pair *photos,
                                      const imgmatch_photo *photo, imgmatch_diag *diag) {
    imx_evidence evidence;
    double start = imx_clock_ms();
    weigh(&evidence, photos);
    result->timing.verify_ms = imx_clock_ms() - start;
    const imx_match_source reference = {
        .id = photo->id != NULL ? photo->id : imx_photo_source(photo),
        .product = photo->product,
        .brand = photo->brand,
        .source = imx_photo_source(photo),
        .sha256 = photos->reference_bytes.sha256,
        .sketch = photos->query.features != NULL ? photos->reference.sketch : NULL,
        .evidence = &evidence,
        .score = imx_score(&evidence)};
    result->matches = imx_new_array(1, sizeof *result->matches);
    if (result->matches == NULL) {
        return imx_fail_memory(diag);
    }
    result->match_count = 1;
    return imx_result_set_match(&result->matches[0], result, &reference, &photos->query, diag);
}

static imgmatch_status answer(imgmatch_result *result, const imx_portrait_means *asked,
                              const imgmatch_photo *photos[2], imgmatch_effort effort,
                              imgmatch_diag *diag) {
    imx_portrait_means means = *asked;
    pair both;
    memset(&both, 0, sizeof both);
    imgmatch_diag own = IMGMATCH_DIAG_INIT;
    imgmatch_status status = imx_embedder_pool_new(&means.embedders, means.model, &own);
    if (status == IMGMATCH_OK) {
        status = read_pair(&both, result, &means, photos, effort, &own);
    }
    result->timing.decode_ms = both.query.decode_ms + both.reference.decode_ms;
    result->timing.fingerprint_ms = both.query.fingerprint_ms + both.reference.fingerprint_ms;
    if (status == IMGMATCH_OK) {
        result->remarks = both.query.remarks;
        status = set_only_match(result, &both, photos[1], diag);
    } else {
        status = imx_result_take_failure(result, status, &own, diag);
    }
    free_pair(&both);
    imx_embedder_pool_free(means.embedders);
    return status;
}

imgmatch_status imgmatch_compare(imgmatch_result **out, const imgmatch_model *model,
                                 const imgmatch_photo *query, const imgmatch_photo *reference,
                                 const imgmatch_query_options *options,
                                 const imgmatch_limits *limits, imgmatch_diag *diag) {
    if (out != NULL) {
        *out = NULL;
    }
    if (out == NULL || model == NULL || query == NULL || reference == NULL) {
        return imx_fail(diag, IMGMATCH_ERR_ARGUMENT, "a required argument is NULL");
    }
    imgmatch_query_options checked;
    imgmatch_status status = imx_query_options_check(&checked, options, diag);
    if (status == IMGMATCH_OK) {
        status = imx_limits_check(&limits, diag);
    }
    if (status == IMGMATCH_OK && checked.max_false_alerts > 0) {
        status = imx_fail(diag, IMGMATCH_ERR_ARGUMENT,
                          "max_false_alerts needs a catalogue that is calibrated");
    }
    imgmatch_result *result = NULL;
    if (status == IMGMATCH_OK) {
        status = imx_result_new(&result, query, NULL, imgmatch_model_get_info(model)->name, diag);
    }
    if (status != IMGMATCH_OK) {
        return status;
    }
    const imgmatch_photo *photos[2] = {query, reference};
    const imx_portrait_means means = {
        .model = model, .limits = limits, .decoders = checked.decoders};
    status = answer(result, &means, photos, checked.effort, diag);
    if (status != IMGMATCH_OK) {
        imgmatch_result_free(result);
        return status;
    }
    imx_result_conclude(result);
    *out = result;
    return IMGMATCH_OK;
}
