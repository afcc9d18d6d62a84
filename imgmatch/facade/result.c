#include "facade/result.h"

#include "base/diag.h"
#include "base/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* With these remarks and no match nothing can be said either way. */
#define BLINDING                                                                                   \
    (imx_remark(IMGMATCH_REASON_FLAT) | imx_remark(IMGMATCH_REASON_TEXT_ONLY) |                    \
     imx_remark(IMGMATCH_REASON_AMBIGUOUS))

const char *imgmatch_verdict_name(imgmatch_verdict verdict) {
    switch (verdict) {
    case IMGMATCH_VERDICT_NONE:
        return "none";
    case IMGMATCH_VERDICT_COPY:
        return "copy";
    case IMGMATCH_VERDICT_VARIANT:
        return "variant";
    case IMGMATCH_VERDICT_SAME_PRODUCT:
        return "same_product";
    case IMGMATCH_VERDICT_UNDECIDABLE:
        return "undecidable";
    }
    return "unknown";
}

imgmatch_status imx_result_new(imgmatch_result **out, const imgmatch_photo *photo,
                               const char *catalogue, const char *model, imgmatch_diag *diag) {
    imgmatch_result *result = imx_new_array(1, sizeof *result);
    if (result == NULL) {
        return imx_fail_memory(diag);
    }
    result->query = imx_copy_text(imx_photo_source(photo));
    result->model = imx_copy_text(model);
    result->message = imx_copy_text("");
    result->id = photo->id != NULL ? imx_copy_text(photo->id) : NULL;
    result->catalogue = catalogue != NULL ? imx_copy_text(catalogue) : NULL;
    if (result->query == NULL || result->model == NULL || result->message == NULL ||
        (photo->id != NULL && result->id == NULL) ||
        (catalogue != NULL && result->catalogue == NULL)) {
        imgmatch_result_free(result);
        return imx_fail_memory(diag);
    }
    *out = result;
    return IMGMATCH_OK;
}

static imgmatch_signals signals_of(const imx_evidence *evidence) {
    imgmatch_signals signals = {.pdq_distance = evidence->pdq_distance,
                                .pdq_orientation = evidence->pdq_distance <= IMX_HASH_TELLS
                                                       ? evidence->pdq_orientation
                                                       : IMGMATCH_ORIENT_NONE,
                                .similarity = evidence->compared ? evidence->similarity : NAN,
                                .inliers = evidence->verified ? evidence->geometry.inliers : -1,
                                .agreement = NAN,
                                .colour_shift = NAN};
    if (evidence->agreement.measured) {
        signals.agreement = evidence->agreement.correlation;
        signals.colour_shift = evidence->agreement.colour_shift;
    }
    return signals;
}

static imgmatch_alignment alignment_of(const imx_evidence *evidence) {
    imgmatch_alignment alignment = {.known = evidence->verified &&
                                             (evidence->geometry.found || evidence->direct)};
    if (alignment.known) {
        const imx_transform *exact = &evidence->geometry.matrix;
        const imx_transform affine = imx_transform_affine(exact);
        memcpy(alignment.matrix, affine.m, sizeof alignment.matrix);
        memcpy(alignment.homography, exact->m, sizeof exact->m);
        alignment.homography[8] = 1;
        alignment.projective = !imx_transform_is_affine(exact);
        alignment.query_overlap = evidence->geometry.query_overlap;
        alignment.reference_overlap = evidence->geometry.reference_overlap;
    }
    return alignment;
}

static bool is_lossy(imgmatch_format format) {
    return format == IMGMATCH_FORMAT_JPEG || format == IMGMATCH_FORMAT_WEBP ||
           format == IMGMATCH_FORMAT_HEIF;
}

static void name_alterations(imx_owned_match *out, const imgmatch_result *result,
                             const imx_match_source *reference, const imx_portrait *query) {
    if (reference->sketch == NULL || query->features == NULL || !out->match.alignment.known ||
        out->match.verdict == IMGMATCH_VERDICT_NONE ||
        out->match.verdict == IMGMATCH_VERDICT_SAME_PRODUCT) {
        return; /* There is nothing to explain, or nothing to explain it by. */
    }
    imx_alteration_hints hints = {
        .inside = imx_frame_of(query->layout.inside, &query->info),
        .cell_count = query->layout.pieces ? 0 : query->layout.cell_count,
        .same_bytes = strcmp(result->sha256, reference->sha256) == 0,
        .jpeg = is_lossy(query->info.format),
    };
    imx_alterations_name(&out->alterations, query->features, reference->sketch,
                         &reference->evidence->geometry, &reference->evidence->agreement, &hints);
    for (size_t i = 0; i < out->alterations.count; i++) {
        out->names[i] = out->alterations.names[i];
    }
    out->match.alterations = out->names;
    out->match.alteration_count = out->alterations.count;
}

