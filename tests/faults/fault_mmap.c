#include "faults/library_faults.h"

#include <errno.h>
#include <stdatomic.h>
#include <stddef.h>
#include <sys/mman.h>

static library_fault armed;
static bool lasting;
static atomic_long to_go = -1; /* Calls until one fails; negative: none does. */
static atomic_bool hit;

void library_fault_arm(library_fault kind, long n, bool lasts) {
    armed = kind;
    lasting = lasts;
    atomic_store(&hit, false);
    atomic_store(&to_go, n);
}

bool library_fault_disarm(void) {
    atomic_store(&to_go, -1);
    return atomic_load(&hit);
}

bool library_fault_now(library_fault kind) {
    if (atomic_load(&to_go) < 0 || armed != kind) {
        return false;
    }
    if ((atomic_load(&to_go) > 0 || !lasting) && atomic_fetch_sub(&to_go, 1) != 0) {
        return false;
    }
    atomic_store(&hit, true);
    return true;
}

void *__real_mmap(void *address, size_t size, int protection, int flags, int fd, off_t offset);
void *__wrap_mmap(void *address, size_t size, int protection, int flags, int fd, off_t offset);

void *__wrap_mmap(void *address, size_t size, int protection, int flags, int fd, off_t offset) {
    if (library_fault_now(LIBRARY_MMAP)) {
        errno = ENOMEM;
        return MAP_FAILED;
    }
    return __real_mmap(address, size, protection, flags, fd, offset);
}
