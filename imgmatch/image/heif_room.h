/*
 * How much memory a picture of a HEIF file takes while it is decoded, with all that it is made of.
 *
 * Sums are in pixels' worth of four bytes: a coded picture counts three times, for the decoder's
 * planes and coefficients and for libheif's copies, with more than 8 bits four times, and six times
 * when it has more chroma than 4:2:0 as well; film grain counts once more with so much chroma,
 * twice with more than 8 bits; a canvas counts once while its parts are decoded and twice when it
 * becomes RGB, and double where parts have more than 8 bits. Of an item that has several pictures
 * all count, because decoders keep them for each other. Four tiles are decoded at once, each by a
 * decoder of its own, and parts of overlays one after another. What was decoded stays while its
 * transparency is.
 */
#ifndef IMX_IMAGE_HEIF_ROOM_H
#define IMX_IMAGE_HEIF_ROOM_H

#include "image/coded_size.h"

#define IMX_HEIF_ROOM_BYTES 4u
#define IMX_HEIF_TILES_AT_ONCE 4u /* libheif's default. */

typedef struct imx_heif_room {
    uint64_t most; /* At once, while the picture is decoded. */
    uint64_t left; /* When it is, for the picture itself. */
    bool deep;     /* It may have more than 8 bits. */
} imx_heif_room;

/* The largest parts that a picture has so far, the largest first, whether any of them is deep, and
 * all that stands beside it. Start with zeros. */
typedef struct imx_heif_parts {
    imx_heif_room largest[IMX_HEIF_TILES_AT_ONCE];
    imx_heif_room beside;
    bool deep;
} imx_heif_parts;

imx_heif_room imx_heif_room_of_coded(const imx_coded_pictures *pictures);
imx_heif_room imx_heif_room_of_canvas(uint64_t pixels);

void imx_heif_parts_add(imx_heif_parts *parts, imx_heif_room part);
void imx_heif_parts_add_beside(imx_heif_parts *parts, imx_heif_room beside);

/* The room of a picture that takes `own` without its parts, of which so many are decoded at once.
 */
imx_heif_room imx_heif_room_with_parts(imx_heif_room own, const imx_heif_parts *parts,
                                       unsigned at_once);

#endif