imgmatch_status imx_result_set_match(imx_owned_match *out, const imgmatch_result *result,
                                     const imx_match_source *reference, const imx_portrait *query,
                                     imgmatch_diag *diag) {
    const char *texts[IMX_MATCH_TEXTS] = {reference->id, reference->product, reference->brand,
                                          reference->source, reference->rival};
    for (int i = 0; i < IMX_MATCH_TEXTS; i++) {
        out->texts[i] = texts[i] != NULL ? imx_copy_text(texts[i]) : NULL;
        if (out->texts[i] == NULL && texts[i] != NULL) {
            return imx_fail_memory(diag);
        }
    }
    const imx_evidence *evidence = reference->evidence;
    const imx_probabilities *score = &reference->score;
    out->match = (imgmatch_match){.id = out->texts[0],
                                  .product = out->texts[1],
                                  .brand = out->texts[2],
                                  .source = out->texts[3],
                                  .verdict = imx_verdict_of(evidence, score),
                                  .score = score->copy,
                                  .shot_score = score->shot,
                                  .false_alerts_per_million = NAN,
                                  .signals = signals_of(evidence),
                                  .alignment = alignment_of(evidence),
                                  .rival = out->texts[4]};
    name_alterations(out, result, reference, query);
    return IMGMATCH_OK;
}

void imx_result_conclude(imgmatch_result *result) {
    if (result->failure != IMGMATCH_REASON_NONE) {
        result->verdict = IMGMATCH_VERDICT_UNDECIDABLE;
        return;
    }
    /* The gravest of all matches: a variant has a lower score than many that are none. The numbers
     * of the verdicts rise as they say less, but for the first, which says nothing. */
    imgmatch_verdict gravest = IMGMATCH_VERDICT_NONE;
    for (size_t i = 0; i < result->match_count; i++) {
        imgmatch_verdict verdict = result->matches[i].match.verdict;
        if (verdict != IMGMATCH_VERDICT_NONE &&
            (gravest == IMGMATCH_VERDICT_NONE || verdict < gravest)) {
            gravest = verdict;
        }
    }
    bool blinded = gravest == IMGMATCH_VERDICT_NONE && (result->remarks & BLINDING) != 0;
    result->verdict = blinded ? IMGMATCH_VERDICT_UNDECIDABLE : gravest;
}

imgmatch_status imx_result_take_failure(imgmatch_result *result, imgmatch_status status,
                                        const imgmatch_diag *failure, imgmatch_diag *diag) {
    if (status != IMGMATCH_ERR_PHOTO) {
        return imx_fail(diag, status, "%s", failure->message);
    }
    free(result->message);
    result->message = imx_copy_text(failure->message);
    if (result->message == NULL) {
        return imx_fail_memory(diag);
    }
    result->failure = failure->reason;
    return IMGMATCH_OK;
}

void imgmatch_result_free(imgmatch_result *result) {
    if (result == NULL) {
        return;
    }
    for (size_t i = 0; i < result->match_count; i++) {
        for (int k = 0; k < IMX_MATCH_TEXTS; k++) {
            free(result->matches[i].texts[k]);
        }
    }
    free(result->matches);
    free(result->query);
    free(result->id);
    free(result->catalogue);
    free(result->model);
    free(result->message);
    free(result);
}

/* Nothing can be said of no result. */

imgmatch_verdict imgmatch_result_verdict(const imgmatch_result *result) {
    return result != NULL ? result->verdict : IMGMATCH_VERDICT_UNDECIDABLE;
}

double imgmatch_result_score(const imgmatch_result *result) {
    return result != NULL && result->match_count > 0 ? result->matches[0].match.score : 0;
}

size_t imgmatch_result_match_count(const imgmatch_result *result) {
    return result != NULL ? result->match_count : 0;
}

const imgmatch_match *imgmatch_result_match(const imgmatch_result *result, size_t index) {
    return result != NULL && index < result->match_count ? &result->matches[index].match : NULL;
}

imgmatch_reason imgmatch_result_failure(const imgmatch_result *result) {
    return result != NULL ? result->failure : IMGMATCH_REASON_INTERNAL;
}

bool imgmatch_result_reference_failed(const imgmatch_result *result) {
    return result != NULL && result->reference_failed;
}

const char *imgmatch_result_message(const imgmatch_result *result) {
    return result != NULL ? result->message : "";
}

uint64_t imgmatch_result_remarks(const imgmatch_result *result) {
    return result != NULL ? result->remarks : 0;
}

imgmatch_calibration_state imgmatch_result_calibration(const imgmatch_result *result) {
    return result != NULL ? result->calibration : IMGMATCH_CALIBRATION_NONE;
}

imgmatch_timing imgmatch_result_timing(const imgmatch_result *result) {
    static const imgmatch_timing nothing = {0, 0, 0, 0};
    return result != NULL ? result->timing : nothing;
}
