/*
 * The PDQ perceptual hash (see imgmatch/fingerprint.h).
 *
 * Source: Facebook, "The TMK+PDQF Video-Hashing Algorithm and the PDQ Image-Hashing Algorithm"
 * (2019), in its full-resolution mode (no 512 x 512 resize first).
 *
 * Unstable bits: a coefficient counts as unstable within 1.0 of the median (in levels of 0..255
 * times the transform's scale). Measured by saving 114 photos of quality 50 and more again as JPEG
 * of quality 70: 1.6 bits a photo flip, nine of ten of them within 1.0 (7 bits a photo, of which
 * one in five flips). A photo with tens of unstable bits has a hash that cannot be relied on.
 *
 * Photos of more than 4 megapixels are decoded smaller (1024 pixels or more on the short side).
 * That moves the hash by 2 bits in the median, 4 at the 90th percentile and 6 at most, measured on
 * 40 photos that were enlarged to over 4 megapixels and saved as JPEG of quality 95.
 */
#ifndef IMX_FINGERPRINT_PDQ_H
#define IMX_FINGERPRINT_PDQ_H

#include "base/pixels.h"

#include <imgmatch/fingerprint.h>

/* All eight orientations. Scratch memory is allocated inside. */
imgmatch_status imx_pdq_compute(imgmatch_pdq out[IMGMATCH_ORIENT_COUNT], imx_pixels picture,
                                imgmatch_diag *diag);

#endif
