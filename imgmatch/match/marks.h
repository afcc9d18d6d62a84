/*
 * What was laid over a copy: price badges, stickers, watermarks, lettering.
 *
 * They are told on the reference's thumbnail (48 pixels), by pixels of the query that are neither
 * what a tone curve, which is fitted to all, makes of the reference there, nor near to what it
 * makes of the pixels around.
 */
#ifndef IMX_MATCH_MARKS_H
#define IMX_MATCH_MARKS_H

#include "fingerprint/sketch.h"
#include "match/transform.h"

typedef struct imx_marks {
    float share;  /* Of the covered pixels: laid over. */
    float spread; /* Share of the cells (6 x 6) with any of them. */
} imx_marks;

/* `rim`: leave out this many pixels at the reference's edges, which mix with what is around it. */
void imx_marks_find(imx_marks *out, const imx_features *query, const imx_sketch *reference,
                    const imx_transform *matrix, uint32_t rim);

#endif
