/*
 * Reindexing: a catalogue of the new model is built in a folder beside, out of the photos that the
 * items' sources name, and takes the old one's place when it is whole.
 *
 * The old catalogue is locked against changes meanwhile, and answers until the end. The folder
 * beside is an ordinary catalogue, filled in transactions, which says in its database whose place
 * it is to take (catalogue/successor.h). The two folders change places in one step of the kernel,
 * so there is a whole catalogue under the name at any moment.
 *
 * A process may be killed anywhere. What it leaves, and what the next call makes of it:
 *
 *   C             C.reindex            next call
 *   old           none                 begins
 *   old           no database yet      begins: what an interrupted create left is no obstacle
 *   old           empty, no claim      claims it and goes on; nothing can be lost by that
 *   old           claimed for C        goes on: what is there and fits is left alone, what does not
 *                                      fit any more is made anew or dropped; also when it is whole
 *   new, claimed  old                  moves what is not imgmatch's to C, deletes the rest
 *   new, claimed  part of old          goes on with that: the others' files go over first, by one
 *                                      rename each, then the database is deleted, then the rest
 *   new, claimed  none                 forgets the claim
 *   new           none                 fails: it is made with that model already
 *
 * Where C is claimed the call then goes on as if it were not: it is done when C is of its model,
 * and begins when it is not. All else is somebody else's (another catalogue beside, a folder
 * without a file of imgmatch's, an old catalogue that was changed after the exchange): the call
 * fails, says so, and touches none of it.
 *
 * What is not imgmatch's in the old folder belongs to the catalogue, as its user sees it. It
 * follows behind the exchange, since before it the name belongs to the old folder. Killed in
 * between, it is in C.reindex, whole, until the next call; at no moment is it in neither folder,
 * and it never takes the place of a namesake. To refuse such a catalogue would keep it where it is
 * at any moment, but these files may be the very photos, and may come at the last moment, too.
 */
#include "catalogue/successor.h"
#include "facade/handle.h"
#include "facade/reindex_fill.h"

#include "base/diag.h"
#include "base/limits.h"
#include "base/memory.h"

#include <imgmatch/exchange.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define SUFFIX ".reindex"

typedef struct reindex_job {
    const imgmatch_reindex_options *options;
    imgmatch_reindex_report *report;
    const imgmatch_model *model;
    char *path;                /* Of the catalogue, without symbolic links. */
    char *beside;              /* Where the new one is built. */
    imx_store *store;          /* What is at the path: the old one until the exchange. */
    imx_record_source *items;  /* Of the old one. */
    imgmatch_catalogue *fresh; /* The new one, until the exchange. */
} reindex_job;

/* Lock what is at the path, and clear away what it took the place of. */
static imgmatch_status open_store(bool *finished, reindex_job *job, imgmatch_diag *diag) {
    *finished = false;
    imgmatch_status status = imx_store_open(&job->store, job->path, NULL, true, diag);
    return status == IMGMATCH_OK ? imx_successor_finish(finished, job->store, job->beside, diag)
                                 : status;
}

static void close_old(reindex_job *job) {
    imx_record_source_close(job->items);
    job->items = NULL;
    imx_store_close(job->store);
    job->store = NULL;
}

static imgmatch_status publish(reindex_job *job, imgmatch_diag *diag) {
    imgmatch_index_kind kind = IMGMATCH_INDEX_AUTO;
    imgmatch_status status = imx_store_kept_index(&kind, job->store, diag);
    if (status == IMGMATCH_OK) {
        status = imx_store_compact_as(job->fresh->store, kind, diag);
    }
    /* SQLite has the names of its files from when it opened them. */
    imgmatch_catalogue_close(job->fresh);
    job->fresh = NULL;
    if (status != IMGMATCH_OK) {
        return status;
    }
    if (renameat2(AT_FDCWD, job->beside, AT_FDCWD, job->path, RENAME_EXCHANGE) != 0) {
        return imx_fail_errno(diag, errno, "exchange with its successor", job->path);
    }
    job->report->published = true;
    /* A writer that comes in between here is in nobody's way: the next call clears away. */
    close_old(job);
    bool finished = false;
    return open_store(&finished, job, diag);
}

