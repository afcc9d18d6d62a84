/* Hash and embedding of each view of a picture. */
#ifndef IMX_MATCH_PRINTS_H
#define IMX_MATCH_PRINTS_H

#include "fingerprint/model.h"
#include "match/views.h"

typedef struct imx_view_print {
    bool mirrored;                           /* Then there are no hashes. */
    imgmatch_pdq pdq[IMGMATCH_ORIENT_COUNT]; /* Quality 0: tells nothing. */
    const float *embedding;                  /* Points into the prints. */
} imx_view_print;

typedef struct imx_prints {
    uint32_t count;
    uint32_t found; /* As in the plan. */
    uint32_t dimension;
    imx_view_print views[IMX_PLAN_MAX];
    float *embeddings;
} imx_prints;

/* A picture, and its sheet as imx_sheet_draw draws it; no pixels when no view is of a sheet. */
typedef struct imx_viewed {
    imx_pixels picture;
    imx_pixels sheet;
} imx_viewed;

/* `embedder` has room for IMX_EMBED_BATCH pictures. Start with zeros; free on success. */
imgmatch_status imx_prints_make(imx_prints *out, imx_embedder *embedder,
                                const imgmatch_model_info *model, const imx_view_plan *plan,
                                const imx_viewed *viewed, imgmatch_diag *diag);
void imx_prints_free(imx_prints *prints);

#endif
