#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "faults/main_jobs/jobs.h"

#include "integration/catalogue/samples.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- a new catalogue ---- */

static void new_path(char out[700], const attempt *at) {
    (void)snprintf(out, 700, "%s/new", at->folder);
}

static imgmatch_status create(attempt *at, imgmatch_diag *diag) {
    char path[700];
    new_path(path, at);
    return imgmatch_catalogue_create(path, "new", at->on->model, diag);
}

/* Whole, or none. */
static const char *check_created(const attempt *at, bool done) {
    char path[700];
    imgmatch_catalogue *catalogue = NULL;
    imgmatch_catalogue_stat stat;
    new_path(path, at);
    imgmatch_status status = imgmatch_catalogue_open(&catalogue, path, NULL, NULL);
    bool whole = status == IMGMATCH_OK &&
                 imgmatch_catalogue_get_stat(&stat, catalogue, NULL) == IMGMATCH_OK &&
                 stat.items == 0;
    imgmatch_catalogue_close(catalogue);
    return whole || (!done && status == IMGMATCH_ERR_NOT_FOUND) ? NULL
                                                                : "the new catalogue is not whole";
}

/* Where one is. Done is what refuses that. */
static imgmatch_status create_over(attempt *at, imgmatch_diag *diag) {
    imgmatch_status status = imgmatch_catalogue_create(at->path, "new", at->on->model, diag);
    assert_int_not_equal(status, IMGMATCH_OK);
    return status == IMGMATCH_ERR_EXISTS ? IMGMATCH_OK : status;
}

/* ---- into the catalogue ---- */

/* Two new photos, and another one for an item that is there. */
static imgmatch_status add(attempt *at, imgmatch_diag *diag) {
    const char *const ids[] = {"new-1", "new-2", "p2"};
    imgmatch_catalogue *catalogue = NULL;
    imgmatch_photo photos[3] = {photo_at(at->on->photos[0], ids[0]),
                                photo_at(at->on->photos[1], ids[1]),
                                photo_at(at->on->listing, ids[2])};
    imgmatch_outcome outcomes[3];
    imgmatch_add_options options = IMGMATCH_ADD_OPTIONS_INIT;
    options.threads = 1;
    imgmatch_status status = attempt_open_catalogue(&catalogue, at, true, diag);
    bool opened = status == IMGMATCH_OK;
    if (opened) {
        status = imgmatch_catalogue_add(outcomes, catalogue, photos, 3, &options, diag);
    }
    for (size_t i = 0; i < 3 && opened; i++) {
        bool failed = outcomes[i].kind == IMGMATCH_OUTCOME_FAILED;
        at->in[i] = failed ? NULL : ids[i];
        assert_true(failed || status == IMGMATCH_OK || status == IMGMATCH_ERR_PHOTO);
        if (failed && status == IMGMATCH_OK) {
            assert_int_equal(outcomes[i].reason, at->photo_reason);
            status = fail_photo(diag, outcomes[i].message);
        }
    }
    imgmatch_catalogue_close(catalogue);
    return status;
}

/* A file, or a catalogue. */
static imgmatch_status take_in(attempt *at, const char *file, const char *source,
                               imgmatch_diag *diag) {
    imgmatch_catalogue *catalogue = NULL;
    imgmatch_exchange_report report;
    char figures[64];
    imgmatch_status status = attempt_open_catalogue(&catalogue, at, true, diag);
    if (status == IMGMATCH_OK) {
        status = file != NULL ? imgmatch_catalogue_import(&report, catalogue, file, NULL, diag)
                              : imgmatch_catalogue_merge(&report, catalogue, source, NULL, diag);
    }
    if (status == IMGMATCH_OK) {
        (void)snprintf(figures, sizeof figures, "%" PRIu64 " %" PRIu64 " %" PRIu64, report.added,
                       report.unchanged, report.failed);
        attempt_say(at, figures, strlen(figures));
    }
    imgmatch_catalogue_close(catalogue);
    return status;
}

