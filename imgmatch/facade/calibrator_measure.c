/*
 * One photo is looked up as a query is, with the same views and as many candidates, but for the
 * items that it is related to: they are passed over as if they were not in the catalogue, and as
 * many others are looked at as a query would. More hits are asked for to make up for them. When
 * relatives may have filled a search's whole list of hits, others could have been crowded out that
 * a query would have found in their absence: such a photo is not measured.
 */
#include "facade/calibrator.h"

#include "base/diag.h"
#include "base/memory.h"
#include "facade/search.h"
#include "match/candidates.h"
#include "match/score.h"

#include <stdlib.h>
#include <string.h>

#define SAME_QUALITY 50 /* Of hashes that tell plain products apart. */

/* Of one search of one view, where relatives are passed over. */
#define HITS 64u

/* A photo that is being measured. */
typedef struct look {
    const imgmatch_calibrator *calibrator;
    const imx_negative *negative;
    const imx_portrait *portrait;
    const char *sha256;
    const imx_snapshot *snapshot;
    imx_measurement *out;
    imx_found *others;
    size_t other_count;
    size_t relatives; /* Passed over. */
} look;

/* What a person said; of two items, either of them may have been the photo. */
static imx_word ask(const look *self, const imx_reference *reference) {
    const imx_label_set *labels = &self->calibrator->labels;
    const imx_negative *negative = self->negative;
    imx_word word = imx_label_set_find(labels, imx_photo_source(&negative->photo), reference->id,
                                       reference->product);
    if (word == IMX_WORD_NONE && negative->own_id != NULL) {
        word = imx_label_set_find(labels, reference->source, negative->own_id, "");
    }
    return word;
}

/* Related, as the details or a person say. */
static bool is_relative(const look *self, const imx_reference *reference, imx_word word) {
    const imx_negative *negative = self->negative;
    if (negative->own_id == NULL || word != IMX_WORD_NONE) {
        bool itself = negative->own_id != NULL && strcmp(reference->id, negative->own_id) == 0;
        return itself || word == IMX_WORD_COPY;
    }
    return strcmp(reference->id, negative->own_id) == 0 ||
           (negative->photo.product[0] != '\0' &&
            strcmp(reference->product, negative->photo.product) == 0);
}

/* Related, as the looks say. */
static imgmatch_pair_kind kind_of(const look *self, const imx_found *found) {
    const imx_evidence *evidence = &found->evidence;
    if (strcmp(found->reference.sha256, self->sha256) == 0) {
        return IMGMATCH_PAIR_SAME_BYTES;
    }
    if (evidence->pdq_quality >= SAME_QUALITY && imx_evidence_is_encoded_anew(evidence)) {
        return IMGMATCH_PAIR_SAME_PHOTO;
    }
    /* A variant with the score of a copy is let through by a threshold like any other. */
    return found->score.copy < IMX_LIKELY &&
                   imx_verdict_of(evidence, &found->score) == IMGMATCH_VERDICT_VARIANT
               ? IMGMATCH_PAIR_VARIANT
               : IMGMATCH_PAIR_COUNTED;
}

/* The first place is the counted pair's. */
static imgmatch_status note(imx_near *place, const imx_found *found, imgmatch_pair_kind kind,
                            imgmatch_diag *diag) {
    char *id = imx_copy_text(found->reference.id);
    if (id == NULL) {
        return imx_fail_memory(diag);
    }
    free(place->id);
    *place = (imx_near){.id = id, .score = found->score.copy, .kind = kind};
    return IMGMATCH_OK;
}

/* A relative is noted, any other kept. */
static imgmatch_status take(look *self, imx_found *found, imx_word word, imgmatch_diag *diag) {
    imx_measurement *out = self->out;
    imgmatch_pair_kind kind = kind_of(self, found);
    bool own = self->negative->own_id != NULL;
    if (!own && kind == IMGMATCH_PAIR_SAME_BYTES) { /* Whatever a label says. */
        out->is_item = true;
        return imx_fail_photo(diag, IMGMATCH_REASON_BAD_ENTRY, "it is the catalogue's item %.300s",
                              found->reference.id);
    }
    if (word == IMX_WORD_NO_COPY) {
        kind = IMGMATCH_PAIR_COUNTED;
    }
    if (own && kind != IMGMATCH_PAIR_COUNTED) {
        self->relatives++;
        out->left_out++;
        return out->near_count < IMX_NEAR_MAX
                   ? note(&out->near[out->near_count++], found, kind, diag)
                   : IMGMATCH_OK;
    }
    self->others[self->other_count++] = *found;
    *found = (imx_found){.sketch = NULL};
    return IMGMATCH_OK;
}

static imgmatch_status look_at(look *self, int64_t seq, imgmatch_diag *diag) {
    imx_found found = {.sketch = NULL};
    imgmatch_diag own = IMGMATCH_DIAG_INIT;
    imgmatch_status status = imx_store_read_reference(
        &found.reference, self->calibrator->catalogue->store, self->snapshot, seq, &own);
    if (status == IMGMATCH_OK) {
        imx_word word = ask(self, &found.reference);
        if (is_relative(self, &found.reference, word)) {
            self->relatives++;
        } else {
            status = imx_search_compare(&found, self->portrait, &own);
            if (status == IMGMATCH_OK) {
                status = take(self, &found, word, &own);
            }
        }
    }
    imx_found_free(&found);
    if (status == IMGMATCH_ERR_PHOTO) {
        return imx_fail_photo(diag, own.reason, "%s", own.message);
    }
    return status == IMGMATCH_OK ? status : imx_fail(diag, status, "%s", own.message);
}

