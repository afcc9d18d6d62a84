#include "facade/item_batch.h"

#include "base/diag.h"
#include "base/half.h"
#include "base/memory.h"
#include "catalogue/inner_product.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How far from 1 the squared length of an embedding may be: what rounding to halves does. */
#define LENGTH_TOLERANCE 0.02F

imgmatch_status imx_item_batch_new(imx_item_batch **out, imgmatch_catalogue *catalogue,
                                   imgmatch_exchange_report *report, const char *origin,
                                   const imgmatch_exchange_options *options, imgmatch_diag *diag) {
    static const imgmatch_exchange_options defaults = IMGMATCH_EXCHANGE_OPTIONS_INIT;
    *out = imx_new_array(1, sizeof **out);
    if (*out == NULL) {
        return imx_fail_memory(diag);
    }
    (*out)->catalogue = catalogue;
    (*out)->report = report;
    (*out)->origin = origin;
    (*out)->options = options != NULL ? options : &defaults;
    imgmatch_status status =
        imx_record_source_open(&(*out)->stored, imx_store_folder(catalogue->store), NULL, diag);
    if (status == IMGMATCH_OK) {
        (*out)->first_seq = imx_record_source_next_seq((*out)->stored);
        imx_record_source_let_go((*out)->stored);
    }
    return status;
}

static void clear(imx_item_batch *batch) {
    while (batch->count > 0) {
        imx_owned_item_free(&batch->items[--batch->count]);
    }
}

void imx_item_batch_free(imx_item_batch *batch) {
    if (batch != NULL) {
        clear(batch);
        imx_record_source_close(batch->stored);
        free(batch);
    }
}

void imx_item_batch_refuse(imx_item_batch *batch, uint64_t line, const char *why) {
    char text[IMGMATCH_DIAG_MESSAGE_BYTES + 256];
    batch->report->failed++;
    if (line > 0) {
        (void)snprintf(text, sizeof text, "%.200s, line %llu: %s", batch->origin,
                       (unsigned long long)line, why);
    } else {
        (void)snprintf(text, sizeof text, "%.200s: %s", batch->origin, why);
    }
    if (batch->options->problem != NULL) {
        batch->options->problem(batch->options->user, text);
    }
}

static bool is_hash_only(const imx_item_record *record) {
    return record->views[0].embedding == NULL;
}

/* Does an item take the place of one that is there already, and differs? Counted if not. */
static bool wins(imx_item_batch *batch, const imx_item_record *there, const imx_item_record *record,
                 uint64_t line) {
    char why[IMGMATCH_DIAG_MESSAGE_BYTES];
    if (batch->lists_views && imx_record_source_seq(batch->stored) >= batch->first_seq) {
        (void)snprintf(why, sizeof why,
                       "the id '%.300s' is further up in the list already; the views of an item "
                       "have to follow one another",
                       record->id);
        imx_item_batch_refuse(batch, line, why);
        return false;
    }
    /* A hash in place of a photo's fingerprints would be a loss that nobody asks for. */
    bool poorer = is_hash_only(record) && !is_hash_only(there);
    if (batch->options->on_conflict == IMGMATCH_CONFLICT_KEEP) {
        batch->report->kept++;
        return false;
    }
    if (batch->options->on_conflict == IMGMATCH_CONFLICT_REPLACE && !poorer) {
        return true;
    }
    (void)snprintf(why, sizeof why, "the id '%.300s' is there already, %s", record->id,
                   poorer ? "with all fingerprints of a photo, which a bare hash does not replace"
                          : "and differs");
    imx_item_batch_refuse(batch, line, why);
    return false;
}

/* *wanted: the item is to be stored. */
static imgmatch_status settle(bool *wanted, imx_item_batch *batch, const imx_item_record *record,
                              uint64_t line, imgmatch_diag *diag) {
    const imx_item_record *there = NULL;
    imgmatch_status status = imx_record_source_find(&there, batch->stored, record->id, diag);
    *wanted = false;
    if (status != IMGMATCH_OK) {
        return status;
    }
    if (there == NULL) {
        *wanted = true;
    } else if (imx_record_equals(there, record,
                                 imx_store_identity(batch->catalogue->store)->dimension)) {
        batch->report->unchanged++;
    } else {
        *wanted = wins(batch, there, record, line);
    }
    return IMGMATCH_OK;
}

