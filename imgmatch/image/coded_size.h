/*
 * How large the pictures are that a stream of coded data makes its decoder allocate, and how much
 * it does beside, found in the stream's own headers. A container says a size, too, but decoders of
 * AV1 and HEVC make room for what the stream says and compare afterwards.
 *
 * Sources: AV1 Bitstream & Decoding Process Specification, 5.3 to 5.9; ITU-T H.265, 7.3 (HEVC);
 * ISO/IEC 14496-15, 8.3.3 (HEVC's configuration).
 */
#ifndef IMX_IMAGE_CODED_SIZE_H
#define IMX_IMAGE_CODED_SIZE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a decoder makes of a stream, as its parameters say: size, bits of a sample, and what is left
 * when its margins are cut off (HEVC). */
typedef struct imx_coded_shape {
    uint32_t width;
    uint32_t height;
    uint32_t bits;
    uint32_t left;
    uint32_t top;
    uint32_t shown_width;
    uint32_t shown_height;
} imx_coded_shape;

/* HEVC's parameter sets, as far as slices cannot be read without them. */
typedef struct imx_hevc_sets {
    uint64_t pictures;   /* How many there were for pictures. */
    bool sequence_known; /* There was one for sequences. */
    uint32_t blocks;     /* Of a picture, as slices number them; 0: unknown. */
    uint32_t rows;       /* Of blocks, the most of any picture. */
    uint32_t references; /* The most pictures that one is made from. */
    uint32_t tiles;      /* The most of any; 0: there are none. */
    bool rows_apart;     /* Each can be decoded beside the one above it (wavefronts). */
    bool dependent_slices;
    bool blocks_differ; /* Between sets, */
    bool slices_differ; /* as does what comes before a slice's place. */
} imx_hevc_sets;

/* Calls add to what is there, so that several pieces can be measured together: start with zeros. */
typedef struct imx_coded_pictures {
    uint64_t width; /* In pixels, the largest of any picture, as is the height. */
    uint64_t height;
    uint64_t count;        /* How many pictures are decoded, whether they are shown or not. */
    imx_coded_shape shape; /* Of the first parameters; */
    bool shape_known;
    bool shape_unsure;    /* others differ from them, or a picture may. */
    uint64_t work;        /* What decoders do beside the pixels, in bytes that they copy. */
    uint64_t more_pixels; /* Made room for, or gone over, beside the pictures; */
    uint64_t kept_pixels; /* of these, what takes memory until all is decoded. */
    bool deep;            /* Some samples may have more than 8 bits, */
    bool dense;           /* and chroma more than a quarter of luma's samples. */
    bool grain;           /* AV1's decoder may add grain to a copy of them. */
    bool separate_planes; /* Each colour is a picture of its own. */
    uint64_t slice_bytes; /* Of HEVC's pictures, in all; */
    bool may_skip;        /* not all of them are made of nothing but themselves. */
    imx_hevc_sets sets;
} imx_coded_pictures;

/* Each unit, however short it is, is copied, kept in a list and looked at. */
#define IMX_CODED_UNIT_WORK 256u

void imx_coded_note_size(imx_coded_pictures *pictures, uint64_t width, uint64_t height);
/* `sound` is false when the stream ended before all of it was read. */
void imx_coded_note_shape(imx_coded_pictures *pictures, imx_coded_shape shape, bool sound);

/* AV1: open bitstream units, one after another. A picture that may have another size than its
 * sequence header says counts with the largest that it can have. False when the units are damaged
 * or a picture comes before its sequence header. */
bool imx_av1_measure(imx_coded_pictures *pictures, const uint8_t *data, size_t size);

/* HEVC: network units, each behind its size in four bytes. False when they are damaged. Units of
 * higher layers, which decoders leave out, are left out. What a decoder needs for a picture's
 * tables and for references that are missing, and what slices go over again, is in more_pixels. */
bool imx_hevc_measure(imx_coded_pictures *pictures, const uint8_t *data, size_t size);

/* Whether there are fewer bytes for the blocks of HEVC's pictures than any encoder can do with, so
 * that what is shown would not come from the file. */
bool imx_hevc_lacks_data(const imx_coded_pictures *pictures);

/* The body of an hvcC box: its network units, as above. False as well when sizes in the stream
 * that it is for do not take four bytes. */
bool imx_hevc_measure_configuration(imx_coded_pictures *pictures, const uint8_t *data, size_t size);

#endif
