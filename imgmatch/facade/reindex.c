/*
 * Reindexing: a catalogue of the new model is built in a folder beside, out of the photos that the
 * items' sources name, and takes the old one's place when it is whole.
 *
 * The old catalogue is locked against changes meanwhile, and answers until the end. The folder
 * beside is an ordinary catalogue, filled in transactions: after a kill the same call goes on,
 * since photos that are in it are left alone. The two folders change places in one step of the
 * kernel, so there is a whole catalogue under the name at any moment.
 */
#include "catalogue/record_source.h"
#include "facade/handle.h"
#include "facade/item_json.h"

#include "base/diag.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/memory.h"

#include <imgmatch/exchange.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BATCH_ITEMS 64u
#define SUFFIX ".reindex"

typedef struct reindex_job {
    const imgmatch_reindex_options *options;
    imgmatch_reindex_report *report;
    char *path;   /* Of the catalogue, without symbolic links. */
    char *beside; /* Where the new one is built. */
    imx_store *old;
    imx_record_source *items; /* Of the old one. */
    imgmatch_catalogue *fresh;
    size_t count;
    imx_owned_item batch[BATCH_ITEMS];
    imgmatch_photo photos[BATCH_ITEMS];
    imgmatch_outcome outcomes[BATCH_ITEMS];
} reindex_job;

static void report_failure(reindex_job *job, const imx_item_record *item, const char *why) {
    char line[1024];
    (void)snprintf(line, sizeof line, "%.300s (%.300s): %.300s", item->id, item->source, why);
    job->report->failed++;
    if (job->options->problem != NULL) {
        job->options->problem(job->options->user, line);
    }
}

/* A photo that is there but not the one that was indexed does not go in. */
static imgmatch_status check_bytes(reindex_job *job, const imx_item_record *item,
                                   imgmatch_diag *diag) {
    imgmatch_item *made = NULL;
    imgmatch_status status = imx_store_get(&made, job->fresh->store, item->id, diag);
    if (status != IMGMATCH_OK) {
        return status;
    }
    bool same = strcmp(made->sha256, item->sha256) == 0;
    imgmatch_item_free(made);
    if (same) {
        job->report->done++;
        return IMGMATCH_OK;
    }
    report_failure(job, item, "changed: the file is not the photo that was indexed");
    return imx_store_remove(NULL, job->fresh->store, &item->id, 1, diag);
}

static imgmatch_status work_on_batch(reindex_job *job, imgmatch_diag *diag) {
    imgmatch_add_options add = IMGMATCH_ADD_OPTIONS_INIT;
    add.threads = job->options->threads;
    for (size_t i = 0; i < job->count; i++) {
        const imx_item_record *item = &job->batch[i].record;
        job->photos[i] = (imgmatch_photo){.id = item->id,
                                          .product = item->product,
                                          .brand = item->brand,
                                          .source = item->source,
                                          .metadata = item->metadata,
                                          .path = item->source};
    }
    imgmatch_status status =
        imgmatch_catalogue_add(job->outcomes, job->fresh, job->photos, job->count, &add, diag);
    for (size_t i = 0; i < job->count && status == IMGMATCH_OK; i++) {
        if (job->outcomes[i].kind == IMGMATCH_OUTCOME_FAILED) {
            char why[256];
            (void)snprintf(why, sizeof why, "%s: %s", imgmatch_reason_code(job->outcomes[i].reason),
                           job->outcomes[i].message);
            report_failure(job, &job->batch[i].record, why);
            /* What an earlier run made of it. */
            status = imx_store_remove(NULL, job->fresh->store, &job->photos[i].id, 1, diag);
        } else {
            status = check_bytes(job, &job->batch[i].record, diag);
        }
    }
    size_t looked_at = job->count;
    while (job->count > 0) {
        imx_owned_item_free(&job->batch[--job->count]);
    }
    if (status == IMGMATCH_OK && job->options->progress != NULL &&
        !job->options->progress(job->options->user, looked_at,
                                imx_record_source_count(job->items))) {
        status = imx_fail(diag, IMGMATCH_ERR_CANCELLED, "stopped; the same call goes on from here");
    }
    return status;
}

