/* All views of a catalogue, as they come out of the database, to build a main index of. */
#ifndef IMX_CATALOGUE_BULK_H
#define IMX_CATALOGUE_BULK_H

#include "index_row.h"
#include "records.h"

typedef struct imx_bulk {
    uint32_t dimension;
    size_t row_count; /* In order of seq, then view. */
    size_t item_count;
    size_t capacity;
    int64_t *seqs;
    uint64_t *ranks; /* Of the items: imx_item_rank. */
    uint8_t *views;
    uint8_t *hashes;
    uint16_t *halves; /* dimension a row. */
} imx_bulk;

/* Rows come in order, their embeddings as halves. */
imgmatch_status imx_bulk_append(imx_bulk *bulk, const imx_index_row *row, imgmatch_diag *diag);
void imx_bulk_free(imx_bulk *bulk); /* Its arrays. */

#endif
