/* A test program that has a test of each job. */
#ifndef TESTS_FAULTS_MAIN_JOBS_JOB_TESTS_H
#define TESTS_FAULTS_MAIN_JOBS_JOB_TESTS_H

#include "faults/main_jobs/trial.h"

typedef void job_test(const stage *on, const system_job *job, const undisturbed *right);

/* What main returns. With --all as the first argument no call is left out; the next one chooses
 * among the jobs. */
int job_tests_run(job_test *test, int argc, char **argv);
/* Was none chosen? */
bool job_tests_are_whole(void);

/* The call to be tried after call n: all up to some number, then some; one in `thinner` of either.
 */
long job_tests_next(long n, long all_up_to, long every, long thinner);

#endif