/* A hash needs no model. */
static imgmatch_status take_hash(reindex_job *job, const imx_item_record *item,
                                 imgmatch_diag *diag) {
    bool replaced = false;
    imgmatch_item *there = NULL;
    imgmatch_status status = imx_store_get(&there, job->fresh->store, item->id, NULL);
    imgmatch_item_free(there);
    if (status == IMGMATCH_ERR_NOT_FOUND) {
        status = imx_store_add(&replaced, job->fresh->store, item, 1, diag);
    }
    job->report->done += status == IMGMATCH_OK;
    return status;
}

static imgmatch_status fill(reindex_job *job, imgmatch_diag *diag) {
    uint32_t dimension = imx_record_source_identity(job->items)->dimension;
    const imx_item_record *item = NULL;
    imgmatch_status status = imx_record_source_next(&item, job->items, diag);
    while (status == IMGMATCH_OK && item != NULL) {
        if (item->views[0].embedding == NULL) {
            status = take_hash(job, item, diag);
        } else {
            status = imx_item_copy(&job->batch[job->count++], item, dimension, diag);
        }
        if (status == IMGMATCH_OK && job->count == BATCH_ITEMS) {
            status = work_on_batch(job, diag);
        }
        if (status == IMGMATCH_OK) {
            status = imx_record_source_next(&item, job->items, diag);
        }
    }
    return status == IMGMATCH_OK && job->count > 0 ? work_on_batch(job, diag) : status;
}

/* Items that were removed from the old catalogue between two runs. */
static imgmatch_status drop_removed(reindex_job *job, imgmatch_diag *diag) {
    imx_record_source *made = NULL;
    const imx_item_record *item = NULL, *there = NULL;
    imgmatch_status status = imx_record_source_open(&made, job->beside, NULL, diag);
    if (status == IMGMATCH_OK) {
        status = imx_record_source_next(&item, made, diag);
    }
    while (status == IMGMATCH_OK && item != NULL) {
        status = imx_record_source_find(&there, job->items, item->id, diag);
        if (status == IMGMATCH_OK && there == NULL) {
            status = imx_store_remove(NULL, job->fresh->store, &item->id, 1, diag);
        }
        if (status == IMGMATCH_OK) {
            status = imx_record_source_next(&item, made, diag);
        }
    }
    imx_record_source_close(made);
    return status;
}

/* Delete the files of the old catalogue, which has the other name by now. Best effort. */
static void delete_folder(const char *path) {
    DIR *entries = opendir(path);
    if (entries == NULL) {
        return;
    }
    for (struct dirent *entry; (entry = readdir(entries)) != NULL;) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
            (void)unlinkat(dirfd(entries), entry->d_name, 0);
        }
    }
    (void)closedir(entries);
    (void)rmdir(path);
}

static imgmatch_status publish(reindex_job *job, imgmatch_diag *diag) {
    imgmatch_index_kind kind = IMGMATCH_INDEX_AUTO;
    imgmatch_status status = imx_store_kept_index(&kind, job->old, diag);
    if (status == IMGMATCH_OK) {
        status = imx_store_compact_as(job->fresh->store, kind, diag);
    }
    imgmatch_catalogue_close(job->fresh);
    job->fresh = NULL;
    if (status != IMGMATCH_OK) {
        return status;
    }
    if (renameat2(AT_FDCWD, job->beside, AT_FDCWD, job->path, RENAME_EXCHANGE) != 0) {
        return imx_fail_errno(diag, errno, "exchange with its successor", job->path);
    }
    job->report->published = true;
    char *parent = imx_file_join(job->path, "..");
    status = parent == NULL ? imx_fail_memory(diag) : imx_file_sync(parent, diag);
    free(parent);
    if (status == IMGMATCH_OK) {
        delete_folder(job->beside);
    }
    return status;
}

