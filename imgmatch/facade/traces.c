#include "catalogue/traces.h"

#include "base/diag.h"
#include "base/half.h"
#include "base/memory.h"
#include "facade/handle.h"
#include "facade/item_json.h"
#include "facade/portrait.h"

#include <stdlib.h>
#include <string.h>

static imgmatch_status read_exported(imx_owned_item *out, const imgmatch_catalogue *catalogue,
                                     const char *line, imgmatch_diag *diag) {
    imx_json *root = NULL;
    imgmatch_status status =
        imx_json_parse(&root, line, strlen(line), catalogue->limits.max_json_depth, diag);
    if (status == IMGMATCH_OK) {
        status = imx_item_read_json(out, root, imx_store_identity(catalogue->store)->dimension,
                                    &catalogue->limits, diag);
    }
    imx_json_free(root);
    return status;
}

static imgmatch_status take_prints(imx_owned_item *out, const imx_portrait *portrait,
                                   imgmatch_diag *diag) {
    const imx_prints *prints = &portrait->prints;
    size_t floats = (size_t)prints->count * prints->dimension;
    out->halves = imx_new_array_raw(floats, sizeof *out->halves);
    out->sketch = imx_new_array_raw(IMX_SKETCH_MAX_BYTES, 1);
    if (out->halves == NULL || out->sketch == NULL) {
        return imx_fail_memory(diag);
    }
    imx_half_from_float(out->halves, prints->embeddings, floats);
    out->record.sketch_size = imx_sketch_write(out->sketch, portrait->sketch);
    out->record.sketch = out->sketch;
    out->record.view_count = prints->count;
    for (uint32_t i = 0; i < prints->count; i++) {
        out->record.views[i].pdq = prints->views[i].pdq[0];
        out->record.views[i].embedding = out->halves + (size_t)i * prints->dimension;
    }
    return IMGMATCH_OK;
}

static imgmatch_status fingerprint(imx_owned_item *out, const imgmatch_catalogue *catalogue,
                                   const imgmatch_photo *photo, imgmatch_diag *diag) {
    imx_intake intake;
    imx_portrait portrait = {0};
    imgmatch_status status = imx_need_model(catalogue, diag);
    if (status != IMGMATCH_OK) {
        return status;
    }
    status = imx_intake_read(&intake, photo, &catalogue->limits, diag);
    if (status == IMGMATCH_OK) {
        memcpy(out->record.sha256, intake.sha256, sizeof out->record.sha256);
        const imx_portrait_means means = imx_catalogue_means(catalogue);
        status = imx_portrait_reference(&portrait, &intake, &means, diag);
    }
    if (status == IMGMATCH_OK) {
        status = take_prints(out, &portrait, diag);
    }
    imx_portrait_free(&portrait);
    imx_intake_free(&intake);
    return status;
}

imgmatch_status imgmatch_catalogue_find_traces(imgmatch_trace_report *out,
                                               const imgmatch_catalogue *catalogue,
                                               const imgmatch_trace_query *query,
                                               void (*trace)(void *user, const char *line),
                                               void *user, imgmatch_diag *diag) {
    if (out == NULL || catalogue == NULL || query == NULL || query->id == NULL ||
        query->id[0] == '\0' || strlen(query->id) > 512) {
        return imx_fail(diag, IMGMATCH_ERR_ARGUMENT, "an id of 1 to 512 bytes is required");
    }
    if (query->exported != NULL && query->photo != NULL) {
        return imx_fail(diag, IMGMATCH_ERR_ARGUMENT, "an exported line or a photo, not both");
    }
    *out = (imgmatch_trace_report){.in_catalogue = false};
    imx_owned_item item = {.halves = NULL};
    imgmatch_status status = imx_need_catalogue(catalogue, diag);
    if (status != IMGMATCH_OK) {
        return status;
    }
    if (query->exported != NULL) {
        status = read_exported(&item, catalogue, query->exported, diag);
    } else if (query->photo != NULL) {
        status = fingerprint(&item, catalogue, query->photo, diag);
    }
    if (status == IMGMATCH_OK) {
        bool printed = query->exported != NULL || query->photo != NULL;
        status = imx_store_find_traces(out, catalogue->store, query->id,
                                       printed ? &item.record : NULL, trace, user, diag);
    }
    imx_owned_item_free(&item);
    return status;
}
