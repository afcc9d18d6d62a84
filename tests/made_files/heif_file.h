/*
 * HEIF files made box by box, for tests: items with any type, data, properties and links. Nothing
 * stops them from contradicting themselves.
 */
#ifndef TESTS_MADE_FILES_HEIF_FILE_H
#define TESTS_MADE_FILES_HEIF_FILE_H

#include "base/buffer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HEIF_FILE_MOST_PROPERTIES 8

typedef struct heif_file_item {
    uint16_t id;
    const char *type; /* Four letters. */
    const void *data; /* Shared in the file with an item before that has the same. */
    size_t size;
    uint8_t properties[HEIF_FILE_MOST_PROPERTIES]; /* Numbers from 1; 0 is none. */
} heif_file_item;

typedef struct heif_file_property {
    const char *type;
    const void *body;
    size_t size;
} heif_file_property;

/* `to` is linked `count` times. */
typedef struct heif_file_link {
    const char *kind;
    uint16_t from;
    uint16_t to;
    uint16_t count;
} heif_file_link;

/* The first item is the main picture. */
typedef struct heif_file {
    const heif_file_item *items;
    size_t item_count;
    const heif_file_property *properties;
    size_t property_count;
    const heif_file_link *links;
    size_t link_count;
    const char *encoding; /* Of all "mime" items, "deflate" for one, or NULL. */
} heif_file;

/* Append the file. */
void heif_file_write(imx_buffer *out, const heif_file *file);

/* Bits, most significant first, padded to whole bytes by heif_bits_end. */
typedef struct heif_bits {
    uint8_t bytes[64];
    size_t count;
} heif_bits;

void heif_bits_put(heif_bits *bits, uint32_t value, unsigned count);
/* As HEVC writes numbers of any size. */
void heif_bits_put_golomb(heif_bits *bits, uint32_t value);

/* An AV1 sequence of one still picture of that size and the head of that picture; nothing that can
 * be decoded. */
void heif_put_av1(imx_buffer *out, uint32_t width, uint32_t height);
/* The same with 10 bits, in 4:2:0 or 4:4:4. */
void heif_put_deep_av1(imx_buffer *out, uint32_t width, uint32_t height, bool dense);
/* End a network unit of HEVC and append it behind its size in `size_bytes` bytes. */
void heif_put_hevc_unit(imx_buffer *out, heif_bits *bits, unsigned size_bytes);

/* HEVC's sequence parameters. Blocks have 2 to the power of `block_side_bits` pixels a side, from 3
 * on; `buffers` is 1 at least. */
typedef struct heif_hevc_sequence {
    uint32_t width;
    uint32_t height;
    uint32_t block_side_bits;
    uint32_t buffers;
    uint32_t reference_sets;
    uint32_t more_luma_bits; /* Than 8. */
    uint32_t more_chroma_bits;
    uint32_t chroma; /* 0: 4:2:0, or else as HEVC numbers it. */
    bool separate_planes;
    bool pcm;
    bool scaling_lists;
} heif_hevc_sequence;

void heif_put_hevc_sequence(imx_buffer *out, const heif_hevc_sequence *sequence,
                            unsigned size_bytes);
/* The same of plain pictures: blocks of 64 pixels, one buffer, no tools. */
void heif_put_hevc_parameters(imx_buffer *out, uint32_t width, uint32_t height,
                              unsigned size_bytes);

#endif
