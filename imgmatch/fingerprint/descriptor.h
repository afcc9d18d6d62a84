/*
 * A SIFT descriptor in 32 bytes.
 *
 * A descriptor is a histogram over 4 x 4 places and 8 directions of gradients. In the orthonormal
 * basis of cosines over the places and of a Fourier series over the directions most of what tells
 * descriptors apart is in few, low frequencies, as with the cosines of JPEG; those are kept. Two
 * things are better than with a trained projection: there are no weights to ship, and a mirrored
 * picture's descriptor is the same one with some signs changed.
 */
#ifndef IMX_FINGERPRINT_DESCRIPTOR_H
#define IMX_FINGERPRINT_DESCRIPTOR_H

#include "fingerprint/sketch.h"

/* `sift` holds 128 numbers >= 0 in VLFeat's order (direction fastest, then x, then y). */
void imx_descriptor_reduce(int8_t out[IMX_DESCRIPTOR_BYTES], const float sift[128]);

/* The descriptor that the same place has in the picture with left and right exchanged. */
void imx_descriptor_mirror(int8_t out[IMX_DESCRIPTOR_BYTES], const int8_t in[IMX_DESCRIPTOR_BYTES]);

/* All 128 coefficients (measurements choose among them): c[(y * 4 + x) * 8 + direction]. */
void imx_descriptor_spectrum(float out[128], const float sift[128]);

#endif
