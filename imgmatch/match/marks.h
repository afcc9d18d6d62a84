/*
 * What was laid over a copy: price badges, stickers, watermarks, lettering; and parts that were
 * made unreadable.
 *
 * Marks are pixels of the remainder that stand out of it, beside more of them. Smoothed are those
 * around which the reference has detail on its thumbnail (48 pixels) and the query has none.
 */
#ifndef IMX_MATCH_MARKS_H
#define IMX_MATCH_MARKS_H

#include "match/remainder.h"

typedef struct imx_marks {
    float share;    /* Of the covered pixels: laid over. */
    float spread;   /* Share of the cells (6 x 6) with any of them. */
    float smoothed; /* Of the covered pixels, about: the largest part that lost its detail. */
    float repeats;  /* Correlation of the remainder with itself some way off, at most: marks that
                     * are too faint one by one show by it; 0..1. */
} imx_marks;

/* `rim`: leave out this many pixels at the reference's edges, which mix with what is around it. */
void imx_marks_find(imx_marks *out, const imx_remainder *remainder, uint32_t rim);

#endif
