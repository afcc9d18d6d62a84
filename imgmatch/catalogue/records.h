/* What a catalogue stores for one photo, in memory form. The catalogue does not look into
 * embeddings or sketches. */
#ifndef IMX_CATALOGUE_RECORDS_H
#define IMX_CATALOGUE_RECORDS_H

#include "added_at.h"

#include <imgmatch/catalogue.h>

#include <stddef.h>
#include <stdint.h>

#define IMX_MAX_VIEWS 2 /* Whole picture; subject where it differs. */

/* One fingerprinted view of a reference. */
typedef struct imx_view_record {
    imgmatch_pdq pdq;
    const uint16_t *embedding; /* `dimension` halves, Euclidean length 1; NULL: hash-only. */
} imx_view_record;

/* One item as it goes into the catalogue; all pointers borrowed. Texts are not NULL. */
typedef struct imx_item_record {
    const char *id;
    const char *product;
    const char *brand;
    const char *source;
    const char *metadata;
    char sha256[65];
    char added_at[IMX_ADDED_AT_BYTES]; /* "": when it is stored. */
    uint64_t size_bytes;
    uint32_t width;
    uint32_t height;
    uint64_t remarks;
    uint32_t view_count; /* 1..IMX_MAX_VIEWS */
    imx_view_record views[IMX_MAX_VIEWS];
    const uint8_t *sketch; /* NULL for none. */
    size_t sketch_size;
    uint32_t feature_count;
} imx_item_record;

#endif
