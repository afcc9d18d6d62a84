/*
 * What programs do with catalogues and files, with call n of SQLite, FAISS, ONNX Runtime or mmap
 * failing, and with all from n on, until the job gets by without that many: what says OK gives the
 * undisturbed answer, what does not has a message and a status that fits. Objects of FAISS and ONNX
 * Runtime are given back, what was there is there for whoever opens the catalogue next, and the job
 * gets done when it is asked again (faults/main_jobs/trial.h).
 *
 * Every call fails; some with all after them, and where a sanitizer takes the time some of either.
 * With --all as the first argument all, in both ways. Another argument chooses among the jobs.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "faults/handles.h"
#include "faults/library_faults.h"
#include "faults/main_jobs/job_tests.h"
#include "sanitized.h"

#define MOST_CALLS 30000 /* A job that needs more than that is caught in a loop. */
#define ALL_UP_TO (IS_SANITIZED ? 40 : MOST_CALLS)
#define THEN_EVERY 17
#define LASTING_EVERY 19
#define THINNER (IS_SANITIZED ? 3 : 1)

static long found[LIBRARY_FAULT_COUNT]; /* In all jobs. */

static long next_call(const trial_fault *fault) {
    return fault->lasts ? job_tests_next(fault->n, 0, LASTING_EVERY, THINNER)
                        : job_tests_next(fault->n, ALL_UP_TO, THEN_EVERY, THINNER);
}

/* The number of the first call that the job does not have, or one soon after it. */
static long try_calls(const stage *on, const system_job *job, const undisturbed *right,
                      trial_fault *fault) {
    handle_balance before = handle_balance_now();
    for (fault->n = 0; trial_run(on, job, right, fault); fault->n = next_call(fault)) {
        assert_true(fault->n < MOST_CALLS);
        handle_balance_check(&before, job->name, fault->name, fault->n);
    }
    return fault->n;
}

/* Of a photo that the call goes on without: only for want of memory. */
static imgmatch_reason reason_of(unsigned statuses) {
    return (statuses & MAY(IMGMATCH_ERR_MEMORY)) != 0 ? IMGMATCH_REASON_OUT_OF_MEMORY
                                                      : IMGMATCH_REASON_NONE;
}

static void try_all(const stage *on, const system_job *job, const undisturbed *right) {
    for (int kind = 0; kind < LIBRARY_FAULT_COUNT; kind++) {
        trial_fault fault = {.name = library_fault_name((library_fault)kind),
                             .kind = kind,
                             .statuses = library_fault_statuses((library_fault)kind),
                             .photo_reason =
                                 reason_of(library_fault_statuses((library_fault)kind))};
        long calls = try_calls(on, job, right, &fault);
        print_message("%s: about %ld calls, %s\n", job->name, calls, fault.name);
        fault.lasts = true;
        (void)try_calls(on, job, right, &fault);
        found[kind] += calls;
    }
}

int main(int argc, char **argv) {
    int failed = job_tests_run(try_all, argc, argv);
    for (int kind = 0; job_tests_are_whole() && kind < LIBRARY_FAULT_COUNT; kind++) {
        if (found[kind] == 0) { /* The wrapping does not work. */
            print_error("no call of %s was found\n", library_fault_name((library_fault)kind));
            failed++;
        }
    }
    return failed;
}
