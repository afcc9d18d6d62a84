#include "facade/handle.h"
#include "facade/item_json.h"

#include "base/diag.h"
#include "catalogue/record_source.h"

#include <imgmatch/exchange.h>
#include <stdio.h>
#include <string.h>

#define MAX_LINE_BYTES (16u << 20) /* Embeddings of the largest dimension fit. */

typedef struct export_job {
    imgmatch_export_format format;
    bool (*write)(void *user, const char *bytes, size_t size);
    void *user;
    uint32_t dimension;
    imx_buffer buffer;
} export_job;

static imgmatch_status put(export_job *job, const char *line_end, imgmatch_diag *diag) {
    (void)imx_buffer_append_text(&job->buffer, line_end);
    if (job->buffer.failed) {
        return imx_fail_memory(diag);
    }
    bool go_on = job->write(job->user, (const char *)job->buffer.bytes, job->buffer.size);
    imx_buffer_clear(&job->buffer);
    return go_on ? IMGMATCH_OK : imx_fail(diag, IMGMATCH_ERR_CANCELLED, "the export was stopped");
}

/* Ids are data, not formulas: quoted where CSV needs it and otherwise as they are, so that a system
 * that reads them gets the same id. */
static void append_csv_text(imx_buffer *buffer, const char *text) {
    if (strpbrk(text, ",\"\r\n") == NULL) {
        (void)imx_buffer_append_text(buffer, text);
        return;
    }
    (void)imx_buffer_append_byte(buffer, '"');
    for (; *text != '\0'; text++) {
        (void)imx_buffer_append_text(buffer, *text == '"' ? "\"" : "");
        (void)imx_buffer_append_byte(buffer, (uint8_t)*text);
    }
    (void)imx_buffer_append_byte(buffer, '"');
}

static imgmatch_status put_hashes(export_job *job, const imx_item_record *item,
                                  imgmatch_diag *diag) {
    imgmatch_status status = IMGMATCH_OK;
    for (uint32_t i = 0; i < item->view_count && status == IMGMATCH_OK; i++) {
        char hex[IMGMATCH_PDQ_HEX_BYTES], quality[8];
        imgmatch_pdq_to_hex(hex, &item->views[i].pdq);
        (void)snprintf(quality, sizeof quality, ",%u", (unsigned)item->views[i].pdq.quality);
        (void)imx_buffer_append_text(&job->buffer, hex);
        (void)imx_buffer_append_byte(&job->buffer, ',');
        append_csv_text(&job->buffer, item->id);
        (void)imx_buffer_append_text(&job->buffer, quality);
        status = put(job, "\r\n", diag);
    }
    return status;
}

static imgmatch_status put_item(export_job *job, const imx_item_record *item, imgmatch_diag *diag) {
    if (job->format == IMGMATCH_EXPORT_PDQ) {
        return put_hashes(job, item, diag);
    }
    imx_json_writer json;
    imx_json_begin(&json, &job->buffer);
    imx_item_write_json(&json, item, job->dimension);
    return put(job, "\n", diag);
}

static imgmatch_status put_head(export_job *job, const imx_record_source *source,
                                imgmatch_diag *diag) {
    if (job->format == IMGMATCH_EXPORT_PDQ) {
        (void)imx_buffer_append_text(&job->buffer, "hash,id,quality");
        return put(job, "\r\n", diag);
    }
    imx_json_writer json;
    imx_json_begin(&json, &job->buffer);
    imx_export_write_header(&json, imx_record_source_identity(source),
                            imx_record_source_name(source), imx_record_source_count(source));
    return put(job, "\n", diag);
}

imgmatch_status imgmatch_catalogue_export(const imgmatch_catalogue *catalogue,
                                          imgmatch_export_format format,
                                          bool (*write)(void *user, const char *bytes, size_t size),
                                          void *user, imgmatch_diag *diag) {
    if (catalogue == NULL || write == NULL) {
        return imx_fail(diag, IMGMATCH_ERR_ARGUMENT, "a required argument is NULL");
    }
    if (format != IMGMATCH_EXPORT_JSONL && format != IMGMATCH_EXPORT_PDQ) {
        return imx_fail(diag, IMGMATCH_ERR_ARGUMENT, "there is no such format");
    }
    if (imx_need_catalogue(catalogue, diag) != IMGMATCH_OK) {
        return IMGMATCH_ERR_ARGUMENT;
    }
    export_job job = {.format = format, .write = write, .user = user};
    job.dimension = imx_store_identity(catalogue->store)->dimension;
    imx_buffer_init(&job.buffer, MAX_LINE_BYTES);
    imx_record_source *source = NULL;
    imgmatch_status status = imx_store_check_place(catalogue->store, diag);
    if (status == IMGMATCH_OK) {
        status = imx_record_source_open(&source, imx_store_folder(catalogue->store), NULL, diag);
    }
    if (status == IMGMATCH_OK) {
        status = put_head(&job, source, diag);
    }
    const imx_item_record *item = NULL;
    bool more = status == IMGMATCH_OK;
    while (more) {
        status = imx_record_source_next(&item, source, diag);
        more = status == IMGMATCH_OK && item != NULL;
        if (more) {
            status = put_item(&job, item, diag);
            more = status == IMGMATCH_OK;
        }
    }
    imx_record_source_close(source);
    imx_buffer_free(&job.buffer);
    return status;
}
