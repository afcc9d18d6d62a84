/*
 * Imports: one line of an export, or record of a list, at a time through a bounded window on the
 * file. What the first line is decides on the rest: JSON is an export, anything else a list of
 * hashes.
 *
 * Exports may stand behind one another in a file. Each begins with its header, which says what its
 * items were made with and how many they are: only by that number is a file that was cut told from
 * a whole one.
 */
#include "facade/item_batch.h"

#include "base/diag.h"
#include "base/memory.h"
#include "facade/photo_list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NO_COLUMN SIZE_MAX

typedef struct import_job {
    imx_list_source source;
    imgmatch_limits limits;
    const imx_identity *identity;
    imx_item_batch *batch;
    uint64_t line;
    bool is_json;
    bool started; /* The first line was read. */
    /* Of the export that is being read: */
    uint64_t header_line;
    int64_t named; /* The items that the header names; -1: it does not say. */
    int64_t seen;  /* Lines behind the header, also those that cannot be used. */
    bool left_out; /* The header was refused, and so is what follows. */
    imx_csv_record record;
    /* Columns of a hash list with a header. */
    bool headed;
    size_t hash_column;
    size_t id_column;
    size_t quality_column;
} import_job;

static bool is_blank(const uint8_t *text, size_t size) {
    size_t i = 0;
    while (i < size && (text[i] == ' ' || text[i] == '\t' || text[i] == '\r')) {
        i++;
    }
    return i == size;
}

static imgmatch_status fail_at(const import_job *job, imgmatch_status status, const char *reason,
                               imgmatch_diag *diag) {
    return imx_fail(diag, status, "%.200s, line %llu: %s", job->source.name,
                    (unsigned long long)job->line, reason);
}

/* Bring the next line that is not blank to the window's start, `*size` bytes without its end; lines
 * over the limit are refused and passed by. *found is false at the end of the file. */
static imgmatch_status next_line(bool *found, size_t *size, import_job *job, imgmatch_diag *diag) {
    imx_list_source *source = &job->source;
    *found = false;
    for (;;) {
        const uint8_t *at = imx_list_source_at(source);
        size_t available = imx_list_source_size(source);
        size_t line = imx_list_source_line_size(source, at);
        job->line = source->line;
        if (line > 0 || (source->at_end && available > 0)) {
            *size = line > 0 ? line - 1 : available;
            *found = !is_blank(at, *size);
            if (*found) {
                return IMGMATCH_OK;
            }
            imx_list_source_skip(source, line > 0 ? line : available);
            continue;
        }
        bool grown = false;
        imgmatch_status status = imx_list_source_grow(&grown, source, diag);
        if (status == IMGMATCH_OK && !grown && !source->at_end) {
            imx_item_batch_refuse(job->batch, job->line, "the line is longer than the limit");
            job->seen++;
            status = imx_list_source_skip_line(source, diag);
        } else if (status == IMGMATCH_OK && available == 0 && source->at_end) {
            return IMGMATCH_OK;
        }
        if (status != IMGMATCH_OK) {
            return status;
        }
    }
}

/* ---- lists of hashes ---- */

static bool is_hash(const char *text) {
    return strlen(text) == 64 && strspn(text, "0123456789abcdefABCDEF") == 64;
}

static const char not_known[] = "this is neither an export nor a list of PDQ hashes";

/* Bring the next record that is not blank into job->record. One that cannot be read is refused and
 * passed by, but for the first, which would be the header. *found is false at the end. */
static imgmatch_status next_record(bool *found, import_job *job, imgmatch_diag *diag) {
    for (;;) {
        imgmatch_diag own = IMGMATCH_DIAG_INIT;
        imgmatch_status status =
            imx_list_next_record(found, &job->line, &job->record, &job->source, &own);
        const char *text = *found ? imx_csv_field(&job->record, 0) : "";
        if (status == IMGMATCH_OK &&
            (!*found || job->record.count > 1 || !is_blank((const uint8_t *)text, strlen(text)))) {
            return IMGMATCH_OK;
        }
        if (status == IMGMATCH_ERR_SYNTAX && !job->started) {
            return fail_at(job, status, not_known, diag);
        }
        if (status == IMGMATCH_ERR_SYNTAX) {
            imx_item_batch_refuse(job->batch, job->line, own.message);
        } else if (status != IMGMATCH_OK) {
            return imx_fail(diag, status, "%s", own.message);
        }
    }
}

static void take_header(import_job *job) {
    job->headed = true;
    job->hash_column = job->id_column = job->quality_column = NO_COLUMN;
    for (size_t i = 0; i < job->record.count; i++) {
        const char *name = imx_csv_field(&job->record, i);
        if (strcmp(name, "hash") == 0 || strcmp(name, "pdq") == 0) {
            job->hash_column = i;
        } else if (strcmp(name, "id") == 0) {
            job->id_column = i;
        } else if (strcmp(name, "quality") == 0) {
            job->quality_column = i;
        }
    }
}

