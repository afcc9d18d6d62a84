/*
 * Verification: local features say where the reference lies; where they are few, the pixels refine
 * it. Plain products have no features: for those that fingerprints make likely, the pixels alone
 * are tried at the places where a copy may be.
 */
#include "match/evidence.h"

#include "catalogue/inner_product.h"

#include <string.h>

#define SAME_DISTANCE 10
#define SAME_SIMILARITY 0.9F
#define FEW_INLIERS 12          /* An alignment from fewer is refined on the pixels. */
#define WEAK_INLIERS 8          /* One from fewer gives way to a better direct one. */
#define DIRECT_DISTANCE 76      /* Hamming distance, */
#define DIRECT_SIMILARITY 0.5F  /* or similarity from which pixels alone are tried. */
#define DIRECT_CORRELATION 0.6F /* What counts as aligned then. */
#define POOR 0.8F               /* Correlation. */
#define CLEARLY 0.05F

static void compare_hashes(imx_evidence *out, const imx_view_print *view,
                           const imgmatch_pdq *reference) {
    int quality =
        view->pdq[0].quality < reference->quality ? view->pdq[0].quality : reference->quality;
    if (view->mirrored || quality == 0) {
        return;
    }
    for (int turn = 0; turn < IMGMATCH_ORIENT_COUNT; turn++) {
        int distance = imgmatch_pdq_distance(&view->pdq[turn], reference);
        if (out->pdq_distance < 0 || distance < out->pdq_distance) {
            out->pdq_distance = distance;
            out->pdq_orientation = (imgmatch_orientation)turn;
            out->pdq_quality = quality;
        }
    }
}

static void start(imx_evidence *out, bool compared) {
    memset(out, 0, sizeof *out);
    out->pdq_distance = -1;
    out->similarity = -1;
    out->compared = compared;
}

/* Halves are not of length 1 to the last bit. */
static float cosine(const float *one, const float *other, uint32_t dimension) {
    float similarity = imx_inner_product(one, other, dimension);
    return similarity > 1 ? 1 : similarity;
}

void imx_evidence_compare(imx_evidence *out, const imx_prints *query,
                          const imx_reference_prints *reference) {
    start(out, reference->embeddings != NULL);
    for (uint32_t i = 0; i < query->count; i++) {
        const imx_view_print *view = &query->views[i];
        for (uint32_t k = 0; k < reference->count; k++) {
            compare_hashes(out, view, &reference->pdq[k]);
            if (!out->compared) {
                continue;
            }
            float similarity =
                cosine(view->embedding, reference->embeddings + (size_t)k * query->dimension,
                       query->dimension);
            if (similarity > out->similarity) {
                out->similarity = similarity;
            }
        }
    }
}

void imx_evidence_compare_references(imx_evidence *out, const imx_reference_prints *one,
                                     const imx_reference_prints *other, uint32_t dimension) {
    start(out, one->embeddings != NULL && other->embeddings != NULL);
    for (uint32_t i = 0; i < one->count; i++) {
        for (uint32_t k = 0; k < other->count; k++) {
            const imgmatch_pdq *left = &one->pdq[i];
            const imgmatch_pdq *right = &other->pdq[k];
            int quality = left->quality < right->quality ? left->quality : right->quality;
            int distance = imgmatch_pdq_distance(left, right);
            if (quality > 0 && (out->pdq_distance < 0 || distance < out->pdq_distance)) {
                out->pdq_distance = distance;
                out->pdq_quality = quality;
            }
            if (out->compared) {
                float similarity = cosine(one->embeddings + (size_t)i * dimension,
                                          other->embeddings + (size_t)k * dimension, dimension);
                out->similarity = similarity > out->similarity ? similarity : out->similarity;
            }
        }
    }
}

bool imx_evidence_is_encoded_anew(const imx_evidence *evidence) {
    return evidence->pdq_distance >= 0 && evidence->pdq_distance <= SAME_DISTANCE &&
           (!evidence->compared || evidence->similarity >= SAME_SIMILARITY);
}

static void take_matrix(imx_evidence *evidence, const imx_features *query,
                        const imx_sketch *reference) {
    evidence->geometry.matrix = evidence->agreement.matrix;
    imx_geometry_from_matrix(&evidence->geometry, &query->facts, &reference->facts);
}

/* Alignment without features. */
static void try_direct(imx_evidence *evidence, const imx_features *query,
                       const imx_sketch *reference, const imx_transform *parts, size_t part_count) {
    imx_agreement direct;
    imx_agreement_direct(&direct, query, reference, parts, part_count);
    bool better =
        !evidence->geometry.found || direct.correlation > evidence->agreement.correlation + CLEARLY;
    if (!direct.measured || direct.correlation < DIRECT_CORRELATION || !better) {
        return;
    }
    evidence->direct = true;
    evidence->agreement = direct;
    evidence->geometry = (imx_geometry){.matches = evidence->geometry.matches};
    take_matrix(evidence, query, reference);
}

/* One of the parts is a sheet, at an angle: features about the middle of it tell little of its
 * corners, and where they put these, nothing may agree. */
static bool has_sheet(const imx_transform *parts, size_t part_count) {
    for (size_t i = 0; i < part_count; i++) {
        if (parts[i].m[1] != 0 || parts[i].m[3] != 0 || !imx_transform_is_affine(&parts[i])) {
            return true;
        }
    }
    return false;
}

void imx_evidence_verify(imx_evidence *evidence, const imx_features *query,
                         const imx_sketch *reference, const imx_transform *parts,
                         size_t part_count) {
    evidence->verified = true;
    imx_geometry *geometry = &evidence->geometry;
    imx_geometry_find(geometry, query, reference);
    if (geometry->found && geometry->distinct < FEW_INLIERS) {
        imx_agreement_refine(&evidence->agreement, query, reference, &geometry->matrix);
        if (evidence->agreement.measured) {
            take_matrix(evidence, query, reference);
        }
    } else if (geometry->found) {
        imx_agreement_measure(&evidence->agreement, query, reference, &geometry->matrix);
    }
    bool likely = (evidence->pdq_distance >= 0 && evidence->pdq_distance <= DIRECT_DISTANCE) ||
                  evidence->similarity >= DIRECT_SIMILARITY;
    bool weak = !geometry->found || geometry->distinct < WEAK_INLIERS ||
                (evidence->agreement.correlation < POOR && has_sheet(parts, part_count));
    if (likely && weak) {
        try_direct(evidence, query, reference, parts, part_count);
    }
}
