/*
 * Reindexing: a catalogue of the new model is built in a folder beside, out of the photos that the
 * items' sources name, and takes the old one's place when it is whole.
 *
 * The old catalogue is locked against changes meanwhile, and answers until the end. The folder
 * beside is an ordinary catalogue, filled in transactions: after a kill the same call goes on,
 * since photos that are in it are left alone. The two folders change places in one step of the
 * kernel, so there is a whole catalogue under the name at any moment.
 */
#include "catalogue/folder_files.h"
#include "facade/handle.h"
#include "facade/reindex_fill.h"

#include "base/diag.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/memory.h"

#include <imgmatch/exchange.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SUFFIX ".reindex"

typedef struct reindex_job {
    const imgmatch_reindex_options *options;
    imgmatch_reindex_report *report;
    char *path;   /* Of the catalogue, without symbolic links. */
    char *beside; /* Where the new one is built. */
    imx_store *old;
    imx_record_source *items; /* Of the old one. */
    imgmatch_catalogue *fresh;
} reindex_job;

/* What is not imgmatch's in the old catalogue's folder, which has the other name by now, belongs to
 * the catalogue as its user sees it. It changes folders one rename an entry, so that it is in one
 * of the two at any moment, and before anything is deleted; what cannot be moved keeps the old
 * folder from being deleted. To refuse a catalogue with such files would be as safe, but they may
 * be the photos themselves. */
static imgmatch_status clear_away_old(const reindex_job *job, imgmatch_diag *diag) {
    imgmatch_status status = imx_folder_files_move_others(job->path, job->beside, diag);
    return status == IMGMATCH_OK ? imx_folder_files_delete(job->beside, diag) : status;
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
    return status == IMGMATCH_OK ? clear_away_old(job, diag) : status;
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
        status = imx_reindex_fill(out, job->fresh, job->items, options, diag);
    }
    if (status == IMGMATCH_OK && (out->failed == 0 || job->options->allow_missing)) {
        status = publish(job, diag);
    }
    close_all(job);
    return status;
}
