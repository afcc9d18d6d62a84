/*
 * Candidates come from the snapshot's indexes; each is then read from the database and compared
 * exactly, and verified unless the effort is fast.
 */
#include "facade/search.h"

#include "base/clock.h"
#include "base/diag.h"
#include "base/memory.h"
#include "match/candidates.h"
#include "match/rival.h"

#include <stdlib.h>
#include <string.h>

size_t imx_search_looks(imgmatch_effort effort, size_t most, const imgmatch_limits *limits) {
    static const size_t looks[] = {IMX_FAST_RIVALS, IMX_CANDIDATES_SURE, 32};
    size_t wanted = looks[effort];
    wanted = wanted > most ? wanted : most;
    wanted = wanted < limits->max_candidates ? wanted : limits->max_candidates;
    return wanted < IMX_CANDIDATES_MAX ? wanted : IMX_CANDIDATES_MAX;
}

static imgmatch_status verify(imx_found *found, const imx_portrait *query, imgmatch_diag *diag) {
    found->sketch = imx_new_array(1, sizeof *found->sketch);
    if (found->sketch == NULL) {
        return imx_fail_memory(diag);
    }
    imgmatch_status status =
        imx_sketch_read(found->sketch, found->reference.sketch, found->reference.sketch_size, diag);
    if (status == IMGMATCH_OK) {
        imx_transform parts[IMX_PORTRAIT_PARTS];
        size_t count = imx_portrait_parts(parts, query);
        imx_evidence_verify(&found->evidence, query->features, found->sketch, parts, count);
    }
    return status;
}

static imx_reference_prints prints_of(const imx_reference *reference) {
    return (imx_reference_prints){.count = reference->view_count,
                                  .pdq = reference->pdq,
                                  .embeddings = reference->embedded ? reference->embeddings : NULL};
}

imgmatch_status imx_search_compare(imx_found *found, const imx_portrait *query,
                                   imgmatch_diag *diag) {
    imgmatch_status status = IMGMATCH_OK;
    const imx_reference_prints prints = prints_of(&found->reference);
    imx_evidence_compare(&found->evidence, &query->prints, &prints);
    if (query->features != NULL && found->reference.sketch != NULL) {
        status = verify(found, query, diag);
    }
    found->score = imx_score(&found->evidence);
    return status;
}

static int by_score(const void *a, const void *b) {
    const imx_found *left = a;
    const imx_found *right = b;
    if (left->score.copy != right->score.copy) {
        return left->score.copy > right->score.copy ? -1 : 1;
    }
    /* Scores are of steps, and very good copies share the highest. */
    if (left->evidence.similarity != right->evidence.similarity) {
        return left->evidence.similarity > right->evidence.similarity ? -1 : 1;
    }
    return strcmp(left->reference.id, right->reference.id);
}

imgmatch_status imx_search_weigh(imx_found *found, size_t count, const imx_portrait *query,
                                 imgmatch_effort effort, imgmatch_diag *diag) {
    imx_contender *contenders = imx_new_array(count, sizeof *contenders);
    if (contenders == NULL) {
        return imx_fail_memory(diag);
    }
    qsort(found, count, sizeof *found, by_score);
    for (size_t i = 0; i < count; i++) {
        contenders[i] = (imx_contender){.evidence = &found[i].evidence,
                                        .prints = prints_of(&found[i].reference),
                                        .score = &found[i].score};
    }
    if (effort == IMGMATCH_EFFORT_FAST) {
        imx_rivals_weigh_fast(contenders, count, query->prints.dimension);
    } else {
        imx_rivals_weigh(contenders, count);
    }
    for (size_t i = 0; i < count; i++) {
        size_t rival = contenders[i].rival;
        found[i].rival = rival != IMX_NO_RIVAL ? found[rival].reference.id : NULL;
    }
    free(contenders);
    qsort(found, count, sizeof *found, by_score);
    return IMGMATCH_OK;
}

void imx_found_free(imx_found *found) {
    imx_reference_free(&found->reference);
    free(found->sketch);
    *found = (imx_found){.sketch = NULL};
}

/* A query finds replaced items again in a newer snapshot. What it has compared before stays
 * compared, so that a try takes no longer than the search and what was replaced; one more is
 * necessary only when something that just this query finds was replaced meanwhile. Under a writer
 * that does nothing else, the last one has to do: what was replaced that very moment is passed
 * over. */
#define MOST_TRIES 16

/* What is looked at, and for what. */
typedef struct look {
    const imx_store *store;
    const imx_snapshot *snapshot;
    const imx_portrait *query;
    imx_search *known; /* Of the try before; what is of use is taken out of it. */
    bool stale; /* Items were removed, or replaced by others, since the snapshot was taken. */
} look;

/* An item never changes under its number. */
static bool take_known(imx_found *out, imx_search *known, int64_t seq) {
    for (size_t i = 0; i < known->count; i++) {
        if (known->found[i].reference.seq == seq) {
            *out = known->found[i];
            known->found[i] = (imx_found){.sketch = NULL};
            return true;
        }
    }
    return false;
}