/* A link would change places itself, and the catalogue be elsewhere then. */
static imgmatch_status check_folder(const char *beside, imgmatch_diag *diag) {
    struct stat info;
    if (lstat(beside, &info) == 0 && !S_ISDIR(info.st_mode)) {
        return imx_fail(diag, IMGMATCH_ERR_IO, "%.200s is in the way: it is no folder", beside);
    }
    return IMGMATCH_OK;
}

static imgmatch_status open_fresh(reindex_job *job, imgmatch_diag *diag) {
    imgmatch_diag own = IMGMATCH_DIAG_INIT;
    imgmatch_open_options options = IMGMATCH_OPEN_OPTIONS_INIT;
    options.model = job->model;
    options.writable = true;
    options.limits = job->options->limits;
    options.decoders = job->options->decoders;
    imgmatch_status status = check_folder(job->beside, diag);
    if (status != IMGMATCH_OK) {
        return status;
    }
    char *name = imx_copy_text(imx_record_source_name(job->items));
    if (name == NULL) {
        return imx_fail_memory(diag);
    }
    imx_store_clean_name(name);
    status = imgmatch_catalogue_create(job->beside, name, job->model, &own);
    free(name);
    if (status == IMGMATCH_ERR_EXISTS) {
        own = (imgmatch_diag)IMGMATCH_DIAG_INIT;
        status = IMGMATCH_OK;
    }
    if (status == IMGMATCH_OK) {
        status = imgmatch_catalogue_open(&job->fresh, job->beside, &options, &own);
    }
    if (status == IMGMATCH_ERR_MISMATCH) {
        return imx_fail(diag, status,
                        "%.200s is a catalogue of another model, as a reindex with that one "
                        "leaves: delete it if it is nothing else, then try again",
                        job->beside);
    }
    if (status != IMGMATCH_OK) {
        return imx_fail(diag, status, "%s", own.message);
    }
    return imx_successor_claim(job->fresh->store, job->store, diag);
}

static bool is_of_model(const imx_store *store, const imgmatch_model *model) {
    const imx_identity *identity = imx_store_identity(store);
    const imgmatch_model_info *info = imgmatch_model_get_info(model);
    /* Settings that are not known, as of catalogues of before, are known when it is made anew. */
    return strcmp(identity->model_sha256, info->sha256) == 0 &&
           strcmp(identity->model_settings, info->settings_sha256) == 0;
}

/* The catalogue is of the model already, which is as it should be if that was an earlier call's
 * doing, and this one has cleared up behind it. */
static imgmatch_status end_finished(const reindex_job *job, bool finished, imgmatch_diag *diag) {
    if (!finished) {
        return imx_fail(diag, IMGMATCH_ERR_EXISTS, "it was made with model %s already",
                        imgmatch_model_get_info(job->model)->name);
    }
    imgmatch_catalogue_stat stat;
    imgmatch_status status = imx_store_stat(&stat, job->store, diag);
    if (status == IMGMATCH_OK) {
        job->report->done = stat.items;
        job->report->published = true;
    }
    return status;
}

static imgmatch_status make_anew(reindex_job *job, imgmatch_diag *diag) {
    imgmatch_status status = imx_record_source_open(&job->items, job->path, NULL, diag);
    if (status == IMGMATCH_OK) {
        status = open_fresh(job, diag);
    }
    if (status == IMGMATCH_OK) {
        status = imx_reindex_fill(job->report, job->fresh, job->items, job->options, diag);
    }
    if (status == IMGMATCH_OK && (job->report->failed == 0 || job->options->allow_missing)) {
        status = publish(job, diag);
    }
    return status;
}

static imgmatch_status find_places(reindex_job *job, const char *path, imgmatch_diag *diag) {
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
    return IMGMATCH_OK;
}

static imgmatch_status run(reindex_job *job, const char *path, imgmatch_diag *diag) {
    bool finished = false;
    imgmatch_status status = find_places(job, path, diag);
    if (status == IMGMATCH_OK) {
        status = open_store(&finished, job, diag);
    }
    if (status != IMGMATCH_OK) {
        return status;
    }
    return is_of_model(job->store, job->model) ? end_finished(job, finished, diag)
                                               : make_anew(job, diag);
}

static void close_all(reindex_job *job) {
    imgmatch_catalogue_close(job->fresh);
    close_old(job);
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
    job->model = model;
    imgmatch_status status = run(job, path, diag);
    close_all(job);
    return status;
}