static imgmatch_status import_items(attempt *at, imgmatch_diag *diag) {
    return take_in(at, at->on->exported, NULL, diag);
}

static imgmatch_status merge(attempt *at, imgmatch_diag *diag) {
    return take_in(at, NULL, at->on->other, diag);
}

static imgmatch_status compact(attempt *at, imgmatch_index_kind kind, imgmatch_diag *diag) {
    imgmatch_catalogue *catalogue = NULL;
    imgmatch_status status = attempt_open_catalogue(&catalogue, at, true, diag);
    if (status == IMGMATCH_OK) {
        status = imgmatch_catalogue_compact_as(catalogue, kind, diag);
    }
    imgmatch_catalogue_close(catalogue);
    return status;
}

static imgmatch_status compact_ivf(attempt *at, imgmatch_diag *diag) {
    return compact(at, IMGMATCH_INDEX_IVF, diag);
}

static imgmatch_status compact_hnsw(attempt *at, imgmatch_diag *diag) {
    return compact(at, IMGMATCH_INDEX_HNSW, diag);
}

/* ---- calibrate ---- */

static void note_problem(void *user, const char *line) {
    char *problem = user;
    (void)snprintf(problem, 200, "%s", line);
}

static imgmatch_status measure(imgmatch_calibrator *calibrator, const stage *on,
                               imgmatch_diag *diag) {
    imgmatch_photo photos[2] = {photo_at(on->photos[0], NULL), photo_at(on->photos[1], NULL)};
    imgmatch_status status = imgmatch_calibrator_read_labels(calibrator, on->labels, diag);
    if (status == IMGMATCH_OK) {
        status = imgmatch_calibrator_add_photos(calibrator, photos, 2, diag);
    }
    return status == IMGMATCH_OK ? imgmatch_calibrator_add_own(calibrator, 5, diag) : status;
}

/* A calibration that lacks photos is not stored. */
static imgmatch_status calibrate(attempt *at, imgmatch_diag *diag) {
    imgmatch_catalogue *catalogue = NULL;
    imgmatch_calibrator *calibrator = NULL;
    imgmatch_calibrator_options options = IMGMATCH_CALIBRATOR_OPTIONS_INIT;
    char problem[200] = "", figures[96];
    double score = 0;
    options.threads = 1;
    options.problem = note_problem;
    options.user = problem;
    imgmatch_status status = attempt_open_catalogue(&catalogue, at, true, diag);
    if (status == IMGMATCH_OK) {
        status = imgmatch_calibrator_new(&calibrator, catalogue, &options, diag);
    }
    if (status == IMGMATCH_OK) {
        status = measure(calibrator, at->on, diag);
    }
    const imgmatch_calibrator_report *report =
        status == IMGMATCH_OK ? imgmatch_calibrator_get_report(calibrator) : NULL;
    if (report != NULL && report->failed > 0) {
        status = fail_photo(diag, problem);
    }
    if (status == IMGMATCH_OK) {
        status = imgmatch_calibrator_store(calibrator, diag);
    }
    if (status == IMGMATCH_OK) {
        (void)snprintf(figures, sizeof figures, "%" PRIu64 " %" PRIu64 " %" PRIu64,
                       report->negatives, report->own, report->labels);
        status = imgmatch_catalogue_score_for(&score, catalogue, options.effort, 1e6, diag);
    }
    if (status == IMGMATCH_OK) {
        char text[200];
        (void)snprintf(text, sizeof text, "%s %.6f", figures, score);
        attempt_say(at, text, strlen(text));
    }
    imgmatch_calibrator_free(calibrator);
    imgmatch_catalogue_close(catalogue);
    return status;
}

/* ---- a picture ---- */

static imgmatch_status draw_overlay(attempt *at, imgmatch_diag *diag) {
    imgmatch_photo query = photo_at(at->on->listing, NULL), reference = photo_at(at->on->p1, NULL);
    return imgmatch_overlay_write(at->picture, &query, &reference, &at->on->alignment, NULL, diag);
}