static imgmatch_status look_at_all(imx_search *out, look *self, const imx_candidate *candidates,
                                   size_t count, imgmatch_diag *diag) {
    imgmatch_status status = IMGMATCH_OK;
    out->found = imx_new_array(count == 0 ? 1 : count, sizeof *out->found);
    if (out->found == NULL) {
        return imx_fail_memory(diag);
    }
    /* Without features of the query there is nothing to compare a sketch with. */
    imgmatch_status (*read)(imx_reference *, const imx_store *, const imx_snapshot *, int64_t,
                            imgmatch_diag *) =
        self->query->features != NULL ? imx_store_read_reference : imx_store_read_prints;
    for (size_t i = 0; i < count && status == IMGMATCH_OK; i++) {
        imgmatch_diag own = IMGMATCH_DIAG_INIT;
        imx_found *next = &out->found[out->count];
        if (take_known(next, self->known, candidates[i].seq)) {
            out->count++;
            continue;
        }
        status = read(&next->reference, self->store, self->snapshot, candidates[i].seq, &own);
        if (status == IMGMATCH_OK) {
            status = imx_search_compare(next, self->query, &own);
        }
        if (status == IMGMATCH_OK) {
            out->count++;
        } else {
            imx_found_free(next);
        }
        if (status == IMGMATCH_ERR_NOT_FOUND) {
            self->stale = true;
            status = IMGMATCH_OK;
        } else if (status != IMGMATCH_OK) {
            status = imx_fail(diag, status, "%s", own.message);
        }
    }
    return status;
}

/* One look at what the catalogue has now. */
static imgmatch_status search_once(imx_search *out, bool *stale, imx_search *known,
                                   imx_candidate *candidates, const imgmatch_catalogue *catalogue,
                                   const imx_portrait *query, size_t looks, imgmatch_diag *diag) {
    double start = imx_clock_ms();
    imx_snapshot *snapshot = imx_store_hold(catalogue->store);
    size_t count = 0;
    imgmatch_status status =
        imx_candidates_find(candidates, &count, snapshot, &query->prints, looks, diag);
    out->generation = imx_snapshot_generation(snapshot);
    out->items = imx_snapshot_item_count(snapshot);
    double middle = imx_clock_ms();
    if (status == IMGMATCH_OK) {
        look self = {
            .store = catalogue->store, .snapshot = snapshot, .query = query, .known = known};
        status = look_at_all(out, &self, candidates, count, diag);
        *stale = self.stale;
    }
    imx_snapshot_release(snapshot);
    out->search_ms += middle - start;
    out->verify_ms += imx_clock_ms() - middle;
    return status;
}

static void forget_found(imx_search *search) {
    for (size_t i = 0; i < search->count; i++) {
        imx_found_free(&search->found[i]);
    }
    free(search->found);
    search->found = NULL;
    search->count = 0;
}

/* Whether the catalogue has a snapshot behind that generation, or gets one now. */
static imgmatch_status renew(bool *newer, const imgmatch_catalogue *catalogue, uint64_t generation,
                             imgmatch_diag *diag) {
    imgmatch_status status = IMGMATCH_OK;
    *newer = imx_store_generation(catalogue->store) > generation;
    if (!*newer) {
        imgmatch_diag own = IMGMATCH_DIAG_INIT;
        status = imx_store_catch_up(catalogue->store, &own);
        *newer = imx_store_generation(catalogue->store) > generation;
        if (status != IMGMATCH_OK) {
            /* Of a catalogue that was replaced, files may be gone that were new to this handle. */
            status = imx_store_check_place(catalogue->store, NULL) == IMGMATCH_OK
                         ? imx_fail(diag, status, "%s", own.message)
                         : IMGMATCH_OK;
        }
    }
    return status;
}

imgmatch_status imx_search_run(imx_search *out, const imgmatch_catalogue *catalogue,
                               const imx_portrait *query, imgmatch_effort effort, size_t most,
                               imgmatch_diag *diag) {
    const size_t looks = imx_search_looks(effort, most, &catalogue->limits);
    imx_candidate *candidates = imx_new_array_raw(IMX_CANDIDATES_MAX, sizeof *candidates);
    if (candidates == NULL) {
        return imx_fail_memory(diag);
    }
    bool again = true;
    imgmatch_status status = IMGMATCH_OK;
    for (int tries = 0; status == IMGMATCH_OK && again && tries < MOST_TRIES; tries++) {
        imx_search known = {.found = out->found, .count = out->count};
        out->found = NULL;
        out->count = 0;
        status = search_once(out, &again, &known, candidates, catalogue, query, looks, diag);
        forget_found(&known);
        if (status == IMGMATCH_OK && again) {
            /* A replaced item has a new number, which only a newer snapshot knows: without it, a
             * photo that is still in the catalogue would be passed over. */
            status = renew(&again, catalogue, out->generation, diag);
        }
    }
    if (status == IMGMATCH_OK) {
        status = imx_search_weigh(out->found, out->count, query, effort, diag);
    }
    free(candidates);
    return status;
}

void imx_search_free(imx_search *search) {
    forget_found(search);
    *search = (imx_search){.found = NULL};
}
