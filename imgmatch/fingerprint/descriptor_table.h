/*
 * The descriptors of a query laid out to be compared with one of a reference, many at a time: two
 * numbers of each of IMX_TABLE_BLOCK features, then the next two of the same features, and so on.
 */
#ifndef IMX_FINGERPRINT_DESCRIPTOR_TABLE_H
#define IMX_FINGERPRINT_DESCRIPTOR_TABLE_H

#include "fingerprint/sketch.h"

#define IMX_TABLE_BLOCK 16u
#define IMX_TABLE_MAX ((IMX_FEATURES_MAX + IMX_TABLE_BLOCK - 1) / IMX_TABLE_BLOCK * IMX_TABLE_BLOCK)

/* A distance and whose it is in one number, so that the lowest is the nearest one, and of several
 * the first. */
#define IMX_KEY_INDEX_BITS 10
#define IMX_KEY_NONE INT32_MAX

struct imx_descriptor_table {
    uint32_t room;    /* Features, rounded up to whole blocks. */
    float *x;         /* room: their places, and */
    float *y;         /* those of the last block's missing ones at 0. */
    int16_t *numbers; /* room * IMX_DESCRIPTOR_BYTES */
};

/* NULL when out of memory. */
imx_descriptor_table *imx_descriptor_table_new(const imx_feature *features, uint32_t count);
void imx_descriptor_table_free(imx_descriptor_table *table); /* NULL is allowed. */

/* Squared distances of all to one descriptor: keys[table->room], IMX_KEY_NONE for missing ones.
 * Returns the lowest. */
int32_t imx_descriptor_table_measure(int32_t *keys, const imx_descriptor_table *table,
                                     uint32_t count, const int8_t descriptor[IMX_DESCRIPTOR_BYTES]);

/* What that chooses from, the preferred one first, for tests: NULL after the last. */
typedef void (*imx_descriptor_measure_fn)(int32_t *keys, const imx_descriptor_table *table,
                                          const int8_t descriptor[IMX_DESCRIPTOR_BYTES]);
imx_descriptor_measure_fn imx_descriptor_measure_variant(size_t which, const char **name);

#endif
