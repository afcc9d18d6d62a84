#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "faults/main_jobs/job_tests.h"

#include <string.h>

#define MOST_JOBS 32

static stage the_stage;
static job_test *the_test;

static void try_job(void **state) {
    const system_job *job = *(const system_job **)*state;
    undisturbed right = undisturbed_run(&the_stage, job);
    the_test(&the_stage, job, &right);
    undisturbed_free(&right);
}

static const system_job *chosen[MOST_JOBS];

static size_t take_jobs(struct CMUnitTest *tests, size_t count, const system_job *jobs) {
    for (; jobs->name != NULL; jobs++, count++) {
        assert_true(count < MOST_JOBS);
        chosen[count] = jobs;
        tests[count] = (struct CMUnitTest){jobs->name, try_job, NULL, NULL, &chosen[count]};
    }
    return count;
}

static int open_stage(void **state) {
    (void)state;
    stage_open(&the_stage);
    return 0;
}

static int close_stage(void **state) {
    (void)state;
    stage_close(&the_stage);
    return 0;
}

int job_tests_run(bool *all, job_test *test, int argc, char **argv) {
    struct CMUnitTest tests[MOST_JOBS];
    memset(tests, 0, sizeof tests);
    (void)take_jobs(tests, take_jobs(tests, 0, reading_jobs), writing_jobs);
    the_test = test;
    *all = argc > 1 && strcmp(argv[1], "--all") == 0;
    if (argc > 1 + *all) {
        cmocka_set_test_filter(argv[1 + *all]);
    }
    return cmocka_run_group_tests(tests, open_stage, close_stage);
}
