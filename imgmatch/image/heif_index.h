/*
 * The index of a HEIF file: its items, where their data lies, what they are made of, and how they
 * are configured. Read from the "meta" box without a look at the data itself.
 */
#ifndef IMX_IMAGE_HEIF_INDEX_H
#define IMX_IMAGE_HEIF_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* More than photos of 100 megapixels have, which are grids of 400 tiles. */
#define IMX_HEIF_MOST_ITEMS 1024u
#define IMX_HEIF_MOST_LINKS 4096u
#define IMX_HEIF_MOST_PROPERTIES 1024u
#define IMX_HEIF_MOST_TRAITS 16384u
/* libheif looks through all of these, or copies them, for each item: those that name no item, have
 * another kind or are empty count as well. */
#define IMX_HEIF_MOST_PIECES 4096u /* Of the data of all items. */
#define IMX_HEIF_MOST_REFERENCES                                                                   \
    8192u                           /* "iref": items that links are from, and those they are to. */
#define IMX_HEIF_MOST_ENTRIES 4096u /* "ipma": items that have properties. */

#define IMX_HEIF_TYPE(a, b, c, d)                                                                  \
    ((uint32_t)(a) << 24 | (uint32_t)(b) << 16 | (uint32_t)(c) << 8 | (uint32_t)(d))

/* Bytes of the file. */
typedef struct imx_heif_span {
    const uint8_t *data;
    size_t size;
} imx_heif_span;

typedef struct imx_heif_item {
    uint32_t id;
    uint32_t type;       /* IMX_HEIF_TYPE. */
    size_t type_at;      /* Its place in the file; 0 when the entry is too old to have a type. */
    imx_heif_span place; /* Its entry in "iloc", for imx_heif_item_data; empty without one. */
} imx_heif_item;

/* `from` is made of `to` (dimg), or stands beside it, as its transparency does (auxl). */
typedef struct imx_heif_link {
    uint32_t kind;
    uint32_t from;
    uint32_t to;
} imx_heif_link;

/* That an item has a property; `property` is a number from 0. */
typedef struct imx_heif_trait {
    uint32_t item;
    uint32_t property;
} imx_heif_trait;

typedef struct imx_heif_property {
    uint32_t type;
    imx_heif_span body;
} imx_heif_property;

typedef struct imx_heif_index {
    imx_heif_span file;
    imx_heif_span idat; /* Data inside of the index. */
    uint32_t primary;   /* The id of the main picture. */
    imx_heif_item items[IMX_HEIF_MOST_ITEMS];
    size_t item_count;
    imx_heif_link links[IMX_HEIF_MOST_LINKS];
    size_t link_count;
    imx_heif_trait traits[IMX_HEIF_MOST_TRAITS];
    size_t trait_count;
    imx_heif_property properties[IMX_HEIF_MOST_PROPERTIES];
    size_t property_count;
    uint64_t piece_count;
    size_t reference_count;
    size_t entry_count;
    /* How places are written, from the head of "iloc". */
    unsigned offset_bytes;
    unsigned length_bytes;
    unsigned base_bytes;
    unsigned number_bytes;
    unsigned iloc_version;
} imx_heif_index;

typedef enum imx_heif_result {
    IMX_HEIF_OK,
    IMX_HEIF_TRUNCATED, /* Ends inside a top-level box, before "meta", or before an item's data. */
    IMX_HEIF_CORRUPT,
    IMX_HEIF_TOO_MANY,    /* Items, links, properties or pieces: more than there is room for. */
    IMX_HEIF_UNSUPPORTED, /* A film without a still picture; data inside of another item. */
    IMX_HEIF_NO_MEMORY
} imx_heif_result;

/* Fills `index`, which is large: allocate it. It points into `data`. */
imx_heif_result imx_heif_index_read(imx_heif_index *index, const uint8_t *data, size_t size);

/* The item of that id, or NULL. */
const imx_heif_item *imx_heif_index_find(const imx_heif_index *index, uint32_t id);

/* The data of an item, in one piece; empty when it has no place. *owned is NULL, or what the caller
 * has to free: data that lies in several pieces is put together. */
imx_heif_result imx_heif_item_data(imx_heif_span *out, uint8_t **owned, const imx_heif_index *index,
                                   const imx_heif_item *item);

#endif
