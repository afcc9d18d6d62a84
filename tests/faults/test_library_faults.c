/*
 * Every main job, with call n of SQLite, FAISS, ONNX Runtime or mmap failing (of SQLite also with
 * all after it), for every n until the job gets by without that many: no crash, no leak (under a
 * sanitizer), an error that says so or a photo with a reason, nothing handed out on failure. What
 * was acknowledged is there, what was not is not, and the same handle does the job when it is asked
 * again.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "faults/library_faults.h"
#include "integration/facade/pictures.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_CALLS 3000 /* A job that needs more than that is caught in a loop. */

static const char *const fault_names[LIBRARY_FAULT_COUNT] = {
    "SQLite (I/O)", "SQLite (memory)", "FAISS", "FAISS (memory)", "ONNX Runtime", "mmap"};

typedef struct bench {
    workplace place;
    encoded one;
    encoded two;
} bench;

typedef imgmatch_status (*job)(bench *on, imgmatch_diag *diag);

static imgmatch_status open_model(bench *on, imgmatch_diag *diag) {
    (void)on;
    imgmatch_model *model = NULL;
    imgmatch_status status = imgmatch_model_open(&model, IMX_TEST_MODELS "/tiny", diag);
    assert_int_equal(model != NULL, status == IMGMATCH_OK);
    imgmatch_model_close(model);
    return status;
}

static imgmatch_status open_catalogue(bench *on, imgmatch_diag *diag) {
    imgmatch_catalogue *catalogue = NULL;
    imgmatch_open_options options = IMGMATCH_OPEN_OPTIONS_INIT;
    options.model = on->place.model;
    imgmatch_status status = imgmatch_catalogue_open(&catalogue, on->place.path, &options, diag);
    assert_int_equal(catalogue != NULL, status == IMGMATCH_OK);
    imgmatch_catalogue_close(catalogue);
    return status;
}

static bool is_there(const bench *on, const char *id) {
    imgmatch_item *item = NULL;
    imgmatch_status status = imgmatch_catalogue_get(&item, on->place.catalogue, id, NULL);
    imgmatch_item_free(item);
    return status == IMGMATCH_OK;
}

