/* A job with one fault, and all that has to hold afterwards. */
#ifndef TESTS_FAULTS_MAIN_JOBS_TRIAL_H
#define TESTS_FAULTS_MAIN_JOBS_TRIAL_H

#include "faults/main_jobs/jobs.h"

/* What is so when nothing fails. */
typedef struct undisturbed {
    char *before; /* Items. */
    char *after;
    char *answer;
} undisturbed;

undisturbed undisturbed_run(const stage *on, const system_job *job);
void undisturbed_free(undisturbed *right);

typedef struct trial_fault {
    const char *name;
    int kind; /* Of faults/trigger.h, as are the next two. */
    long n;
    bool lasts;
    bool harmless;                /* It makes no difference. */
    unsigned statuses;            /* Bit n: the job may fail with status n, beside its own. */
    imgmatch_reason photo_reason; /* Of photos that fail. */
} trial_fault;

/* The test fails when something does not hold; false when the job has no call n. */
bool trial_run(const stage *on, const system_job *job, const undisturbed *right,
               const trial_fault *fault);

#endif
