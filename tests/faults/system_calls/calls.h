/* System calls that fail when they are told to: the program has the functions itself, and so stands
 * between the C library and all that is linked, imgmatch, SQLite and FAISS. Kinds of
 * faults/trigger.h. */
#ifndef TESTS_FAULTS_SYSTEM_CALLS_CALLS_H
#define TESTS_FAULTS_SYSTEM_CALLS_CALLS_H

#include <stdbool.h>

typedef enum call_fault {
    CALL_READ,
    CALL_READ_SHORT,       /* Half of what was asked for, as a pipe or a network gives. */
    CALL_READ_INTERRUPTED, /* EINTR. */
    CALL_WRITE,
    CALL_WRITE_FULL, /* ENOSPC. */
    CALL_WRITE_SHORT,
    CALL_WRITE_INTERRUPTED,
    CALL_SYNC,
    CALL_RENAME,
    CALL_TRUNCATE,
    CALL_READ_FOLDER,
    CALL_FAULTS
} call_fault;

const char *call_fault_name(call_fault kind);
/* Who calls has to go on as if nothing had been. */
bool call_fault_is_harmless(call_fault kind);
/* What reads fail with, of kind CALL_READ: EIO until this is called. */
void call_fault_set_read_error(int error);

#endif
