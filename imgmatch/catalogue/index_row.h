/* One view of an item on its way into a main index or a tail. */
#ifndef IMX_CATALOGUE_INDEX_ROW_H
#define IMX_CATALOGUE_INDEX_ROW_H

#include <stdint.h>

/* All pointers borrowed. */
typedef struct imx_index_row {
    int64_t seq;
    uint64_t rank; /* Of the item: imx_item_rank. */
    int view;
    const uint8_t *hash;    /* IMGMATCH_PDQ_BYTES */
    const uint16_t *halves; /* The embedding, as halves or */
    const float *floats;    /* as floats when `halves` is NULL. Both NULL: none, kept as zeros. */
} imx_index_row;

#endif
