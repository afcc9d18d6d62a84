/* What can be told of an ICC profile by a look at its header and tags. Reads nothing outside. */
#ifndef IMX_IMAGE_PROFILE_H
#define IMX_IMAGE_PROFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bands of the samples that the profile is for: 1 grey, 3 RGB, 4 CMYK, 0 anything else. */
uint32_t imx_profile_bands(const uint8_t *profile, size_t size);

/* Whether an RGB profile is sRGB to within rounding: sRGB's primaries, and its tone curve. Most
 * profiles in the wild are; their pixels need no conversion. */
bool imx_profile_is_srgb(const uint8_t *profile, size_t size);

#endif
