/* Calls of the libraries below imgmatch that fail when they are told to. The linker puts these
 * functions between imgmatch's code and the libraries; see CMakeLists.txt. The kinds of
 * faults/trigger.h are: */
#ifndef TESTS_LIBRARY_FAULTS_H
#define TESTS_LIBRARY_FAULTS_H

typedef enum library_fault {
    LIBRARY_SQLITE_IO,
    LIBRARY_SQLITE_MEMORY,
    LIBRARY_FAISS,        /* An error with a reason. */
    LIBRARY_FAISS_MEMORY, /* std::bad_alloc. */
    LIBRARY_ONNX,
    LIBRARY_MMAP,
    LIBRARY_FAULT_COUNT
} library_fault;

const char *library_fault_name(library_fault kind);
/* Bit n: a job in which it happens may fail with status n. */
unsigned library_fault_statuses(library_fault kind);

#endif
