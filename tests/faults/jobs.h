/* The main jobs of the library, for tests in which calls below it fail: each says by its status
 * what became of it, and checks itself that nothing is handed out on failure, that what was
 * acknowledged is there, and that what was not is not. */
#ifndef TESTS_FAULTS_JOBS_H
#define TESTS_FAULTS_JOBS_H

#include "integration/facade/pictures.h"

/* A catalogue with the items "kept" and "other", and two pictures. */
typedef struct fault_bench {
    workplace place;
    encoded one;
    encoded two;
} fault_bench;

void fault_bench_open(fault_bench *out);
void fault_bench_close(fault_bench *on);

/* The same for tests whose attempts are processes of their own, since some end them. The parent
 * makes the catalogue and opens nothing; children reopen it, and leave it. */
void fault_bench_make(fault_bench *out);
void fault_bench_remove(fault_bench *on);
void fault_bench_reopen(fault_bench *on);
void fault_bench_leave(fault_bench *on);
/* Remove what a job put in that did not come to its end. */
void fault_bench_tidy(fault_bench *on);

/* Verification finds nothing, the two items are there and nothing else. */
void fault_bench_check(const fault_bench *on);

typedef struct fault_job {
    const char *name;
    imgmatch_status (*run)(fault_bench *on, imgmatch_diag *diag);
} fault_job;

/* To be run in this order; the list ends with a NULL. Jobs disarm the trigger before they look. */
extern const fault_job fault_jobs[];

#endif
