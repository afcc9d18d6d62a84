/*
 * What programs do with catalogues and files, with allocation n failing, and with all from n on,
 * until the job gets by without that many: a job that says OK gives the undisturbed answer, one
 * that does not says IMGMATCH_ERR_MEMORY, or has a photo that is "out_of_memory", with a message.
 * What was there is there for whoever opens the catalogue next, and the job gets done when it is
 * asked again (faults/system_calls/trial.h).
 *
 * Of a job with many allocations all fail up to ALL_UP_TO, then some, and every seventh with all
 * after it, and fewer where a sanitizer takes the time; with --all as the first argument all.
 * Another argument chooses among the jobs.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "faults/system_calls/trial.h"
#include "oom/failing_memory.h"
#include "sanitized.h"

#include <string.h>

#define MOST_ALLOCATIONS 30000 /* A job that needs more than that is caught in a loop. */
#define ALL_UP_TO 100
#define THEN_EVERY 13
#define LASTING_EVERY 7
#define THINNER (IS_SANITIZED ? 3 : 1)
#define MOST_JOBS 32

static stage the_stage;
static bool all_allocations;

static long next_allocation(const trial_fault *fault) {
    return fault->n + (all_allocations                  ? 1
                       : fault->lasts                   ? THINNER * LASTING_EVERY
                       : fault->n < ALL_UP_TO / THINNER ? 1
                                                        : THINNER * THEN_EVERY);
}

static void try_all(void **state) {
    const system_job *job = *(const system_job **)*state;
    undisturbed right = undisturbed_run(&the_stage, job);
    trial_fault fault = {.name = "allocation",
                         .kind = FAILING_MEMORY,
                         .statuses = MAY(IMGMATCH_ERR_MEMORY),
                         .photo_reason = IMGMATCH_REASON_OUT_OF_MEMORY};
    for (int lasts = 0; lasts < 2; lasts++) {
        fault.lasts = lasts == 1;
        for (fault.n = 0; trial_run(&the_stage, job, &right, &fault);) {
            fault.n = next_allocation(&fault);
            assert_true(fault.n < MOST_ALLOCATIONS);
        }
    }
    print_message("%s: about %ld allocations\n", job->name, fault.n);
    assert_true(fault.n > 4); /* The wrapping works. */
    undisturbed_free(&right);
}

static const system_job *chosen[MOST_JOBS];

static size_t take_jobs(struct CMUnitTest *tests, size_t count, const system_job *jobs) {
    for (; jobs->name != NULL; jobs++, count++) {
        assert_true(count < MOST_JOBS);
        chosen[count] = jobs;
        tests[count] = (struct CMUnitTest){jobs->name, try_all, NULL, NULL, &chosen[count]};
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

int main(int argc, char **argv) {
    struct CMUnitTest tests[MOST_JOBS];
    memset(tests, 0, sizeof tests);
    (void)take_jobs(tests, take_jobs(tests, 0, reading_jobs), writing_jobs);
    all_allocations = argc > 1 && strcmp(argv[1], "--all") == 0;
    if (argc > 1 + all_allocations) {
        cmocka_set_test_filter(argv[1 + all_allocations]);
    }
    return cmocka_run_group_tests(tests, open_stage, close_stage);
}
