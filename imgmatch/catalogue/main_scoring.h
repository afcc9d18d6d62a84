/* What the searches of main indexes share. */
#ifndef IMX_CATALOGUE_MAIN_SCORING_H
#define IMX_CATALOGUE_MAIN_SCORING_H

#include "main_index.h"

typedef struct imx_scored_row {
    uint32_t row;
    float score;
} imx_scored_row;

/* Offer the items of these rows that are not gone, each by its best row. The rows are sorted on the
 * way; rows of an item may be of different entries. */
void imx_main_offer_rows(imx_nearest *nearest, const imx_segment *segment, imx_scored_row *rows,
                         size_t count, const imx_seq_set *gone);

/* imx_main_index_search of kind EXACT, for at least one query. Misses nothing. */
imgmatch_status imx_main_search_exact(imx_nearest *nearest, const imx_segment *segment,
                                      const float *queries, size_t query_count,
                                      const imx_seq_set *gone, imgmatch_diag *diag);

#endif
