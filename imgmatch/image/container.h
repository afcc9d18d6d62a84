/*
 * A look at the container of WebP, TIFF, GIF and HEIF files before a decoder sees them: is the
 * file whole (truncated), and how many frames does it have (too_complex). Decoders below us either
 * conceal a missing end or say so in prose; this gives the same reason every time.
 */
#ifndef IMX_IMAGE_CONTAINER_H
#define IMX_IMAGE_CONTAINER_H

#include <imgmatch/image.h>

imgmatch_status imx_container_check(const uint8_t *data, size_t size, imgmatch_format format,
                                    const imgmatch_limits *limits, imgmatch_diag *diag);

#endif
