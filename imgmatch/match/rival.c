#include "match/rival.h"

#include "match/agreement_parts.h"
#include "match/score_weights.h"

#include <math.h>

#define CELLS IMX_AGREEMENT_CELLS
#define POINTS 12        /* On each side of the grid by which areas are compared: two in a cell. */
#define NOTABLE 0.1      /* Share of a score that a rival has to take to be named. */
#define LEAST_RIVAL 0.01 /* Score under which a match takes nothing of another's. */
/* How likely one reference has to be a copy of another, by their fingerprints, to show one photo.
 * Of the ten nearest of 4,800 photos of two catalogues, which are all different, 38 pairs are over
 * it; and most photos that were encoded anew, made a little smaller, framed or stamped. */
#define ONE_PHOTO 0.8
#define LEAST_DOUBT 1e-9
#define NONE SIZE_MAX

static bool is_inside(imx_point point) {
    return point.x >= 0 && point.x <= 1 && point.y >= 0 && point.y <= 1;
}

/* Is it the reference that is seen at a place of it, and not something that was laid over it? */
static bool agrees_at(const imx_agreement *agreement, imx_point place) {
    size_t column = (size_t)(place.x * CELLS);
    size_t row = (size_t)(place.y * CELLS);
    column = column < CELLS ? column : CELLS - 1;
    row = row < CELLS ? row : CELLS - 1;
    return imx_cell_is_trusted(agreement->cells[row * CELLS + column]);
}

/* Share of `own`'s area in the query that `rival` explains, too. */
static double shared_area(const imx_evidence *own, const imx_evidence *rival) {
    imx_inverse to_rival;
    if (!imx_transform_invert(&to_rival, &rival->geometry.matrix)) {
        return 0;
    }
    int inside = 0;
    int shared = 0;
    for (int row = 0; row < POINTS; row++) {
        for (int column = 0; column < POINTS; column++) {
            const imx_point from = {((float)column + 0.5F) / POINTS, ((float)row + 0.5F) / POINTS};
            const imx_point at = imx_transform_apply(&own->geometry.matrix, from);
            if (is_inside(at)) {
                const imx_point place = imx_inverse_apply(&to_rival, at);
                inside++;
                shared += is_inside(place) && agrees_at(&rival->agreement, place);
            }
        }
    }
    return inside > 0 ? (double)shared / inside : 0;
}

/* The probability of one photo for two names; where nothing tells them apart it is taken for 1. */
static double same_photo(const imx_evidence *own, const imx_evidence *rival) {
    double worse[IMX_INPUT_COUNT];
    double better[IMX_INPUT_COUNT];
    double alike[IMX_INPUT_COUNT];
    imx_score_inputs(worse, own);
    imx_score_inputs(better, rival);
    for (int i = 0; i < IMX_INPUT_COUNT; i++) {
        worse[i] = 1 - fmax(0, better[i] - worse[i]);
        alike[i] = 1;
    }
    if (own->agreement.shifts == 0 || rival->agreement.shifts == 0) {
        /* That moves of one of the two are not known is nothing against it. */
        worse[IMX_INPUT_PARTS_STAY] = 1;
        worse[IMX_INPUT_MOST_PARTS_STAY] = 1;
    }
    return imx_score_curves_probability(&imx_score_rival, worse) /
           imx_score_curves_probability(&imx_score_rival, alike);
}

double imx_rival_leaves(const imx_evidence *own, const imx_evidence *rival, double rival_score) {
    if (!own->agreement.measured || !rival->agreement.measured || rival_score < LEAST_RIVAL) {
        return 1;
    }
    double shared = shared_area(own, rival);
    return shared > 0 ? 1 - rival_score * shared * (1 - same_photo(own, rival)) : 1;
}

