/* All that speaks for or against a query being a copy of one reference. */
#ifndef IMX_MATCH_EVIDENCE_H
#define IMX_MATCH_EVIDENCE_H

#include "match/agreement.h"
#include "match/geometry.h"
#include "match/prints.h"

/* Hamming distance up to which a hash says something; unrelated photos come as near once in
 * millions. */
#define IMX_HASH_TELLS 80

/* The fingerprints of a reference, borrowed from wherever they are. */
typedef struct imx_reference_prints {
    uint32_t count;
    const imgmatch_pdq *pdq; /* One a view, upright. */
    const float *embeddings; /* `count` times the dimension; NULL: hashes are all there is. */
} imx_reference_prints;

typedef struct imx_evidence {
    int pdq_distance; /* Of the nearest views and orientation; -1 when no hash tells anything. */
    imgmatch_orientation pdq_orientation;
    int pdq_quality;  /* The lower of the two hashes' qualities. */
    float similarity; /* Cosine of the nearest views; -1 without embeddings. */
    bool compared;    /* There were embeddings to compare. */
    bool verified;    /* The rest was measured. */
    bool direct;      /* Aligned by pixels, for want of features. */
    imx_geometry geometry;
    imx_agreement agreement;
} imx_evidence;

/* Compare fingerprints. */
void imx_evidence_compare(imx_evidence *out, const imx_prints *query,
                          const imx_reference_prints *reference);

/* Compare the fingerprints of two references: the nearest views, as they are. What is mirrored or
 * turned is not seen. */
void imx_evidence_compare_references(imx_evidence *out, const imx_reference_prints *one,
                                     const imx_reference_prints *other, uint32_t dimension);

/* Fingerprints as near as encoding a photo anew leaves them. */
bool imx_evidence_is_encoded_anew(const imx_evidence *evidence);

/* Measure where the reference lies in the query and whether the pixels agree. `parts` are those of
 * the query that may show the whole reference, the whole query among them (imx_agreement_direct).
 */
void imx_evidence_verify(imx_evidence *evidence, const imx_features *query,
                         const imx_sketch *reference, const imx_transform *parts,
                         size_t part_count);

#endif
