/* Making pictures smaller by the mean over each output pixel's area. */
#ifndef IMX_FINGERPRINT_SHRINK_H
#define IMX_FINGERPRINT_SHRINK_H

#include "base/pixels.h"

#include <imgmatch/status.h>

/* Sides of a picture shrunk so that the longest is at most `longest`; never enlarged, never 0. */
void imx_shrink_sides(uint32_t *out_width, uint32_t *out_height, uint32_t width, uint32_t height,
                      uint32_t longest);

/* Shrink to out_width x out_height packed RGB pixels, both at most the input's sides. */
imgmatch_status imx_shrink(uint8_t *out, uint32_t out_width, uint32_t out_height, imx_pixels in,
                           imgmatch_diag *diag);

/* BT.601 full range, as in JPEG: three planes of width * height bytes out of packed RGB. */
void imx_to_ycbcr(uint8_t *planes[3], const uint8_t *rgb, size_t count);

#endif
