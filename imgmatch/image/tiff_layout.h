/* How the picture of a TIFF is laid out in strips or tiles, and whether that is in proportion. */
#ifndef IMX_IMAGE_TIFF_LAYOUT_H
#define IMX_IMAGE_TIFF_LAYOUT_H

#include "image/codec.h"

typedef struct imx_tiff_file {
    const uint8_t *data;
    size_t size;
    bool big_endian;
    bool big_tiff;
    bool failed; /* Something lay outside the file. */
} imx_tiff_file;

/* The numbers of one tag. */
typedef struct imx_tiff_array {
    uint64_t at;
    uint64_t count;
    unsigned bytes; /* Of one number; 0: of an unknown type. */
} imx_tiff_array;

/* All as the file says, so nothing is sure of it before it was checked. */
typedef struct imx_tiff_layout {
    uint64_t width;
    uint64_t height;
    uint64_t bits; /* Of a sample. */
    uint64_t samples;
    uint64_t compression;
    uint64_t colours; /* PhotometricInterpretation. */
    bool separate;    /* A plane for each sample. */
    bool tiled;
    uint64_t unit_width; /* Of a tile, or of a strip. */
    uint64_t unit_height;
    uint16_t offset_tag;
    uint16_t size_tag;
    imx_tiff_array offsets;
    imx_tiff_array sizes;
    imx_tiff_array jpeg_tables; /* What the JPEG in each tile goes on from. */
} imx_tiff_layout;

/* The number of `bytes` bytes at a place of the file; sets tiff->failed when it is outside. */
uint64_t imx_tiff_number(imx_tiff_file *tiff, uint64_t at, unsigned bytes);

/* too_large, too_small, unsupported, too_complex, truncated or corrupt; decoder_timeout when the
 * raster's deadline comes first. */
imgmatch_status imx_tiff_check_layout(imx_tiff_file *tiff, const imx_tiff_layout *layout,
                                      const imx_raster *raster, const imgmatch_limits *limits,
                                      imgmatch_diag *diag);

#endif
