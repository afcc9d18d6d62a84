/*
 * What programs do with files, with system call n failing, being interrupted or doing less than it
 * was asked for, for every n until the job gets by without that many. What is harmless makes no
 * difference. Otherwise a job that says OK gives the undisturbed answer; one that does not has a
 * message and a status that fits. Either way no descriptor and no mapping is left, what was there
 * is there for whoever opens the catalogue next, verify finds nothing, and the job gets done when
 * it is asked again.
 *
 * Of a job with many calls some are tried (ALL_UP_TO and what follows it), and fewer where a
 * sanitizer takes the time; with --all as the first argument all. Another argument chooses among
 * the jobs.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "faults/main_jobs/job_tests.h"
#include "sanitized.h"

#define MOST_CALLS 30000 /* A job that needs more than that is caught in a loop. */
/* Where what fails is the call alone, for good; and where it is much the same: a full disk after
 * one that does not write, calls that make no difference, and all calls from one on. */
#define ALL_UP_TO 100
#define THEN_EVERY 29
#define SAME_UP_TO 64
#define LASTING_UP_TO 12
#define SAME_EVERY 7
#define THINNER (IS_SANITIZED ? 5 : 1)

static long next_call(const trial_fault *fault) {
    bool same = fault->harmless || fault->lasts || fault->kind == CALL_WRITE_FULL;
    long all_up_to = fault->lasts ? LASTING_UP_TO : same ? SAME_UP_TO : ALL_UP_TO;
    return job_tests_next(fault->n, all_up_to, same ? SAME_EVERY : THEN_EVERY, THINNER);
}

static void try_kind(const stage *on, const system_job *job, const undisturbed *right,
                     call_fault kind) {
    trial_fault fault = {.name = call_fault_name(kind),
                         .kind = (int)kind,
                         .harmless = call_fault_is_harmless(kind),
                         .statuses = MAY(IMGMATCH_ERR_IO),
                         .photo_reason = IMGMATCH_REASON_READ_ERROR};
    while (trial_run(on, job, right, &fault)) {
        fault.n = next_call(&fault);
        assert_true(fault.n < MOST_CALLS);
    }
    long calls = fault.n;
    print_message("%s: about %ld calls, %s\n", job->name, calls, fault.name);
    assert_true(calls > 0 || (job->calls & 1u << kind) == 0);
    /* A disk that fails goes on failing. Short calls lead on; of these, all at once. Interrupted
     * again and again nothing ends. */
    bool once = kind == CALL_READ_SHORT || kind == CALL_WRITE_SHORT;
    fault.lasts = true;
    for (fault.n = 0; (!fault.harmless || once) && fault.n < (once ? 1 : calls);
         fault.n = next_call(&fault)) {
        (void)trial_run(on, job, right, &fault);
    }
}

static void try_all(const stage *on, const system_job *job, const undisturbed *right) {
    for (int kind = 0; kind < CALL_FAULTS; kind++) {
        try_kind(on, job, right, (call_fault)kind);
    }
}

int main(int argc, char **argv) { return job_tests_run(try_all, argc, argv); }
