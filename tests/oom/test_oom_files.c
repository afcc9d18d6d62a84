/*
 * What programs do with catalogues and files, with allocation n failing, and with all from n on,
 * until the job gets by without that many: a job that says OK gives the undisturbed answer, one
 * that does not says IMGMATCH_ERR_MEMORY, or has a photo that is "out_of_memory", with a message.
 * What was there is there for whoever opens the catalogue next, and the job gets done when it is
 * asked again (faults/main_jobs/trial.h).
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

#include "faults/main_jobs/job_tests.h"
#include "oom/failing_memory.h"
#include "sanitized.h"

#define MOST_ALLOCATIONS 30000 /* A job that needs more than that is caught in a loop. */
#define ALL_UP_TO 100
#define THEN_EVERY 13
#define LASTING_EVERY 7
#define THINNER (IS_SANITIZED ? 3 : 1)

static long next_allocation(const trial_fault *fault) {
    return fault->lasts ? job_tests_next(fault->n, 0, LASTING_EVERY, THINNER)
                        : job_tests_next(fault->n, ALL_UP_TO, THEN_EVERY, THINNER);
}

static void try_all(const stage *on, const system_job *job, const undisturbed *right) {
    trial_fault fault = {.name = "allocation",
                         .kind = FAILING_MEMORY,
                         .statuses = MAY(IMGMATCH_ERR_MEMORY),
                         .photo_reason = IMGMATCH_REASON_OUT_OF_MEMORY};
    for (int lasts = 0; lasts < 2; lasts++) {
        fault.lasts = lasts == 1;
        for (fault.n = 0; trial_run(on, job, right, &fault);) {
            fault.n = next_allocation(&fault);
            assert_true(fault.n < MOST_ALLOCATIONS);
        }
    }
    print_message("%s: about %ld allocations\n", job->name, fault.n);
    assert_true(fault.n > 4); /* The wrapping works. */
}

int main(int argc, char **argv) { return job_tests_run(try_all, argc, argv); }
