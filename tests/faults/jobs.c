#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "faults/jobs.h"
#include "faults/trigger.h"
#include "integration/catalogue/children.h"
#include "integration/catalogue/samples.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void put_kept(fault_bench *out) {
    imgmatch_photo kept[2] = {photo_of(&out->two, "kept"), photo_of(&out->one, "other")};
    imgmatch_outcome outcomes[2];
    assert_int_equal(imgmatch_catalogue_add(outcomes, out->place.catalogue, kept, 2, NULL, NULL),
                     IMGMATCH_OK);
}

static void draw(fault_bench *out) {
    out->one = picture_png(1);
    out->two = picture_cropped_jpeg(2);
}

void fault_bench_open(fault_bench *out) {
    workplace_open(&out->place);
    draw(out);
    put_kept(out);
}

void fault_bench_close(fault_bench *on) {
    imgmatch_free(on->one.bytes);
    imgmatch_free(on->two.bytes);
    workplace_close(&on->place);
}

void fault_bench_make(fault_bench *out) {
    draw(out);
    /* By a child, for the same reason. */
    out->place.folder = sample_folder_new();
    assert_non_null(out->place.folder);
    (void)snprintf(out->place.path, sizeof out->place.path, "%s/catalogue", out->place.folder);
    pid_t child = fork();
    if (child == 0) {
        workplace_fill(&out->place);
        put_kept(out);
        fault_bench_leave(out);
        _exit(0);
    }
    child_expect_done(child);
}

void fault_bench_reopen(fault_bench *on) {
    imgmatch_open_options options = IMGMATCH_OPEN_OPTIONS_INIT;
    assert_int_equal(imgmatch_model_open(&on->place.model, IMX_TEST_MODELS "/tiny", NULL),
                     IMGMATCH_OK);
    options.model = on->place.model;
    options.writable = true;
    assert_int_equal(imgmatch_catalogue_open(&on->place.catalogue, on->place.path, &options, NULL),
                     IMGMATCH_OK);
}

void fault_bench_leave(fault_bench *on) {
    imgmatch_catalogue_close(on->place.catalogue);
    imgmatch_model_close(on->place.model);
}

void fault_bench_tidy(fault_bench *on) {
    const char *ids[] = {"new-1", "new-2", "passing"};
    assert_int_equal(imgmatch_catalogue_remove(NULL, on->place.catalogue, ids, 3, NULL),
                     IMGMATCH_OK);
}

void fault_bench_remove(fault_bench *on) {
    imgmatch_free(on->one.bytes);
    imgmatch_free(on->two.bytes);
    sample_folder_remove(on->place.folder);
    free(on->place.folder);
}

static imgmatch_status open_model(fault_bench *on, imgmatch_diag *diag) {
    (void)on;
    imgmatch_model *model = NULL;
    imgmatch_status status = imgmatch_model_open(&model, IMX_TEST_MODELS "/tiny", diag);
    assert_int_equal(model != NULL, status == IMGMATCH_OK);
    imgmatch_model_close(model);
    return status;
}

static imgmatch_status open_catalogue(fault_bench *on, imgmatch_diag *diag) {
    imgmatch_catalogue *catalogue = NULL;
    imgmatch_open_options options = IMGMATCH_OPEN_OPTIONS_INIT;
    options.model = on->place.model;
    imgmatch_status status = imgmatch_catalogue_open(&catalogue, on->place.path, &options, diag);
    assert_int_equal(catalogue != NULL, status == IMGMATCH_OK);
    imgmatch_catalogue_close(catalogue);
    return status;
}

static bool is_there(const fault_bench *on, const char *id) {
    imgmatch_item *item = NULL;
    imgmatch_status status = imgmatch_catalogue_get(&item, on->place.catalogue, id, NULL);
    imgmatch_item_free(item);
    return status == IMGMATCH_OK;
}

void fault_bench_check(const fault_bench *on) {
    assert_int_equal(imgmatch_catalogue_verify(on->place.catalogue, NULL, NULL, NULL), IMGMATCH_OK);
    assert_true(is_there(on, "kept") && is_there(on, "other") && !is_there(on, "new-1"));
}

