/*
 * What is left of a query's brightness once all is taken out that does not change what the picture
 * shows: tone, an alignment that is slightly off, and a change of sharpness. Marks, patches and
 * stickers stand out of it; on the reference's thumbnail (48 pixels). Nothing is allocated.
 */
#ifndef IMX_MATCH_REMAINDER_H
#define IMX_MATCH_REMAINDER_H

#include "fingerprint/sketch.h"
#include "match/overlay.h"

#define IMX_REMAINDER_PIXELS (IMX_THUMBNAIL_SIDE * IMX_THUMBNAIL_SIDE)

typedef struct imx_remainder {
    bool measured; /* False: too few pixels; what follows is as of a copy without changes. */
    imx_overlay query;
    bool inner[IMX_REMAINDER_PIXELS]; /* All eight neighbours are inside of both pictures, too. */
    float expected[IMX_REMAINDER_PIXELS]; /* The reference in the query's tone. */
    float left[IMX_REMAINDER_PIXELS];     /* Levels beside it; 0 where not inner. */
    float noise;                          /* Median of |left| where the picture is not flat. */
    float contrast;                       /* Ratio of the query's contrast to the reference's, */
    float brightness; /* and levels that the middle of the reference's levels moved by. */
    float softness;   /* Times the Laplacian (sum of four neighbours less four times the pixel) that
                       * was added: half the variance of a small blur, in thumbnail pixels; below 0
                       * when sharpened. */
} imx_remainder;

void imx_remainder_measure(imx_remainder *out, const imx_features *query,
                           const imx_sketch *reference, const imx_transform *matrix);

/* Largest less least of the expected levels of an inner pixel and its neighbours. */
float imx_remainder_range(const imx_remainder *self, size_t pixel);

#endif
