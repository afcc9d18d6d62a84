/* What a photo for the worker of fault_worker.c ends in: which allocation is to fail. It is not
 * part of the photo that is decoded. */
#ifndef TESTS_FAULTS_FAULT_WORKER_H
#define TESTS_FAULTS_FAULT_WORKER_H

#include <stdint.h>

#define ALLOCATION_MARK "imx-allocation:"

typedef struct allocation_mark {
    char mark[16];
    int64_t owner; /* fault_owner. */
    int64_t n;
} allocation_mark;

/* Refused with reason "unsupported" and this message: decoding was through before allocation n. */
#define NO_SUCH_ALLOCATION "no such allocation"

#endif
