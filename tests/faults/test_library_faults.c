/*
 * Every main job, with call n of SQLite, FAISS, ONNX Runtime or mmap failing (of SQLite also with
 * all after it), for every n until the job gets by without that many: no crash, no leak (under a
 * sanitizer, and by counting the objects of FAISS and ONNX Runtime), an error that says so or a
 * photo with a reason, nothing handed out on failure. What was acknowledged is there, what was not
 * is not, and the same handle does the job when it is asked again.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "faults/handles.h"
#include "faults/jobs.h"
#include "faults/library_faults.h"
#include "faults/trigger.h"

#define MOST_CALLS 3000 /* A job that needs more than that is caught in a loop. */

static bool is_expected(imgmatch_status status, library_fault kind) {
    /* CATALOGUE: what verify says of what it could not read. */
    return (library_fault_statuses(kind) & 1u << status) != 0 ||
           (kind == LIBRARY_SQLITE_IO && status == IMGMATCH_ERR_CATALOGUE);
}

/* False when the job has no call n. */
static bool try_call(fault_bench *on, const fault_job *job, library_fault kind, bool lasts,
                     long n) {
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    fault_arm((int)kind, n, lasts);
    imgmatch_status status = job->run(on, &diag);
    bool hit = fault_disarm();
    if (status != IMGMATCH_OK && (!hit || !is_expected(status, kind) || diag.message[0] == '\0')) {
        fail_msg("%s, call %ld of %s: %s: %s", job->name, n, library_fault_name(kind),
                 imgmatch_status_text(status), diag.message);
    }
    imgmatch_diag again = IMGMATCH_DIAG_INIT;
    if (hit && job->run(on, &again) != IMGMATCH_OK) {
        fail_msg("%s after call %ld of %s: %s", job->name, n, library_fault_name(kind),
                 again.message);
    }
    return hit;
}

static void try_all(library_fault kind) {
    static const handle_balance nothing;
    fault_bench on;
    long all = 0;
    fault_bench_open(&on);
    for (const fault_job *job = fault_jobs; job->name != NULL; job++) {
        long calls = 0;
        assert_int_equal(job->run(&on, NULL), IMGMATCH_OK);
        handle_balance before = handle_balance_now();
        /* Memory may be short for a moment; a disk that fails goes on failing. */
        for (int lasts = 0; lasts < (kind == LIBRARY_SQLITE_IO ? 2 : 1); lasts++) {
            for (calls = 0; try_call(&on, job, kind, lasts == 1, calls); calls++) {
                assert_true(calls < MOST_CALLS);
                /* It was done undisturbed both times: the catalogue and the model have the same. */
                handle_balance_check(&before, job->name, library_fault_name(kind), calls);
            }
        }
        print_message("%s: %ld calls of %s\n", job->name, calls, library_fault_name(kind));
        all += calls;
        fault_bench_check(&on);
    }
    assert_true(all > 5); /* The wrapping works. */
    fault_bench_close(&on);
    handle_balance_check(&nothing, "after all", library_fault_name(kind), all);
}

/* The jobs above make objects of every kind, so that counting them tells something. */
static void test_all_kinds_were_counted(void **state) {
    (void)state;
    for (int i = 0; i < HANDLE_KINDS; i++) {
        if (handles_ever_made((handle_kind)i) == 0) {
            fail_msg("no %s was made", handle_name((handle_kind)i));
        }
    }
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
        cmocka_unit_test(test_sqlite_io),
        cmocka_unit_test(test_sqlite_memory),
        cmocka_unit_test(test_faiss),
        cmocka_unit_test(test_faiss_memory),
        cmocka_unit_test(test_onnx_runtime),
        cmocka_unit_test(test_mmap),
        cmocka_unit_test(test_all_kinds_were_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
