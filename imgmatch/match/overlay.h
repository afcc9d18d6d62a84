/* The query's pixels at the places of a reference's thumbnail. */
#ifndef IMX_MATCH_OVERLAY_H
#define IMX_MATCH_OVERLAY_H

#include "fingerprint/sketch.h"
#include "match/transform.h"

#include <stdbool.h>

typedef struct imx_overlay {
    uint32_t width; /* The thumbnail's. */
    uint32_t height;
    uint32_t covered; /* Pixels inside the query. */
    bool inside[IMX_THUMBNAIL_SIDE * IMX_THUMBNAIL_SIDE];
    float luma[IMX_THUMBNAIL_SIDE * IMX_THUMBNAIL_SIDE]; /* The query's, 0..255. */
} imx_overlay;

/* Sample a plane (0 brightness, 1 and 2 colour) on a grid of width x height over the reference, at
 * most IMX_THUMBNAIL_SIDE each. */
typedef struct imx_raster {
    uint32_t width;
    uint32_t height;
    uint32_t plane;
} imx_raster;

/* `matrix` maps fractions of the reference to fractions of the query. Returns how many of the
 * width * height positions lie inside the query. */
uint32_t imx_overlay_sample(float *out, bool *inside, const imx_features *query,
                            const imx_transform *matrix, imx_raster raster);

/* The brightness at the raster's pixels. */
void imx_overlay_make(imx_overlay *out, const imx_features *query, const imx_transform *matrix,
                      imx_raster raster);

/* That of a reference's thumbnail. */
imx_raster imx_thumbnail_raster(const imx_sketch *reference);

/* Half a level of noise in each picture, of n pixels: two plain areas do not correlate. */
#define IMX_OVERLAY_NOISE(n) (0.5F * (n) + 1e-6F)

/* Correlation of brightness over the covered pixels; also the best gain and offset if asked for. */
float imx_overlay_correlation(float *gain, float *offset, const imx_overlay *overlay,
                              const imx_sketch *reference);

#endif
