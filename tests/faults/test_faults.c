/*
 * Every change and every way of reading a catalogue, with its system call n failing, for every n
 * until the job gets by without that many. A failed job says so with a message; a job that says OK
 * has done all of it. Either way every item is as before or as after the job, all of them alike,
 * also for a reader that opens the catalogue next; verify finds nothing, and the same handle does
 * the job when it is asked again.
 * A call that is interrupted, or does less than it was asked for, makes no difference.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "base/process_key.h"
#include "facade/handle.h"
#include "faults/system_calls/calls.h"
#include "faults/trigger.h"
#include "integration/catalogue/samples.h"

#include <imgmatch/exchange.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ITEMS 24u
#define NEW_ITEMS 4u
#define MOST_CALLS 3000 /* A job that needs more than that is caught in a loop. */

/* ---- jobs ---- */

/* Versions of the items; 0: none. */
typedef struct contents {
    uint32_t versions[ITEMS + NEW_ITEMS];
} contents;

static bool holds(const imx_store *store, const contents *expected) {
    for (uint32_t i = 0; i < ITEMS + NEW_ITEMS; i++) {
        uint32_t version = expected->versions[i];
        if (version == 0 ? !sample_is_absent(store, i) : !sample_is_stored(store, i, version)) {
            return false;
        }
    }
    return true;
}

static imgmatch_status add_new(imx_store *store, imgmatch_diag *diag) {
    return sample_add(store, ITEMS, NEW_ITEMS, 2, diag);
}

static imgmatch_status replace(imx_store *store, imgmatch_diag *diag) {
    return sample_add(store, 3, 3, 2, diag);
}

static imgmatch_status remove_two(imx_store *store, imgmatch_diag *diag) {
    const char *const ids[] = {"item-5", "item-22"};
    return imx_store_remove(NULL, store, ids, 2, diag);
}

static imgmatch_status compact(imx_store *store, imgmatch_diag *diag) {
    return imx_store_compact(store, diag);
}

/* Of the catalogue that is merged in, which holds what add_new adds. */
static char source_path[512];

static imgmatch_status merge(imx_store *store, imgmatch_diag *diag) {
    imgmatch_catalogue catalogue = {.process = imx_process_key(), .store = store};
    imgmatch_exchange_report report;
    imgmatch_exchange_options options = IMGMATCH_EXCHANGE_OPTIONS_INIT;
    options.on_conflict = IMGMATCH_CONFLICT_REPLACE;
    imgmatch_status status =
        imgmatch_catalogue_merge(&report, &catalogue, source_path, &options, diag);
    assert_int_equal(report.failed, 0);
    return status;
}

/* What a calibration is stored by. */
static imgmatch_status set_value(imx_store *store, imgmatch_diag *diag) {
    char *value = NULL;
    imgmatch_status status = imx_store_set_value(store, "key", "value", diag);
    if (status == IMGMATCH_OK && imx_store_get_value(&value, store, "key", NULL) == IMGMATCH_OK) {
        assert_non_null(value);
        assert_string_equal(value, "value");
    }
    free(value);
    return status;
}

static imgmatch_status verify(imx_store *store, imgmatch_diag *diag) {
    return imx_store_verify(store, NULL, NULL, diag);
}

static bool count_item(void *user, const imgmatch_item *item) {
    *(uint32_t *)user += item->id[0] != '\0';
    return true;
}

static imgmatch_status list(imx_store *store, imgmatch_diag *diag) {
    uint32_t count = 0;
    imgmatch_status status = imx_store_list(store, count_item, &count, diag);
    if (status == IMGMATCH_OK) {
        assert_int_equal(count, ITEMS - 1);
    }
    return status;
}

static imgmatch_status open_again(imx_store *store, imgmatch_diag *diag) {
    (void)store;
    imx_store *reader = NULL;
    const char *path = getenv("IMGMATCH_FAULTS_PATH");
    imgmatch_status status = imx_store_open(&reader, path, NULL, false, diag);
    assert_int_equal(reader != NULL, status == IMGMATCH_OK);
    imx_store_close(reader);
    return status;
}

typedef struct job {
    const char *name;
    imgmatch_status (*run)(imx_store *store, imgmatch_diag *diag);
    uint32_t first; /* What it makes of the items first .. first + count - 1. */
    uint32_t count;
    uint32_t version;
} job;

static const job jobs[] = {
    {"add", add_new, ITEMS, NEW_ITEMS, 2}, {"replace", replace, 3, 3, 2},
    {"remove", remove_two, 0, 0, 0},       {"compact", compact, 0, 0, 0},
    {"verify", verify, 0, 0, 0},           {"list", list, 0, 0, 0},
    {"open", open_again, 0, 0, 0},         {"set value", set_value, 0, 0, 0},
    {"merge", merge, ITEMS, NEW_ITEMS, 2},
};

static contents apply(contents state, const job *done) {
    for (uint32_t i = 0; i < done->count; i++) {
        state.versions[done->first + i] = done->version;
    }
    if (done->run == remove_two) {
        state.versions[5] = state.versions[22] = 0;
    }
    return state;
}

