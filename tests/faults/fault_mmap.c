#include "faults/library_faults.h"
#include "faults/trigger.h"

#include <errno.h>
#include <stddef.h>
#include <sys/mman.h>

void *__real_mmap(void *address, size_t size, int protection, int flags, int fd, off_t offset);
void *__wrap_mmap(void *address, size_t size, int protection, int flags, int fd, off_t offset);

void *__wrap_mmap(void *address, size_t size, int protection, int flags, int fd, off_t offset) {
    if (fault_now(LIBRARY_MMAP)) {
        errno = ENOMEM;
        return MAP_FAILED;
    }
    return __real_mmap(address, size, protection, flags, fd, offset);
}
