/* The main jobs that read and write files, as programs do them: from opening a catalogue to closing
 * it. Each says by its status whether all of it was done, and then leaves an answer that is the
 * same whenever it is. */
#ifndef TESTS_FAULTS_MAIN_JOBS_JOBS_H
#define TESTS_FAULTS_MAIN_JOBS_JOBS_H

#include "faults/main_jobs/stage.h"
#include "faults/system_calls/calls.h"

typedef struct system_job {
    const char *name;
    imgmatch_index_kind kind;
    imgmatch_status (*run)(attempt *at, imgmatch_diag *diag);
    unsigned calls;    /* Bit n: it has calls of call_fault n. */
    unsigned statuses; /* Bit n: it may fail with status n; always with IMGMATCH_ERR_IO. */
    bool changes;      /* Asked again, it need not give the same answer. */
    bool whole;        /* All of its changes are made, or none. */
    /* NULL, or what is wrong with other files than the catalogue's. */
    const char *(*check)(const attempt *at, bool done);
} system_job;

#define READS (1u << CALL_READ)
#define WRITES (1u << CALL_READ | 1u << CALL_WRITE | 1u << CALL_SYNC)
#define RENAMES (1u << CALL_RENAME)
#define FOLDERS (1u << CALL_READ_FOLDER)
#define MAY(status) (1u << (status))

extern const system_job reading_jobs[], writing_jobs[]; /* The lists end with a NULL. */

#endif