static imgmatch_status add(fault_bench *on, imgmatch_diag *diag) {
    imgmatch_photo photos[2] = {photo_of(&on->one, "new-1"), photo_of(&on->two, "new-2")};
    imgmatch_outcome outcomes[2];
    imgmatch_add_options options = IMGMATCH_ADD_OPTIONS_INIT;
    options.threads = 1;
    imgmatch_status status =
        imgmatch_catalogue_add(outcomes, on->place.catalogue, photos, 2, &options, diag);
    (void)fault_disarm();
    for (int i = 0; i < 2; i++) {
        bool failed = outcomes[i].kind == IMGMATCH_OUTCOME_FAILED;
        assert_true(status == IMGMATCH_OK || failed);
        assert_int_equal(is_there(on, photos[i].id), !failed);
    }
    const char *ids[] = {"new-1", "new-2"};
    assert_int_equal(imgmatch_catalogue_remove(NULL, on->place.catalogue, ids, 2, NULL),
                     IMGMATCH_OK);
    return status;
}

static imgmatch_status remove_item(fault_bench *on, imgmatch_diag *diag) {
    imgmatch_photo photo = photo_of(&on->one, "passing");
    imgmatch_outcome outcome;
    const char *id = "passing";
    if (!is_there(on, id)) { /* Which an armed fault may keep from being known, or done. */
        (void)!imgmatch_catalogue_add(&outcome, on->place.catalogue, &photo, 1, NULL, NULL);
    }
    imgmatch_status status = imgmatch_catalogue_remove(NULL, on->place.catalogue, &id, 1, diag);
    (void)fault_disarm();
    assert_true(status != IMGMATCH_OK || !is_there(on, id));
    return status;
}

static imgmatch_status query(fault_bench *on, imgmatch_diag *diag) {
    imgmatch_photo photo = photo_of(&on->two, "listing");
    imgmatch_query_options options = IMGMATCH_QUERY_OPTIONS_INIT;
    options.effort = IMGMATCH_EFFORT_FAST;
    imgmatch_result *result = NULL;
    imgmatch_status status = imgmatch_query(&result, on->place.catalogue, &photo, &options, diag);
    assert_int_equal(result != NULL, status == IMGMATCH_OK);
    const imgmatch_match *best = imgmatch_result_match(result, 0);
    if (result != NULL && imgmatch_result_verdict(result) != IMGMATCH_VERDICT_UNDECIDABLE) {
        assert_non_null(best);
        assert_string_equal(best->id, "kept");
    }
    imgmatch_result_free(result);
    return status;
}

static bool look(void *user, const imgmatch_item *item) {
    *(size_t *)user += item->id[0] != '\0';
    return true;
}

static imgmatch_status look_around(fault_bench *on, imgmatch_diag *diag) {
    imgmatch_catalogue *catalogue = on->place.catalogue;
    imgmatch_catalogue_stat stat;
    size_t count = 0;
    imgmatch_status status = imgmatch_catalogue_list(catalogue, look, &count, diag);
    assert_true(status != IMGMATCH_OK || count >= 2);
    if (status == IMGMATCH_OK) {
        status = imgmatch_catalogue_get_stat(&stat, catalogue, diag);
    }
    if (status == IMGMATCH_OK) {
        status = imgmatch_catalogue_verify(catalogue, NULL, NULL, diag);
    }
    return status == IMGMATCH_OK ? imgmatch_catalogue_refresh(NULL, catalogue, diag) : status;
}

static imgmatch_status compact_exact(fault_bench *on, imgmatch_diag *diag) {
    return imgmatch_catalogue_compact_as(on->place.catalogue, IMGMATCH_INDEX_EXACT, diag);
}

static imgmatch_status compact_ivf(fault_bench *on, imgmatch_diag *diag) {
    return imgmatch_catalogue_compact_as(on->place.catalogue, IMGMATCH_INDEX_IVF, diag);
}

static imgmatch_status compact_hnsw(fault_bench *on, imgmatch_diag *diag) {
    return imgmatch_catalogue_compact_as(on->place.catalogue, IMGMATCH_INDEX_HNSW, diag);
}

const fault_job fault_jobs[] = {{"open a model", open_model},
                                {"add", add},
                                {"remove", remove_item},
                                {"look around", look_around},
                                {"query a tail", query},
                                {"compact, exact", compact_exact},
                                {"open, exact", open_catalogue},
                                {"query, exact", query},
                                {"compact, ivf", compact_ivf},
                                {"open, ivf", open_catalogue},
                                {"query, ivf", query},
                                {"compact, hnsw", compact_hnsw},
                                {"open, hnsw", open_catalogue},
                                {"query, hnsw", query},
                                {"look around, hnsw", look_around},
                                {NULL, NULL}};
