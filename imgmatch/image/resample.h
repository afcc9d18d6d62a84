/*
 * Resizing with a separable, antialiased triangle filter: each output pixel is the weighted mean
 * of the input pixels under a triangle whose half width is max(1, scale) input pixels. Fixed
 * point, rounded to 8 bits after each of the two passes: the same bits on every machine, and
 * Pillow's BILINEAR resize to within 1 level.
 */
#ifndef IMX_IMAGE_RESAMPLE_H
#define IMX_IMAGE_RESAMPLE_H

#include "base/pixels.h"

#include <imgmatch/status.h>

/* Resize `in` to out_width x out_height packed RGB pixels at `out` (3 * out_width * out_height
 * bytes, the caller's). */
imgmatch_status imx_resample(uint8_t *out, uint32_t out_width, uint32_t out_height, imx_pixels in,
                             imgmatch_diag *diag);

#endif