void imx_rivals_weigh(imx_contender *matches, size_t count) {
    for (size_t i = 0; i < count; i++) {
        imx_contender *own = &matches[i];
        double left = 1;
        own->rival = IMX_NO_RIVAL;
        for (size_t k = 0; k < count; k++) {
            const imx_contender *other = &matches[k];
            if (k == i || other->score->alone < own->score->alone) {
                continue;
            }
            /* Those before it have been weighed; one after it is as good as it is. */
            double beside = imx_rival_leaves(own->evidence, other->evidence, other->score->copy);
            if (beside < left) {
                left = beside;
                own->rival = left <= 1 - NOTABLE ? k : IMX_NO_RIVAL;
            }
        }
        own->score->copy = own->score->alone * left;
    }
}

static bool is_one_photo(const imx_contender *one, const imx_contender *other, uint32_t dimension) {
    if (one->score->alone < LEAST_RIVAL || other->score->alone < LEAST_RIVAL) {
        return false;
    }
    imx_evidence evidence;
    imx_evidence_compare_references(&evidence, &one->prints, &other->prints, dimension);
    return imx_evidence_is_encoded_anew(&evidence) || imx_score(&evidence).copy >= ONE_PHOTO;
}

static double doubt(const imx_contender *match) {
    return fmax(1 - match->score->alone, LEAST_DOUBT);
}

static double odds(const imx_contender *match) { return match->score->alone / doubt(match); }

/* The best matches, and of each the first that shows the same photo, be it by way of others. */
typedef struct best_list {
    size_t count;
    size_t first[IMX_FAST_RIVALS];
} best_list;

static void join(best_list *best, size_t one, size_t other) {
    size_t low = best->first[one] < best->first[other] ? best->first[one] : best->first[other];
    size_t high = best->first[one] + best->first[other] - low;
    for (size_t i = 0; i < best->count; i++) {
        best->first[i] = best->first[i] == high ? low : best->first[i];
    }
}

static best_list list_best(const imx_contender *matches, size_t count, uint32_t dimension) {
    best_list best = {.count = count < IMX_FAST_RIVALS ? count : IMX_FAST_RIVALS};
    for (size_t i = 0; i < best.count; i++) {
        best.first[i] = i;
    }
    for (size_t i = 1; i < best.count; i++) {
        for (size_t k = 0; k < i; k++) {
            if (best.first[k] != best.first[i] &&
                is_one_photo(&matches[i], &matches[k], dimension)) {
                join(&best, i, k);
            }
        }
    }
    return best;
}

/* The first of the best that shows the photo of a match; NONE: none of them does. */
static size_t first_of(const best_list *best, const imx_contender *matches, size_t own,
                       uint32_t dimension) {
    if (own < best->count) {
        return best->first[own];
    }
    for (size_t k = 0; k < best->count; k++) {
        if (is_one_photo(&matches[own], &matches[k], dimension)) {
            return best->first[k];
        }
    }
    return NONE;
}

void imx_rivals_weigh_fast(imx_contender *matches, size_t count, uint32_t dimension) {
    const best_list best = list_best(matches, count, dimension);
    for (size_t i = 0; i < count; i++) {
        imx_contender *own = &matches[i];
        size_t first = first_of(&best, matches, i, dimension);
        size_t likeliest = IMX_NO_RIVAL;
        double others = 0;
        for (size_t k = 0; k < best.count; k++) {
            if (best.first[k] == k && k != first && matches[k].score->alone >= LEAST_RIVAL) {
                others += odds(&matches[k]);
                likeliest = likeliest == IMX_NO_RIVAL ? k : likeliest; /* By falling score. */
            }
        }
        /* alone = o / (1 + o), so o / (1 + o + others) is alone / (1 + (1 - alone) * others). */
        own->score->copy = own->score->alone / (1 + doubt(own) * others);
        bool notable = likeliest != IMX_NO_RIVAL &&
                       1 / (1 + doubt(own) * odds(&matches[likeliest])) <= 1 - NOTABLE;
        own->rival = notable ? likeliest : IMX_NO_RIVAL;
    }
}