/* Without a header: hash, or hash,id, or hash,quality,id. */
static void guess_columns(import_job *job) {
    job->hash_column = 0;
    job->id_column = job->record.count > 2 ? 2 : job->record.count == 2 ? 1 : NO_COLUMN;
    job->quality_column = job->record.count > 2 ? 1 : NO_COLUMN;
}

static const char *field(const import_job *job, size_t column) {
    return column < job->record.count ? imx_csv_field(&job->record, column) : NULL;
}

/* Does the line of a hash list say whose view it is? */
static bool has_id(const import_job *job) {
    const char *id = job->is_json ? NULL : field(job, job->id_column);
    return id != NULL && id[0] != '\0';
}

static imgmatch_status read_hash(imx_owned_item *out, import_job *job, imgmatch_diag *diag) {
    imgmatch_pdq hash;
    const char *hex = field(job, job->hash_column);
    const char *quality = field(job, job->quality_column);
    *out = (imx_owned_item){.halves = NULL};
    if (hex == NULL || !is_hash(hex)) {
        return imx_fail(diag, IMGMATCH_ERR_SYNTAX, "the hash is not 64 hexadecimal digits");
    }
    imgmatch_status status = imgmatch_pdq_from_hex(&hash, hex, diag);
    if (status == IMGMATCH_OK && quality != NULL) {
        char *end = NULL;
        long value = strtol(quality, &end, 10);
        if (quality[0] < '0' || quality[0] > '9' || *end != '\0' || value > 100) {
            return imx_fail(diag, IMGMATCH_ERR_SYNTAX,
                            "the quality is not a whole number from 0 to 100");
        }
        hash.quality = (uint8_t)value;
    }
    hash.unstable = 0;
    return status == IMGMATCH_OK ? imx_item_of_hash(out, field(job, job->id_column), &hash, diag)
                                 : status;
}

/* A list's first line is a hash or names the columns; another file is neither, which is better said
 * once than of each line. */
static imgmatch_status take_first(bool *is_item, import_job *job, imgmatch_diag *diag) {
    *is_item = is_hash(imx_csv_field(&job->record, 0));
    if (*is_item) {
        return IMGMATCH_OK;
    }
    take_header(job);
    return job->hash_column != NO_COLUMN ? IMGMATCH_OK
                                         : imx_fail(diag, IMGMATCH_ERR_SYNTAX, "%s", not_known);
}

/* *is_item is false for a header, and for what makes the whole file useless. */
static imgmatch_status read_csv(imx_owned_item *out, bool *is_item, import_job *job,
                                imgmatch_diag *diag) {
    *is_item = true;
    imgmatch_status status = job->started ? IMGMATCH_OK : take_first(is_item, job, diag);
    if (status != IMGMATCH_OK || !*is_item) {
        return status;
    }
    if (!job->headed) {
        guess_columns(job);
    }
    return read_hash(out, job, diag);
}

/* ---- exports ---- */

/* The whole export was read: are its items as many as its header says? */
static void end_export(import_job *job) {
    if (job->named < 0 || job->named == job->seen) {
        return;
    }
    char why[128];
    (void)snprintf(why, sizeof why, "the export names %lld items, the file has %lld",
                   (long long)job->named, (long long)job->seen);
    imx_item_batch_refuse(job->batch, job->header_line, why);
}

/* The first header decides on the whole file. A later one that does not fit costs what follows it
 * up to the next: what came before is in the catalogue already. */
static imgmatch_status begin_export(import_job *job, const imx_json *header, bool first,
                                    imgmatch_diag *diag) {
    if (!first) {
        end_export(job);
    }
    imgmatch_diag own = IMGMATCH_DIAG_INIT;
    imgmatch_status status =
        imx_export_check_header(&job->named, header, job->identity, first ? diag : &own);
    job->header_line = job->line;
    job->seen = 0;
    job->left_out = status != IMGMATCH_OK;
    if (first) {
        return status;
    }
    if (job->left_out) {
        char why[sizeof own.message + 64];
        (void)snprintf(why, sizeof why, "%s; its items are left out", own.message);
        imx_item_batch_refuse(job->batch, job->line, why);
        job->named = -1;
    }
    return IMGMATCH_OK;
}

static imgmatch_status read_json(imx_owned_item *out, bool *is_item, import_job *job, size_t size,
                                 imgmatch_diag *diag) {
    imx_json *root = NULL;
    bool first = !job->started;
    *is_item = !first;
    imgmatch_status status = imx_json_parse(&root, (const char *)imx_list_source_at(&job->source),
                                            size, job->limits.max_json_depth, diag);
    bool is_header = first || (status == IMGMATCH_OK && imx_export_is_header(root));
    job->seen += !is_header;
    if (status == IMGMATCH_OK && is_header) {
        *is_item = false;
        status = begin_export(job, root, first, diag);
    } else if (job->left_out) {
        *is_item = false;
        job->batch->report->failed++;
        status = status == IMGMATCH_ERR_SYNTAX ? IMGMATCH_OK : status;
    } else if (status == IMGMATCH_OK) {
        status = imx_item_read_json(out, root, job->identity->dimension, &job->limits, diag);
    }
    imx_json_free(root);
    return status;
}

