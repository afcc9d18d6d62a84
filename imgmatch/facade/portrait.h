/* A photo with all that is measured on it, on the way into a catalogue or as a query. */
#ifndef IMX_FACADE_PORTRAIT_H
#define IMX_FACADE_PORTRAIT_H

#include "facade/embedder_pool.h"
#include "facade/intake.h"
#include "fingerprint/sketch.h"
#include "image/image.h"
#include "match/agreement.h"
#include "match/alterations.h"
#include "match/prints.h"

/* The bit of a reason among remarks. */
static inline uint64_t imx_remark(imgmatch_reason reason) {
    return UINT64_C(1) << (reason - IMGMATCH_REASON_FLAT);
}

typedef struct imx_portrait {
    imgmatch_image_info info;
    imx_layout layout;
    imx_prints prints;
    imx_features *features; /* Of a query that is verified; else NULL. */
    imx_sketch *sketch;     /* Of a reference; else NULL. */
    uint64_t remarks;       /* As imgmatch_outcome.remarks. */
    double decode_ms;
    double fingerprint_ms;
} imx_portrait;

/* What a portrait is made with; all borrowed. */
typedef struct imx_portrait_means {
    imx_embedder_pool *embedders;
    const imgmatch_model *model;
    const imgmatch_limits *limits;
    imgmatch_decoder_pool *decoders; /* NULL: decode in this process. */
} imx_portrait_means;

/* Start with zeros; free in any case. */
imgmatch_status imx_portrait_reference(imx_portrait *out, const imx_intake *intake,
                                       const imx_portrait_means *means, imgmatch_diag *diag);
imgmatch_status imx_portrait_query(imx_portrait *out, const imx_intake *intake,
                                   const imx_portrait_means *means, imgmatch_effort effort,
                                   imgmatch_diag *diag);
void imx_portrait_free(imx_portrait *portrait);

/* A rectangle of the picture in fractions of its sides. */
imx_frame imx_frame_of(imx_rect rect, const imgmatch_image_info *info);

/* Parts of the picture that may show a whole reference, as imx_evidence_verify takes them; returns
 * their number. */
#define IMX_PORTRAIT_PARTS (4 + IMX_LAYOUT_MAX_CELLS + IMX_LAYOUT_MAX_INSETS)
size_t imx_portrait_parts(imx_transform out[IMX_PORTRAIT_PARTS], const imx_portrait *portrait);

#endif
