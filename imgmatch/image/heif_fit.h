/*
 * Whether the parts of a HEIF picture are of codecs that are looked at, and fit one another: tiles
 * their grid, and the transparency of a part the part. libheif 1.15 copies what it is given: where
 * tiles do not reach, a grid shows what was in memory before.
 */
#ifndef IMX_IMAGE_HEIF_FIT_H
#define IMX_IMAGE_HEIF_FIT_H

#include "image/coded_size.h"
#include "image/heif_index.h"
#include "image/heif_room.h"

#include <imgmatch/status.h>

#define IMX_HEIF_HEVC IMX_HEIF_TYPE('h', 'v', 'c', '1')
#define IMX_HEIF_AV1 IMX_HEIF_TYPE('a', 'v', '0', '1')
#define IMX_HEIF_GRID IMX_HEIF_TYPE('g', 'r', 'i', 'd')
#define IMX_HEIF_OVERLAY IMX_HEIF_TYPE('i', 'o', 'v', 'l')
#define IMX_HEIF_IDENTITY IMX_HEIF_TYPE('i', 'd', 'e', 'n')
#define IMX_HEIF_MADE_OF IMX_HEIF_TYPE('d', 'i', 'm', 'g')
#define IMX_HEIF_BESIDE IMX_HEIF_TYPE('a', 'u', 'x', 'l')

/* Tiles, row by row, and the picture that they make, in pixels. */
typedef struct imx_heif_grid {
    uint32_t rows; /* 0: the item is no grid. */
    uint32_t columns;
    uint64_t width;
    uint64_t height;
} imx_heif_grid;

/* What an item takes without its parts, and what it says of itself. */
typedef struct imx_heif_cost {
    bool part; /* Of another item. */
    bool known;
    bool shape_sure;
    bool lacks_data;
    bool told_twice;     /* In different ways. */
    uint16_t changes;    /* Cuts, turns and mirrors. */
    uint32_t told_width; /* By its property, 0 when there is none. libheif places tiles by it. */
    uint32_t told_height;
    imx_coded_shape shape;
    imx_heif_grid grid;
    uint64_t pixels;
    uint64_t work; /* As coded_size.h has it. */
    imx_heif_room room;
} imx_heif_cost;

bool imx_heif_is_coded(uint32_t type);
bool imx_heif_is_derived(uint32_t type);
bool imx_heif_is_picture(uint32_t type);

/* `costs` of each item of the index, which were all measured. */
imgmatch_status imx_heif_check_fit(const imx_heif_index *index, imx_heif_cost *costs,
                                   imgmatch_diag *diag);

#endif
