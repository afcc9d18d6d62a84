/* Items as rows of the database: records in, rows out, every checksum looked at. */
#ifndef IMX_CATALOGUE_ROWS_H
#define IMX_CATALOGUE_ROWS_H

#include "index_row.h"
#include "records.h"
#include "sql.h"

/* A row of `items`. Texts are borrowed from the statement, until its next step. */
typedef struct imx_item_row {
    int64_t seq;
    const char *id;
    const char *product;
    const char *brand;
    const char *source;
    const char *metadata;
    const char *sha256;
    uint64_t size_bytes;
    uint32_t width;
    uint32_t height;
    uint64_t remarks;
    uint32_t views;
    uint32_t features;
    bool sketched; /* There is a row in `sketches`. */
    const char *added_at;
} imx_item_row;

/* The columns that imx_item_row_take expects first. */
#define IMX_ITEM_COLUMNS                                                                           \
    "items.seq, id, product, brand, source, metadata, sha256, size_bytes, width, height, remarks," \
    " views, features, sketched, added_at, items.checksum"
#define IMX_ITEM_COLUMN_COUNT 16

/* Take the row at which a statement stands; one that does not fit its checksum, or whose SHA-256 or
 * metadata is none, is IMGMATCH_ERR_CATALOGUE. A time that is none is "". */
imgmatch_status imx_item_row_take(imx_item_row *out, imx_sql *sql, imx_statement *statement,
                                  imgmatch_diag *diag);

/* A row of `views`; the embedding goes to a buffer of the caller. */
typedef struct imx_view_row {
    int64_t seq;
    int view;
    imgmatch_pdq pdq;
    bool embedded; /* Else the embedding reads as zeros, which are similar to nothing. */
} imx_view_row;

#define IMX_VIEW_COLUMNS "views.seq, view, pdq, quality, unstable, embedding, views.checksum"

/* The id of a view's item; NULL, which reads as "", where a damaged database has none. */
#define IMX_VIEW_ID_COLUMN "(SELECT id FROM items WHERE items.seq = views.seq)"
#define IMX_VIEW_COLUMN_COUNT 7

/* What settles ties between items that are equally near: a hash of the id, so that a catalogue's
 * answers do not depend on the order in which its items came. */
uint64_t imx_item_rank(const char *id);

/* `first_column` is that of IMX_VIEW_COLUMNS; `halves` has room for `dimension`, or is NULL. */
imgmatch_status imx_view_row_take(imx_view_row *out, uint16_t *halves, uint32_t dimension,
                                  imx_sql *sql, imx_statement *statement, int first_column,
                                  imgmatch_diag *diag);

/* All views from a seq on, in order of seq, then view, as rows for an index; `each` is called until
 * it fails. Embeddings are halves; hash-only views have zeros. */
imgmatch_status imx_rows_each_view(imx_sql *sql, int64_t first_seq, uint32_t dimension,
                                   imgmatch_status (*each)(void *user, const imx_index_row *row,
                                                           imgmatch_diag *diag),
                                   void *user, imgmatch_diag *diag);

/* Is an embedding of finite numbers, and not longer than 1? Every stored one is.
 * imx_vector_index_score_error relies on it. `scratch` has room for `dimension`. */
bool imx_embedding_is_sound(const uint16_t *halves, float *scratch, uint32_t dimension);

/* Insert an item with its views and sketch. */
imgmatch_status imx_rows_insert(imx_sql *sql, const imx_item_record *item, int64_t seq,
                                uint32_t dimension, const char *added_at, imgmatch_diag *diag);

/* Delete an item's rows and leave a tombstone. */
imgmatch_status imx_rows_bury(imx_sql *sql, int64_t seq, imgmatch_diag *diag);

/* *seq 0 when there is no item of that id. Both look at whether the index of ids, which has no
 * checksum, could be why it was not found: IMGMATCH_ERR_CATALOGUE then. */
imgmatch_status imx_rows_find(int64_t *seq, imx_sql *sql, const char *id, imgmatch_diag *diag);
imgmatch_status imx_rows_check_absent(imx_sql *sql, const char *id, imgmatch_diag *diag);

/* A copy of an item's sketch; IMGMATCH_ERR_CATALOGUE when it is missing or damaged. */
imgmatch_status imx_rows_read_sketch(uint8_t **sketch, size_t *size, imx_sql *sql, int64_t seq,
                                     imgmatch_diag *diag);

/* The checksum of a row of `sketches`. */
int64_t imx_rows_digest_sketch(int64_t seq, const uint8_t *sketch, size_t size);

/* An item for the caller of the library, in one block that free() releases. */
imgmatch_item *imx_item_new(const imx_item_row *row, const imx_view_row *view);

#endif