/* Whole or as it was, and nothing beside it. */
static const char *check_overlay(const attempt *at, bool done) {
    static const char end[8] = "IEND\xae\x42\x60\x82";
    size_t size = 0, entries = 0;
    uint8_t *bytes = sample_read_file(&size, at->picture);
    assert_non_null(bytes);
    bool old = size == strlen(STAGE_OLD_PICTURE) && memcmp(bytes, STAGE_OLD_PICTURE, size) == 0;
    bool whole = size > sizeof end && memcmp(bytes + size - sizeof end, end, sizeof end) == 0;
    free(bytes);
    DIR *folder = opendir(at->folder);
    assert_non_null(folder);
    while (readdir(folder) != NULL) {
        entries++;
    }
    (void)closedir(folder);
    return done != whole || done == old ? "the picture is neither the old one nor whole"
           : entries != 4               ? "something was left beside the picture"
                                        : NULL;
}

/* ---- reindex ---- */

/* Items that failed are none of the call's errors, but nothing is published then. */
static imgmatch_status reindex(attempt *at, imgmatch_diag *diag) {
    imgmatch_reindex_report report;
    imgmatch_reindex_options options = IMGMATCH_REINDEX_OPTIONS_INIT;
    char problem[200] = "";
    options.threads = 1;
    options.problem = note_problem;
    options.user = problem;
    imgmatch_status status =
        imgmatch_catalogue_reindex(&report, at->path, at->on->next, &options, diag);
    if (status == IMGMATCH_OK && report.failed > 0) {
        assert_false(report.published);
        status = fail_photo(diag, problem);
    }
    return status;
}

/* The file that is not imgmatch's goes with the catalogue, at the latest when all is done. */
static const char *check_reindex(const attempt *at, bool done) {
    char here[700], beside[700];
    (void)snprintf(here, sizeof here, "%s/" STAGE_NOTES, at->path);
    (void)snprintf(beside, sizeof beside, "%s.reindex/" STAGE_NOTES, at->path);
    bool is_here = access(here, F_OK) == 0, is_beside = access(beside, F_OK) == 0;
    return is_here == is_beside ? "the user's file is lost, or there twice"
           : done && !is_here   ? "the user's file did not come along"
                                : NULL;
}

const system_job writing_jobs[] = {
    {"create", IMGMATCH_INDEX_EXACT, create, WRITES | RENAMES, 0, true, true, check_created},
    {"create, where one is", IMGMATCH_INDEX_EXACT, create_over, FOLDERS, 0, false, true, NULL},
    {"add", IMGMATCH_INDEX_EXACT, add, WRITES, MAY(IMGMATCH_ERR_PHOTO), true, false, NULL},
    {"import", IMGMATCH_INDEX_EXACT, import_items, WRITES, 0, true, false, NULL},
    {"merge", IMGMATCH_INDEX_EXACT, merge, WRITES, 0, true, false, NULL},
    {"compact, ivf", IMGMATCH_INDEX_IVF, compact_ivf, WRITES | RENAMES, 0, true, true, NULL},
    {"compact, hnsw", IMGMATCH_INDEX_HNSW, compact_hnsw, WRITES | RENAMES, 0, true, true, NULL},
    {"calibrate", IMGMATCH_INDEX_EXACT, calibrate, WRITES, MAY(IMGMATCH_ERR_PHOTO), false, true,
     NULL},
    {"overlay", IMGMATCH_INDEX_EXACT, draw_overlay, WRITES | RENAMES, MAY(IMGMATCH_ERR_PHOTO),
     false, true, check_overlay},
    {"reindex", IMGMATCH_INDEX_EXACT, reindex, WRITES | RENAMES, MAY(IMGMATCH_ERR_PHOTO), true,
     true, check_reindex},
    {.name = NULL}};
