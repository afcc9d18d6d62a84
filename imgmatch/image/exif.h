/* The one thing wanted of EXIF: which way up the picture is. */
#ifndef IMX_IMAGE_EXIF_H
#define IMX_IMAGE_EXIF_H

#include "image/image.h"

#include <stddef.h>

/* Orientation 1..8 of an EXIF block (with or without its "Exif\0\0" prefix); 1 when there is none
 * or the block is damaged, as every viewer does. Reads nothing outside the block. */
uint32_t imx_exif_orientation(const uint8_t *block, size_t size);

/* Turn packed RGB pixels upright. `out` has room for as many pixels as `in`; its width is
 * in.height for orientations 5..8. */
void imx_exif_turn(uint8_t *out, imx_pixels in, uint32_t orientation);

#endif
