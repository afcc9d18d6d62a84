/* Calls of the libraries below imgmatch that fail when they are told to. The linker puts these
 * functions between imgmatch's code and the libraries; see CMakeLists.txt. */
#ifndef TESTS_LIBRARY_FAULTS_H
#define TESTS_LIBRARY_FAULTS_H

#include <stdbool.h>

typedef enum library_fault {
    LIBRARY_SQLITE_IO,
    LIBRARY_SQLITE_MEMORY,
    LIBRARY_FAISS,        /* An error with a reason. */
    LIBRARY_FAISS_MEMORY, /* std::bad_alloc. */
    LIBRARY_ONNX,
    LIBRARY_MMAP,
    LIBRARY_FAULT_COUNT
} library_fault;

/* Of this kind, call `n` from now on fails, the first one being 0; with `lasts` all after it, too.
 */
void library_fault_arm(library_fault kind, long n, bool lasts);
/* From here on nothing fails. Returns whether something did. */
bool library_fault_disarm(void);

/* For the functions that fail. */
bool library_fault_now(library_fault kind);

#endif
