#include "facade/item_batch.h"

#include "base/diag.h"

#include <string.h>

static imgmatch_status merge(imx_item_batch *batch, imx_record_source *source,
                             imgmatch_diag *diag) {
    uint32_t dimension = imx_record_source_identity(source)->dimension;
    const imx_item_record *record = NULL;
    imgmatch_status status = imx_record_source_next(&record, source, diag);
    while (status == IMGMATCH_OK && record != NULL) {
        imx_owned_item item;
        status = imx_item_copy(&item, record, dimension, diag);
        if (status == IMGMATCH_OK) {
            status = imx_item_batch_add_take(batch, &item, 0, diag);
        }
        imx_owned_item_free(&item);
        if (status == IMGMATCH_OK) {
            status = imx_record_source_next(&record, source, diag);
        }
    }
    return status == IMGMATCH_OK ? imx_item_batch_store(batch, diag) : status;
}

imgmatch_status imgmatch_catalogue_merge(imgmatch_exchange_report *out,
                                         imgmatch_catalogue *catalogue, const char *source,
                                         const imgmatch_exchange_options *options,
                                         imgmatch_diag *diag) {
    if (out == NULL || catalogue == NULL || source == NULL || source[0] == '\0') {
        return imx_fail(diag, IMGMATCH_ERR_ARGUMENT, "a required argument is missing");
    }
    *out = (imgmatch_exchange_report){.added = 0};
    if (imx_need_writable(catalogue, diag) != IMGMATCH_OK) {
        return IMGMATCH_ERR_ARGUMENT;
    }
    imx_record_source *items = NULL;
    imx_item_batch *batch = NULL;
    imgmatch_status status =
        imx_record_source_open(&items, source, imx_store_identity(catalogue->store), diag);
    if (status == IMGMATCH_OK) {
        status = imx_item_batch_new(&batch, catalogue, out, source, options, diag);
    }
    if (status == IMGMATCH_OK) {
        status = merge(batch, items, diag);
    }
    imx_item_batch_free(batch);
    imx_record_source_close(items);
    return status;
}
