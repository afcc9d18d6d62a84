/*
 * HEIF files (HEIC and AVIF) before their decoder sees them.
 *
 * libheif makes room for what a picture's coded data and a grid's own header say, not for the size
 * that the file tells everybody, follows pictures that are made of one another as far as they go,
 * and cannot be stopped by a deadline. So a file of a few hundred bytes that says "64 x 64 pixels"
 * could take gigabytes or minutes, or end the process. This walks through the same items as a
 * decoder would, reads no pixel, and refuses what goes beyond the limits:
 *
 *   too_large     a coded picture or a canvas is over max_pixels or max_side
 *   too_complex   pictures made of pictures more than a few levels deep, of thousands of pieces, of
 *                 too many pictures in one item, or of many times max_pixels in all, what HEVC's
 *                 decoder does beside the pictures included; or that take more than 16 bytes of
 *                 memory at once for each of max_pixels, and than 32 MiB, as heif_room.h counts it
 *   truncated     the file ends inside a box, before its index, or before an item's data; or the
 *                 data is less than HEVC needs for the blocks of any picture, half a bit each
 *   corrupt       boxes or coded headers that contradict themselves; tiles that do not fill their
 *                 grid, or have another size than the index tells
 *   unsupported   the main picture is coded in another way than by HEVC or AV1, or by HEVC in one
 *                 picture a colour, or a part of an overlay begins before it (libheif 1.15 reads
 *                 behind the part), or the transparency of a tile or of a part of an overlay is
 *                 not sure to be as large and as deep as it: libheif 1.15 writes beside it then; or
 *                 a tile is made of others, cut or turned, or may have several sizes
 *
 * A picture of HEVC in n slices of even size counts (n + 1) / 2 times, and all pictures together
 * may count 4 times max_pixels: by default it may have 64 slices at 12 megapixels, 15 at 48 and 7
 * at 100. Where rows of blocks are coded side by side each slice counts 32,768 pixels more for each
 * row of the picture: 51 at 12 megapixels.
 *
 * Sources: ISO/IEC 14496-12 (boxes, items), ISO/IEC 23008-12 (HEIF: grids, overlays, auxiliary
 * pictures), AV1 Image File Format 1.1.
 */
#ifndef IMX_IMAGE_HEIF_H
#define IMX_IMAGE_HEIF_H

#include <imgmatch/image.h>

imgmatch_status imx_heif_check(const uint8_t *data, size_t size, const imgmatch_limits *limits,
                               imgmatch_diag *diag);

#endif
