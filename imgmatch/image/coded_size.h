/*
 * How large the pictures are that a stream of coded data makes its decoder allocate, found in the
 * stream's own headers. A container says a size, too, but decoders of AV1 and HEVC make room for
 * what the stream says and compare afterwards.
 *
 * Sources: AV1 Bitstream & Decoding Process Specification, 5.3 to 5.9; ITU-T H.265, 7.3 (HEVC);
 * ISO/IEC 14496-15, 8.3.3 (HEVC's configuration).
 */
#ifndef IMX_IMAGE_CODED_SIZE_H
#define IMX_IMAGE_CODED_SIZE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a decoder makes of a stream, as its parameters say: size, bits of a sample, and what is cut
 * off (HEVC). */
typedef struct imx_coded_shape {
    uint32_t width;
    uint32_t height;
    uint32_t bits;
    uint32_t cut[4];
} imx_coded_shape;

/* Calls add to what is there, so that several pieces can be measured together: start with zeros. */
typedef struct imx_coded_pictures {
    uint64_t width; /* In pixels, the largest of any picture, as is the height. */
    uint64_t height;
    uint64_t count;        /* How many pictures are decoded, whether they are shown or not. */
    imx_coded_shape shape; /* Of the first parameters; */
    bool shape_known;
    bool shape_unsure; /* others differ from them, or a picture may. */
    uint64_t work;     /* What decoders do beside the pixels, in bytes that they copy. */
} imx_coded_pictures;

/* AV1: open bitstream units, one after another. A picture that may have another size than its
 * sequence header says counts with the largest that it can have. False when the units are damaged
 * or a picture comes before its sequence header. */
bool imx_av1_measure(imx_coded_pictures *pictures, const uint8_t *data, size_t size);

/* HEVC: network units, each behind its size in four bytes. False when they are damaged. Units of
 * higher layers, which decoders leave out, are left out. */
bool imx_hevc_measure(imx_coded_pictures *pictures, const uint8_t *data, size_t size);

/* The body of an hvcC box: its network units, as above. False as well when sizes in the stream
 * that it is for do not take four bytes. */
bool imx_hevc_measure_configuration(imx_coded_pictures *pictures, const uint8_t *data, size_t size);

#endif
