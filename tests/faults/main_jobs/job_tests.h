/* A test program that has a test of each job. */
#ifndef TESTS_FAULTS_MAIN_JOBS_JOB_TESTS_H
#define TESTS_FAULTS_MAIN_JOBS_JOB_TESTS_H

#include "faults/main_jobs/trial.h"

typedef void job_test(const stage *on, const system_job *job, const undisturbed *right);

/* What main returns. *all when the first argument is --all; the next one chooses among the jobs. */
int job_tests_run(bool *all, job_test *test, int argc, char **argv);

#endif
