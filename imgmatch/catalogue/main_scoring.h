/* What the searches of main indexes share. */
#ifndef IMX_CATALOGUE_MAIN_SCORING_H
#define IMX_CATALOGUE_MAIN_SCORING_H

#include "main_index.h"
#include "mapped_span.h"

typedef struct imx_scored_row {
    uint32_t row;
    float score;
} imx_scored_row;

/* With room for as many as imx_main_rows_of said of all entries that come in. */
typedef struct imx_scored_rows {
    imx_scored_row *rows;
    size_t count;
    size_t room;
} imx_scored_rows;

/* Which of the entry rows are an entry's; inside of them, or IMGMATCH_ERR_CATALOGUE: the file was
 * changed since it was opened. */
imgmatch_status imx_main_rows_of(imx_span *out, const imx_segment *segment, uint32_t entry,
                                 imgmatch_diag *diag);

/* Append the rows of an entry: they are rows of the segment, or IMGMATCH_ERR_CATALOGUE as above. */
imgmatch_status imx_main_take_rows(imx_scored_rows *out, const imx_segment *segment, uint32_t entry,
                                   float score, imgmatch_diag *diag);

/* Offer the items of these rows that are not gone, each by its best row. The rows are sorted on the
 * way; rows of an item may be of different entries. */
void imx_main_offer_rows(imx_nearest *nearest, const imx_segment *segment,
                         const imx_scored_rows *scored, const imx_seq_set *gone);

/* imx_main_index_search of kind EXACT, for at least one query. Misses nothing. */
imgmatch_status imx_main_search_exact(imx_nearest *nearest, const imx_segment *segment,
                                      const float *queries, size_t query_count,
                                      const imx_seq_set *gone, imgmatch_diag *diag);

#endif
