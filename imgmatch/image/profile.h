/* What can be told of an ICC profile by a look at its header and tags, and a profile that has no
 * more than a conversion needs. Reads nothing outside. */
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

/*
 * Make a profile of samples (1, 3 or 4 bands) safe to hand to a colour library, in place: of its
 * tags only those stay that the conversion to sRGB reads, and of those only the ones of the common
 * kinds, whose tables lie in them whole. Elements of unbounded number and cost (D2B0 and its like)
 * are left out; the tags that have to stand beside them serve. False when the profile is of no use,
 * being for no device, or with more tags than it has bytes.
 */
bool imx_profile_reduce(uint8_t *profile, size_t size);

#endif
