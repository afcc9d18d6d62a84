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
static bool all_calls, all_jobs;

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

int job_tests_run(job_test *test, int argc, char **argv) {
    struct CMUnitTest tests[MOST_JOBS];
    memset(tests, 0, sizeof tests);
    (void)take_jobs(tests, take_jobs(tests, 0, reading_jobs), writing_jobs);
    the_test = test;
    all_calls = argc > 1 && strcmp(argv[1], "--all") == 0;
    all_jobs = argc <= 1 + all_calls;
    if (!all_jobs) {
        cmocka_set_test_filter(argv[1 + all_calls]);
    }
    return cmocka_run_group_tests(tests, open_stage, close_stage);
}

bool job_tests_are_whole(void) { return all_jobs; }

long job_tests_next(long n, long all_up_to, long every, long thinner) {
    return all_calls || n < all_up_to / thinner ? n + 1 : n + thinner * every;
}