static imgmatch_status add(bench *on, imgmatch_diag *diag) {
    imgmatch_photo photos[2] = {photo_of(&on->one, "new-1"), photo_of(&on->two, "new-2")};
    imgmatch_outcome outcomes[2];
    imgmatch_add_options options = IMGMATCH_ADD_OPTIONS_INIT;
    options.threads = 1;
    imgmatch_status status =
        imgmatch_catalogue_add(outcomes, on->place.catalogue, photos, 2, &options, diag);
    (void)library_fault_disarm();
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

static imgmatch_status remove_item(bench *on, imgmatch_diag *diag) {
    imgmatch_photo photo = photo_of(&on->one, "passing");
    imgmatch_outcome outcome;
    const char *id = "passing";
    if (!is_there(on, id)) { /* Which an armed fault may keep from being known, or done. */
        (void)!imgmatch_catalogue_add(&outcome, on->place.catalogue, &photo, 1, NULL, NULL);
    }
    imgmatch_status status = imgmatch_catalogue_remove(NULL, on->place.catalogue, &id, 1, diag);
    (void)library_fault_disarm();
    assert_true(status != IMGMATCH_OK || !is_there(on, id));
    return status;
}

static imgmatch_status query(bench *on, imgmatch_diag *diag) {
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

static imgmatch_status look_around(bench *on, imgmatch_diag *diag) {
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

static imgmatch_status compact_exact(bench *on, imgmatch_diag *diag) {
    return imgmatch_catalogue_compact_as(on->place.catalogue, IMGMATCH_INDEX_EXACT, diag);
}

static imgmatch_status compact_ivf(bench *on, imgmatch_diag *diag) {
    return imgmatch_catalogue_compact_as(on->place.catalogue, IMGMATCH_INDEX_IVF, diag);
}

static imgmatch_status compact_hnsw(bench *on, imgmatch_diag *diag) {
    return imgmatch_catalogue_compact_as(on->place.catalogue, IMGMATCH_INDEX_HNSW, diag);
}

static const struct {
    const char *name;
    job run;
} jobs[] = {{"open a model", open_model},
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
            {"look around, hnsw", look_around}};

static bool is_expected(imgmatch_status status, library_fault kind) {
    switch (kind) {
    case LIBRARY_SQLITE_IO:
        /* CATALOGUE: what verify says of what it could not read. */
        return status == IMGMATCH_ERR_IO || status == IMGMATCH_ERR_CATALOGUE;
    case LIBRARY_MMAP:
        return status == IMGMATCH_ERR_MEMORY;
    case LIBRARY_SQLITE_MEMORY:
    case LIBRARY_FAISS_MEMORY:
        /* IO: FAISS does not say why it could not write. */
        return status == IMGMATCH_ERR_MEMORY ||
               (kind == LIBRARY_FAISS_MEMORY && status == IMGMATCH_ERR_IO);
    case LIBRARY_FAISS:
        return status == IMGMATCH_ERR_INTERNAL || status == IMGMATCH_ERR_IO;
    case LIBRARY_ONNX:
        return status == IMGMATCH_ERR_MODEL;
    case LIBRARY_FAULT_COUNT:
    default:
        return false;
    }
}

/* False when the job has no call n. */
static bool try_call(bench *on, size_t which, library_fault kind, bool lasts, long n) {
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    library_fault_arm(kind, n, lasts);
    imgmatch_status status = jobs[which].run(on, &diag);
    bool hit = library_fault_disarm();
    if (status != IMGMATCH_OK && (!hit || !is_expected(status, kind) || diag.message[0] == '\0')) {
        fail_msg("%s, call %ld of %s: %s: %s", jobs[which].name, n, fault_names[kind],
                 imgmatch_status_text(status), diag.message);
    }
    imgmatch_diag again = IMGMATCH_DIAG_INIT;
    if (hit && jobs[which].run(on, &again) != IMGMATCH_OK) {
        fail_msg("%s after call %ld of %s: %s", jobs[which].name, n, fault_names[kind],
                 again.message);
    }
    return hit;
}

static void set_up_bench(bench *on) {
    workplace_open(&on->place);
    on->one = picture_png(1);
    on->two = picture_cropped_jpeg(2);
    imgmatch_photo kept[2] = {photo_of(&on->two, "kept"), photo_of(&on->one, "other")};
    imgmatch_outcome outcomes[2];
    assert_int_equal(imgmatch_catalogue_add(outcomes, on->place.catalogue, kept, 2, NULL, NULL),
                     IMGMATCH_OK);
}

static void try_all(library_fault kind) {
    bench on;
    long all = 0;
    set_up_bench(&on);
    for (size_t which = 0; which < sizeof jobs / sizeof *jobs; which++) {
        long calls = 0;
        /* Memory may be short for a moment; a disk that fails goes on failing. */
        for (int lasts = 0; lasts < (kind == LIBRARY_SQLITE_IO ? 2 : 1); lasts++) {
            for (calls = 0; try_call(&on, which, kind, lasts == 1, calls); calls++) {
                assert_true(calls < MOST_CALLS);
            }
        }
        print_message("%s: %ld calls of %s\n", jobs[which].name, calls, fault_names[kind]);
        all += calls;
        /* Nothing was lost, nothing left behind. */
        assert_int_equal(imgmatch_catalogue_verify(on.place.catalogue, NULL, NULL, NULL),
                         IMGMATCH_OK);
        assert_true(is_there(&on, "kept") && is_there(&on, "other") && !is_there(&on, "new-1"));
    }
    assert_true(all > 5); /* The wrapping works. */
    imgmatch_free(on.one.bytes);
    imgmatch_free(on.two.bytes);
    workplace_close(&on.place);
}

static void test_sqlite_io(void **state) {
    (void)state;
    try_all(LIBRARY_SQLITE_IO);
}

static void test_sqlite_memory(void **state) {
    (void)state;
    try_all(LIBRARY_SQLITE_MEMORY);
}

static void test_faiss(void **state) {
    (void)state;
    try_all(LIBRARY_FAISS);
}

static void test_faiss_memory(void **state) {
    (void)state;
    try_all(LIBRARY_FAISS_MEMORY);
}

static void test_onnx_runtime(void **state) {
    (void)state;
    try_all(LIBRARY_ONNX);
}

static void test_mmap(void **state) {
    (void)state;
    try_all(LIBRARY_MMAP);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sqlite_io),    cmocka_unit_test(test_sqlite_memory),
        cmocka_unit_test(test_faiss),        cmocka_unit_test(test_faiss_memory),
        cmocka_unit_test(test_onnx_runtime), cmocka_unit_test(test_mmap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