static imgmatch_status open_fresh(reindex_job *job, const imgmatch_model *model,
                                  imgmatch_diag *diag) {
    imgmatch_diag own = IMGMATCH_DIAG_INIT;
    imgmatch_open_options options = IMGMATCH_OPEN_OPTIONS_INIT;
    options.model = model;
    options.writable = true;
    options.limits = job->options->limits;
    options.decoders = job->options->decoders;
    imgmatch_status status =
        imgmatch_catalogue_create(job->beside, imx_record_source_name(job->items), model, &own);
    if (status == IMGMATCH_ERR_EXISTS) {
        own = (imgmatch_diag)IMGMATCH_DIAG_INIT;
        status = IMGMATCH_OK;
    }
    if (status == IMGMATCH_OK) {
        status = imgmatch_catalogue_open(&job->fresh, job->beside, &options, &own);
    }
    if (status == IMGMATCH_ERR_MISMATCH) {
        return imx_fail(diag, status,
                        "%.200s was left by a reindex with another model: delete it, then try "
                        "again",
                        job->beside);
    }
    return status == IMGMATCH_OK ? status : imx_fail(diag, status, "%s", own.message);
}

static bool is_of_model(const imx_identity *identity, const imgmatch_model_info *info) {
    return strcmp(identity->model_sha256, info->sha256) == 0 &&
           !imx_settings_differ(identity->model_settings, info->settings_sha256);
}

static imgmatch_status open_all(reindex_job *job, const char *path, const imgmatch_model *model,
                                imgmatch_diag *diag) {
    job->path = realpath(path, NULL);
    if (job->path == NULL) {
        return imx_fail_errno(diag, errno, "open", path);
    }
    size_t size = strlen(job->path) + sizeof SUFFIX;
    job->beside = imx_new_array(size, 1);
    if (job->beside == NULL) {
        return imx_fail_memory(diag);
    }
    (void)snprintf(job->beside, size, "%s" SUFFIX, job->path);
    imgmatch_status status = imx_store_open(&job->old, job->path, NULL, true, diag);
    if (status == IMGMATCH_OK) {
        status = imx_record_source_open(&job->items, job->path, NULL, diag);
    }
    const imgmatch_model_info *info = imgmatch_model_get_info(model);
    if (status == IMGMATCH_OK && is_of_model(imx_record_source_identity(job->items), info)) {
        status =
            imx_fail(diag, IMGMATCH_ERR_EXISTS, "it was made with model %s already", info->name);
    }
    return status == IMGMATCH_OK ? open_fresh(job, model, diag) : status;
}

static void close_all(reindex_job *job) {
    while (job->count > 0) {
        imx_owned_item_free(&job->batch[--job->count]);
    }
    imgmatch_catalogue_close(job->fresh);
    imx_record_source_close(job->items);
    imx_store_close(job->old);
    free(job->path);
    free(job->beside);
    free(job);
}

imgmatch_status imgmatch_catalogue_reindex(imgmatch_reindex_report *out, const char *path,
                                           const imgmatch_model *model,
                                           const imgmatch_reindex_options *options,
                                           imgmatch_diag *diag) {
    static const imgmatch_reindex_options defaults = IMGMATCH_REINDEX_OPTIONS_INIT;
    if (out == NULL || path == NULL || path[0] == '\0' || model == NULL) {
        return imx_fail(diag, IMGMATCH_ERR_ARGUMENT, "a required argument is missing");
    }
    *out = (imgmatch_reindex_report){.done = 0};
    options = options != NULL ? options : &defaults;
    const imgmatch_limits *limits = options->limits;
    if (imx_threads_check(options->threads, diag) != IMGMATCH_OK ||
        imx_limits_check(&limits, diag) != IMGMATCH_OK) {
        return IMGMATCH_ERR_ARGUMENT;
    }
    reindex_job *job = imx_new_array(1, sizeof *job);
    if (job == NULL) {
        return imx_fail_memory(diag);
    }
    job->options = options;
    job->report = out;
    imgmatch_status status = open_all(job, path, model, diag);
    if (status == IMGMATCH_OK) {
        status = fill(job, diag);
    }
    if (status == IMGMATCH_OK) {
        status = drop_removed(job, diag);
    }
    if (status == IMGMATCH_OK && (out->failed == 0 || job->options->allow_missing)) {
        status = publish(job, diag);
    }
    close_all(job);
    return status;
}