/* The measurement is the best score of the others. With a fast look each takes from all; else the
 * best has lost nothing, whatever else there is, and so it is a bound also where less is looked at.
 */
static imgmatch_status weigh(look *self, imgmatch_diag *diag) {
    imgmatch_effort effort = self->calibrator->options.effort;
    imgmatch_status status = IMGMATCH_OK;
    if (effort == IMGMATCH_EFFORT_FAST) {
        status = imx_search_weigh(self->others, self->other_count, self->portrait, effort, diag);
    }
    const imx_found *best = self->others;
    for (size_t i = 1; i < self->other_count; i++) {
        best = self->others[i].score.copy > best->score.copy ? &self->others[i] : best;
    }
    if (status == IMGMATCH_OK && self->other_count > 0) {
        self->out->score = best->score.copy;
        status = note(&self->out->near[0], best, IMGMATCH_PAIR_COUNTED, diag);
    }
    return status;
}

static imgmatch_status look_at_candidates(look *self, imx_candidate *candidates,
                                          imgmatch_diag *diag) {
    const imgmatch_calibrator *calibrator = self->calibrator;
    bool has_relatives = self->negative->own_id != NULL || calibrator->labels.count > 0;
    bool passes_over = has_relatives && calibrator->looks > 0;
    const imx_candidates_depth depth = {.most = passes_over ? 4 * HITS : calibrator->looks,
                                        .hits = passes_over ? HITS : calibrator->looks};
    size_t count = 0;
    imx_snapshot *snapshot = imx_store_hold(calibrator->catalogue->store);
    imgmatch_status status = imx_candidates_find_among(candidates, &count, snapshot,
                                                       &self->portrait->prints, &depth, diag);
    bool all_fit = imx_snapshot_item_count(snapshot) <= HITS;
    self->snapshot = snapshot;
    for (size_t i = 0; i < count && self->other_count < calibrator->looks && status == IMGMATCH_OK;
         i++) {
        status = look_at(self, candidates[i].seq, diag);
    }
    imx_snapshot_release(snapshot);
    self->out->crowded = !all_fit && self->relatives + calibrator->looks > HITS;
    return status == IMGMATCH_OK ? weigh(self, diag) : status;
}

static imgmatch_status look_at_all(look *self, imgmatch_diag *diag) {
    imx_candidate *candidates = imx_new_array_raw(IMX_CANDIDATES_MAX, sizeof *candidates);
    self->others = imx_new_array(self->calibrator->looks, sizeof *self->others);
    imgmatch_status status = candidates != NULL && self->others != NULL
                                 ? look_at_candidates(self, candidates, diag)
                                 : imx_fail_memory(diag);
    for (size_t i = 0; i < self->other_count; i++) {
        imx_found_free(&self->others[i]);
    }
    free(self->others);
    free(candidates);
    return status;
}

static imgmatch_status measure(imx_measurement *out, const imgmatch_calibrator *calibrator,
                               const imx_negative *negative, imgmatch_diag *diag) {
    const imgmatch_catalogue *catalogue = calibrator->catalogue;
    imx_intake intake;
    imx_portrait portrait = {0};
    imgmatch_status status = imx_intake_read(&intake, &negative->photo, &catalogue->limits, diag);
    memcpy(out->sha256, intake.sha256, sizeof out->sha256);
    if (status == IMGMATCH_OK && negative->own_sha256 != NULL &&
        strcmp(intake.sha256, negative->own_sha256) != 0) {
        status = imx_fail_photo(diag, IMGMATCH_REASON_BAD_ENTRY,
                                "the file is not the photo that was indexed");
    }
    if (status == IMGMATCH_OK) {
        const imx_portrait_means means = imx_catalogue_means(catalogue);
        status = imx_portrait_query(&portrait, &intake, &means, calibrator->options.effort, diag);
    }
    if (status == IMGMATCH_OK) {
        look self = {.calibrator = calibrator,
                     .negative = negative,
                     .portrait = &portrait,
                     .sha256 = intake.sha256,
                     .out = out};
        status = look_at_all(&self, diag);
    }
    imx_portrait_free(&portrait);
    imx_intake_free(&intake);
    return status;
}

void imx_measure(imx_measurement *out, const imgmatch_calibrator *calibrator,
                 const imx_negative *negative) {
    *out = (imx_measurement){.near_count = 1};
    imgmatch_status status = measure(out, calibrator, negative, &out->diag);
    out->diag.status = status;
}

void imx_measurement_free(imx_measurement *measurement) {
    for (size_t i = 0; i < measurement->near_count; i++) {
        free(measurement->near[i].id);
    }
    *measurement = (imx_measurement){.near_count = 0};
}
