/*
 * A look at the container of WebP, TIFF, GIF and HEIF files before a decoder sees them: is the
 * file whole (truncated), how many frames does it have (too_complex), and does what it describes
 * stay in proportion to its picture. Decoders below us either conceal a missing end or say so in
 * prose; this gives the same reason every time.
 *
 * Decoders read every directory and all metadata of a file, and much of either costs them out of
 * proportion. So they are given the picture only: what else is needed is read here.
 */
#ifndef IMX_IMAGE_CONTAINER_H
#define IMX_IMAGE_CONTAINER_H

#include "image/codec.h"

#include <stdbool.h>

/* The bytes for the decoder: the file's own, or a changed copy. */
typedef struct imx_container {
    const uint8_t *data; /* As long as the file's bytes live, and the copy. */
    size_t size;
    uint8_t *copy; /* Owned, or NULL. */
    bool hevc;     /* A HEIF file with pictures that are coded by HEVC. */
} imx_container;

/* Check the file and make `out` of it; free(out->copy) afterwards, also on failure. Sets the
 * raster's profile (WebP, TIFF) and orientation (WebP). */
imgmatch_status imx_container_open(imx_container *out, imx_raster *raster, const uint8_t *data,
                                   size_t size, imgmatch_format format,
                                   const imgmatch_limits *limits, imgmatch_diag *diag);

/* Too many frames are too_complex. */
imgmatch_status imx_container_check_frames(uint64_t frames, const imgmatch_limits *limits,
                                           imgmatch_diag *diag);

/* The parts of imx_container_open that have a file of their own; `out` is the file itself at
 * first. */
imgmatch_status imx_heif_open(imx_container *out, const imgmatch_limits *limits,
                              imgmatch_diag *diag);
imgmatch_status imx_tiff_open(imx_container *out, imx_raster *raster, const imgmatch_limits *limits,
                              imgmatch_diag *diag);
/* The size of a WebP that begins with its picture, as those in TIFF do; 0 x 0 when it does not. */
void imx_webp_measure(uint64_t *width, uint64_t *height, const uint8_t *data, size_t size);
imgmatch_status imx_webp_open(imx_container *out, imx_raster *raster, const imgmatch_limits *limits,
                              imgmatch_diag *diag);

#endif