/* One line or record, which is behind the window whatever comes out. *found is false at the end of
 * the file. */
static imgmatch_status import_next(bool *found, import_job *job, imgmatch_diag *diag) {
    imx_owned_item item = {.halves = NULL};
    bool is_item = false;
    size_t size = 0;
    imgmatch_diag own = IMGMATCH_DIAG_INIT;
    imgmatch_status skipped =
        job->is_json ? next_line(found, &size, job, diag) : next_record(found, job, diag);
    if (skipped != IMGMATCH_OK || !*found) {
        return skipped;
    }
    imgmatch_status status = job->is_json ? read_json(&item, &is_item, job, size, &own)
                                          : read_csv(&item, &is_item, job, &own);
    job->started = true;
    if (job->is_json) {
        skipped = imx_list_source_skip_line(&job->source, diag);
    }
    if (status == IMGMATCH_ERR_SYNTAX && is_item) {
        imx_item_batch_refuse(job->batch, job->line, own.message);
        status = IMGMATCH_OK;
        is_item = false;
    } else if (status != IMGMATCH_OK) {
        status = fail_at(job, status, own.message, diag);
    }
    status = status == IMGMATCH_OK ? skipped : status;
    bool joined = status == IMGMATCH_OK && is_item && has_id(job) &&
                  imx_item_batch_join(job->batch, &item.record, job->line);
    if (status == IMGMATCH_OK && is_item && !joined) {
        status = imx_item_batch_add_take(job->batch, &item, job->line, diag);
    }
    imx_owned_item_free(&item);
    return status;
}

/* Look at the first line, which is left where it is. *found is false when there is none. */
static imgmatch_status tell_format(bool *found, import_job *job, imgmatch_diag *diag) {
    size_t size = 0;
    imgmatch_status status = imx_list_source_skip_mark(&job->source, diag);
    job->source.cr_ends = true; /* As in a list, or its first line would be all of it. */
    if (status == IMGMATCH_OK) {
        status = next_line(found, &size, job, diag);
    }
    if (status == IMGMATCH_OK && *found) {
        job->is_json = imx_list_source_at(&job->source)[0] == '{';
        job->source.cr_ends = !job->is_json;
        job->batch->lists_views = !job->is_json;
    }
    return status;
}

static imgmatch_status import_all(import_job *job, imgmatch_diag *diag) {
    bool found = false;
    imgmatch_status status = tell_format(&found, job, diag);
    if (status == IMGMATCH_OK && !found && job->seen == 0) {
        return imx_fail(diag, IMGMATCH_ERR_SYNTAX,
                        "%.200s is empty: neither an export nor a list of PDQ hashes",
                        job->source.name);
    }
    while (status == IMGMATCH_OK && found) {
        status = import_next(&found, job, diag);
    }
    if (status == IMGMATCH_OK) {
        status = imx_item_batch_store(job->batch, diag);
    }
    if (status == IMGMATCH_OK && job->is_json) {
        end_export(job);
    }
    return status;
}

imgmatch_status imgmatch_catalogue_import(imgmatch_exchange_report *out,
                                          imgmatch_catalogue *catalogue, const char *path,
                                          const imgmatch_exchange_options *options,
                                          imgmatch_diag *diag) {
    if (out == NULL || catalogue == NULL || path == NULL) {
        return imx_fail(diag, IMGMATCH_ERR_ARGUMENT, "a required argument is NULL");
    }
    *out = (imgmatch_exchange_report){.added = 0};
    if (imx_need_writable(catalogue, diag) != IMGMATCH_OK) {
        return IMGMATCH_ERR_ARGUMENT;
    }
    import_job *job = imx_new_array(1, sizeof *job);
    if (job == NULL) {
        return imx_fail_memory(diag);
    }
    const char *slash = strrchr(path, '/');
    const char *name = strcmp(path, "-") == 0 ? "standard input" : slash != NULL ? slash + 1 : path;
    job->limits = catalogue->limits;
    job->identity = imx_store_identity(catalogue->store);
    imx_buffer_init(&job->record.text, SIZE_MAX / 4); /* A line is bounded, and so is this. */
    imgmatch_status status =
        imx_list_source_open(&job->source, path, name, job->limits.max_line_bytes, diag);
    if (status == IMGMATCH_OK) {
        status = imx_item_batch_new(&job->batch, catalogue, out, name, options, diag);
        if (status == IMGMATCH_OK) {
            status = import_all(job, diag);
        }
        imx_list_source_close(&job->source);
    }
    imx_item_batch_free(job->batch);
    imx_buffer_free(&job->record.text);
    free(job);
    return status;
}
