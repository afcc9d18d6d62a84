/* Items on their way into a catalogue, some hundred at a time: the rule on ids that are there
 * already, and the counts. */
#ifndef IMX_FACADE_ITEM_BATCH_H
#define IMX_FACADE_ITEM_BATCH_H

#include "catalogue/record_source.h"
#include "facade/handle.h"
#include "facade/item_json.h"

#include <imgmatch/exchange.h>

#define IMX_BATCH_ITEMS 256u

typedef struct imx_item_batch {
    imgmatch_catalogue *catalogue;
    const imgmatch_exchange_options *options;
    imgmatch_exchange_report *report;
    const char *origin;        /* What messages call the file or catalogue that items come from. */
    imx_record_source *stored; /* The catalogue's own items. */
    int64_t first_seq;         /* Items from this number on came through this batch. */
    bool lists_views;          /* Lines are views: those of one item follow one another. */
    size_t count;
    imx_owned_item items[IMX_BATCH_ITEMS];
    uint64_t lines[IMX_BATCH_ITEMS]; /* Where each comes from; 0: not from a line. */
    imx_item_record records[IMX_BATCH_ITEMS];
    bool replaced[IMX_BATCH_ITEMS];
} imx_item_batch;

imgmatch_status imx_item_batch_new(imx_item_batch **out, imgmatch_catalogue *catalogue,
                                   imgmatch_exchange_report *report, const char *origin,
                                   const imgmatch_exchange_options *options, imgmatch_diag *diag);
void imx_item_batch_free(imx_item_batch *batch); /* NULL is allowed. What it holds is dropped. */

/* The item is taken, also on failure. A full batch is stored. */
imgmatch_status imx_item_batch_add_take(imx_item_batch *batch, imx_owned_item *item, uint64_t line,
                                        imgmatch_diag *diag);

/* If a bare hash has the id of the item that was added last, it is another view of that one, or
 * refused where that has as many as there can be; true then. */
bool imx_item_batch_join(imx_item_batch *batch, const imx_item_record *hash, uint64_t line);

/* Store what is there, in one transaction. */
imgmatch_status imx_item_batch_store(imx_item_batch *batch, imgmatch_diag *diag);

/* Count and report something that does not go in. */
void imx_item_batch_refuse(imx_item_batch *batch, uint64_t line, const char *why);

#endif
