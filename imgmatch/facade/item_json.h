/* Items as lines of an export; include/imgmatch/exchange.h describes them. */
#ifndef IMX_FACADE_ITEM_JSON_H
#define IMX_FACADE_ITEM_JSON_H

#include "base/json_reader.h"
#include "base/json_writer.h"
#include "catalogue/store.h"

#include <imgmatch/limits.h>

/* Of product, brand and source. An item with all of them six times as long, as JSON escapes bytes
 * that are no text, is still a line that import reads. */
#define IMX_MAX_TEXT_BYTES 16384u

/* The first line of an export. */
void imx_export_write_header(imx_json_writer *json, const imx_identity *identity, const char *name,
                             uint64_t items);
/* Is this a line with which an export begins? */
bool imx_export_is_header(const imx_json *line);
/* *items becomes the number of items that the header names, -1 when it names none.
 * IMGMATCH_ERR_SYNTAX, or IMGMATCH_ERR_MISMATCH with what to do. */
imgmatch_status imx_export_check_header(int64_t *items, const imx_json *header,
                                        const imx_identity *identity, imgmatch_diag *diag);

/* Append one item. The buffer fails when memory runs out. */
void imx_item_write_json(imx_json_writer *json, const imx_item_record *item, uint32_t dimension);

/* An item with all that it points to. */
typedef struct imx_owned_item {
    imx_item_record record;
    char *texts[5]; /* id, product, brand, source, metadata */
    uint16_t *halves;
    uint8_t *sketch;
} imx_owned_item;

/* Read one; every value is checked. Free in any case. */
imgmatch_status imx_item_read_json(imx_owned_item *out, const imx_json *line, uint32_t dimension,
                                   const imgmatch_limits *limits, imgmatch_diag *diag);
/* A copy of a record. Free in any case. */
imgmatch_status imx_item_copy(imx_owned_item *out, const imx_item_record *record,
                              uint32_t dimension, imgmatch_diag *diag);
/* A hash-only item. Free in any case. */
imgmatch_status imx_item_of_hash(imx_owned_item *out, const char *id, const imgmatch_pdq *hash,
                                 imgmatch_diag *diag);
void imx_owned_item_free(imx_owned_item *item);

#endif
