/* The object behind imgmatch_image, and the bridge between codecs and the rest. */
#ifndef IMX_IMAGE_IMAGE_H
#define IMX_IMAGE_IMAGE_H

#include "base/pixels.h"

#include <imgmatch/image.h>

struct imgmatch_image {
    imgmatch_image_info info;
    uint8_t *rgb; /* Owned; rows of 3 * width bytes. */
};

/* Fast loads and thumbnails may be smaller than the file says; hashes need this many pixels. */
#define IMX_FULL_RESOLUTION_PIXELS 4000000u
#define IMX_MIN_SCALED_SIDE 1024u

imx_pixels imx_image_view(const imgmatch_image *image);

/* An image with room for width x height pixels, not initialised. Dimensions were checked against
 * the limits by the caller. */
imgmatch_status imx_image_new(imgmatch_image **out, uint32_t width, uint32_t height,
                              imgmatch_diag *diag);

#endif