imgmatch_status imx_item_batch_store(imx_item_batch *batch, imgmatch_diag *diag) {
    size_t wanted_count = 0;
    size_t looked_at = batch->count;
    imgmatch_status status = imx_record_source_renew(batch->stored, diag);
    for (size_t i = 0; i < batch->count && status == IMGMATCH_OK; i++) {
        bool wanted = false;
        status = settle(&wanted, batch, &batch->items[i].record, batch->lines[i], diag);
        if (wanted) {
            batch->records[wanted_count++] = batch->items[i].record;
        }
    }
    imx_record_source_let_go(batch->stored);
    if (status == IMGMATCH_OK && wanted_count > 0) {
        status = imx_store_add(batch->replaced, batch->catalogue->store, batch->records,
                               wanted_count, diag);
    }
    for (size_t i = 0; i < wanted_count && status == IMGMATCH_OK; i++) {
        uint64_t *counter = batch->replaced[i] ? &batch->report->replaced : &batch->report->added;
        ++*counter;
    }
    clear(batch);
    if (status == IMGMATCH_OK && batch->options->progress != NULL &&
        !batch->options->progress(batch->options->user, looked_at)) {
        status = imx_fail(diag, IMGMATCH_ERR_CANCELLED, "stopped; what was done so far stays");
    }
    return status;
}

/* Embeddings have length 1; what has not would be scored wrongly. */
static imgmatch_status check_lengths(const imx_item_batch *batch, const imx_item_record *record,
                                     imgmatch_diag *diag) {
    uint32_t dimension = imx_store_identity(batch->catalogue->store)->dimension;
    float *floats = imx_new_array_raw(dimension, sizeof *floats);
    if (floats == NULL) {
        return imx_fail_memory(diag);
    }
    imgmatch_status status = IMGMATCH_OK;
    for (uint32_t i = 0; i < record->view_count && status == IMGMATCH_OK; i++) {
        if (record->views[i].embedding != NULL) {
            imx_half_to_float(floats, record->views[i].embedding, dimension);
            float squared = imx_inner_product(floats, floats, dimension);
            /* Also NaN. A picture of which the model says nothing has an embedding of zeros. */
            if (!(fabsf(squared - 1) <= LENGTH_TOLERANCE) && squared != 0) {
                status = imx_fail(diag, IMGMATCH_ERR_SYNTAX, "\"embedding\" is not of length 1");
            }
        }
    }
    free(floats);
    return status;
}

bool imx_item_batch_join(imx_item_batch *batch, const imx_item_record *hash, uint64_t line) {
    /* What was added last is not stored before something else comes. */
    imx_item_record *last = batch->count == 0 ? NULL : &batch->items[batch->count - 1].record;
    if (last == NULL || strcmp(last->id, hash->id) != 0) {
        return false;
    }
    if (last->view_count < IMX_MAX_VIEWS) {
        last->views[last->view_count++] = hash->views[0];
    } else {
        char why[IMGMATCH_DIAG_MESSAGE_BYTES];
        (void)snprintf(why, sizeof why, "the id '%.300s' has more than %d views", hash->id,
                       IMX_MAX_VIEWS);
        imx_item_batch_refuse(batch, line, why);
    }
    return true;
}

imgmatch_status imx_item_batch_add_take(imx_item_batch *batch, imx_owned_item *item, uint64_t line,
                                        imgmatch_diag *diag) {
    imgmatch_diag own = IMGMATCH_DIAG_INIT;
    imgmatch_status status = check_lengths(batch, &item->record, &own);
    if (status == IMGMATCH_ERR_SYNTAX) {
        imx_item_batch_refuse(batch, line, own.message);
        imx_owned_item_free(item);
        return IMGMATCH_OK;
    }
    if (status != IMGMATCH_OK) {
        imx_owned_item_free(item);
        return imx_fail(diag, status, "%s", own.message);
    }
    /* An id that comes again meets its first item in the catalogue, by the same rule as any. */
    bool again = false;
    for (size_t i = 0; i < batch->count && !again; i++) {
        again = strcmp(batch->items[i].record.id, item->record.id) == 0;
    }
    if (again || batch->count == IMX_BATCH_ITEMS) {
        status = imx_item_batch_store(batch, diag);
    }
    batch->lines[batch->count] = line;
    batch->items[batch->count++] = *item;
    *item = (imx_owned_item){.halves = NULL};
    return status;
}