/* A main index, a tail, and a tombstone. */
static imx_store *make_catalogue(char path[512], const char *folder, contents *state) {
    imx_store *store = NULL;
    size_t removed = 0;
    const char *id = "item-11";
    sample_catalogue_create(path, folder);
    assert_int_equal(imx_store_open(&store, path, NULL, true, NULL), IMGMATCH_OK);
    assert_int_equal(sample_add(store, 0, 16, 1, NULL), IMGMATCH_OK);
    assert_int_equal(imx_store_compact(store, NULL), IMGMATCH_OK);
    assert_int_equal(sample_add(store, 16, ITEMS - 16, 1, NULL), IMGMATCH_OK);
    assert_int_equal(imx_store_remove(&removed, store, &id, 1, NULL), IMGMATCH_OK);
    *state = (contents){.versions = {0}};
    for (uint32_t i = 0; i < ITEMS; i++) {
        state->versions[i] = i == 11 ? 0 : 1;
    }
    return store;
}

/* What a reader that opens the catalogue now finds: one of the two, and nothing to object to. */
static bool reader_finds(const char *path, const contents *before, const contents *after) {
    imx_store *reader = NULL;
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    if (imx_store_open(&reader, path, NULL, false, &diag) != IMGMATCH_OK) {
        (void)fprintf(stderr, "reader: %s\n", diag.message);
        return false;
    }
    bool sound =
        (holds(reader, before) || holds(reader, after)) && sample_verify(reader) == IMGMATCH_OK;
    imx_store_close(reader);
    return sound;
}

/* Run a job with call n failing; false when it has no call n. */
static bool try_call(const job *run, call_fault kind, bool lasts, long n) {
    char path[512];
    contents before;
    char *folder = sample_folder_new();
    assert_non_null(folder);
    imx_store *store = make_catalogue(path, folder, &before);
    assert_int_equal(setenv("IMGMATCH_FAULTS_PATH", path, 1), 0);
    contents after = apply(before, run);
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    fault_arm((int)kind, n, lasts);
    imgmatch_status status = run->run(store, &diag);
    bool hit = fault_disarm();
    if (!hit && status != IMGMATCH_OK) {
        fail_msg("%s: %s", run->name, diag.message);
    }
    const char *wrong = NULL;
    if (status != IMGMATCH_OK && call_fault_is_harmless(kind)) {
        wrong = "it is to make no difference";
    } else if (status != IMGMATCH_OK && diag.message[0] == '\0') {
        wrong = "no message";
    } else if (status != IMGMATCH_OK && status != IMGMATCH_ERR_IO &&
               status != IMGMATCH_ERR_CATALOGUE) {
        wrong = imgmatch_status_text(status);
    } else if (!reader_finds(path, status == IMGMATCH_OK ? &after : &before, &after)) {
        wrong = "a reader finds something else";
    } else if (run->run(store, NULL) != IMGMATCH_OK || !holds(store, &after)) {
        wrong = "the job does not get done when it is asked again";
    }
    if (wrong != NULL) {
        fail_msg("%s, %s %ld%s, status %d (%s): %s", run->name, call_fault_name(kind), n,
                 lasts ? " and all after it" : "", (int)status, diag.message, wrong);
    }
    imx_store_close(store);
    assert_true(reader_finds(path, &after, &after));
    sample_folder_remove(folder);
    free(folder);
    return hit;
}

static void try_all(call_fault kind) {
    for (size_t i = 0; i < sizeof jobs / sizeof *jobs; i++) {
        long calls = 0;
        /* Interrupted again and again nothing ends. */
        bool ends = kind != CALL_READ_INTERRUPTED && kind != CALL_WRITE_INTERRUPTED;
        for (int lasts = 0; lasts < (ends ? 2 : 1); lasts++) {
            for (calls = 0; try_call(&jobs[i], kind, lasts == 1, calls); calls++) {
                assert_true(calls < MOST_CALLS);
            }
        }
        print_message("%s: %s fails, %ld calls\n", jobs[i].name, call_fault_name(kind), calls);
        /* The functions above are the ones that are called. */
        assert_true(calls > 0 || jobs[i].run != compact);
    }
}

static void test_kind(void **state) { try_all(*(const call_fault *)*state); }

/* Not the group's state, which would be all tests' state. */
static char *source_folder;

static int make_source(void **state) {
    (void)state;
    imx_store *source = NULL;
    source_folder = sample_folder_new();
    assert_non_null(source_folder);
    sample_catalogue_create(source_path, source_folder);
    assert_int_equal(imx_store_open(&source, source_path, NULL, true, NULL), IMGMATCH_OK);
    assert_int_equal(add_new(source, NULL), IMGMATCH_OK);
    imx_store_close(source);
    return 0;
}

static int remove_source(void **state) {
    (void)state;
    sample_folder_remove(source_folder);
    free(source_folder);
    return 0;
}

int main(void) {
    call_fault kinds[CALL_FAULTS];
    struct CMUnitTest tests[CALL_FAULTS];
    for (int i = 0; i < CALL_FAULTS; i++) {
        kinds[i] = (call_fault)i;
        tests[i] = (struct CMUnitTest){call_fault_name(kinds[i]), test_kind, NULL, NULL, &kinds[i]};
    }
    return cmocka_run_group_tests(tests, make_source, remove_source);
}
