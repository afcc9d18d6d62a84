/* A sync that succeeds is not passed on to the kernel: nothing here cuts the power. */
#include "faults/system_calls/calls.h"

#include "faults/trigger.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define INTERPOSED __attribute__((visibility("default")))

static const struct {
    const char *name;
    int error; /* 0: harmless without one. */
} kinds[CALL_FAULTS] = {[CALL_READ] = {"read", EIO},
                        [CALL_READ_SHORT] = {"read, short", 0},
                        [CALL_READ_INTERRUPTED] = {"read, interrupted", EINTR},
                        [CALL_WRITE] = {"write", EIO},
                        [CALL_WRITE_FULL] = {"write, no room", ENOSPC},
                        [CALL_WRITE_SHORT] = {"write, short", 0},
                        [CALL_WRITE_INTERRUPTED] = {"write, interrupted", EINTR},
                        [CALL_SYNC] = {"sync", EIO},
                        [CALL_RENAME] = {"rename", EIO},
                        [CALL_TRUNCATE] = {"truncate", EIO},
                        [CALL_READ_FOLDER] = {"read of a folder", EIO}};

const char *call_fault_name(call_fault kind) { return kinds[kind].name; }

bool call_fault_is_harmless(call_fault kind) {
    return kinds[kind].error == 0 || kinds[kind].error == EINTR;
}

static int read_error = EIO;

void call_fault_set_read_error(int error) { read_error = error; }

static bool fails_now(call_fault kind) {
    if (!fault_now((int)kind)) {
        return false;
    }
    errno = kind == CALL_READ ? read_error : kinds[kind].error;
    return true;
}

static bool read_fails(void) { return fails_now(CALL_READ); }

static bool write_fails(void) { return fails_now(CALL_WRITE) || fails_now(CALL_WRITE_FULL); }

/* Calls of the kernel; the C library's streams go on by themselves, or fail. One byte is not
 * halved. */
static bool plain_read_fails(size_t *size) {
    *size -= *size > 1 && fault_now(CALL_READ_SHORT) ? *size / 2 : 0;
    return read_fails() || fails_now(CALL_READ_INTERRUPTED);
}

static bool plain_write_fails(size_t *size) {
    *size -= *size > 1 && fault_now(CALL_WRITE_SHORT) ? *size / 2 : 0;
    return write_fails() || fails_now(CALL_WRITE_INTERRUPTED);
}

/* The function of that name that this program's own hides. */
static void find_next(void *function, const char *name) {
    void *found = dlsym(RTLD_NEXT, name);
    if (found == NULL) {
        abort();
    }
    memcpy(function, &found, sizeof found);
}

INTERPOSED ssize_t read(int fd, void *bytes, size_t size) {
    ssize_t (*next)(int, void *, size_t);
    find_next(&next, "read");
    return plain_read_fails(&size) ? -1 : next(fd, bytes, size);
}

INTERPOSED ssize_t pread(int fd, void *bytes, size_t size, off_t at) {
    ssize_t (*next)(int, void *, size_t, off_t);
    find_next(&next, "pread");
    return plain_read_fails(&size) ? -1 : next(fd, bytes, size, at);
}

INTERPOSED ssize_t pread64(int fd, void *bytes, size_t size, off64_t at) {
    ssize_t (*next)(int, void *, size_t, off64_t);
    find_next(&next, "pread64");
    return plain_read_fails(&size) ? -1 : next(fd, bytes, size, at);
}

/* A stream over memory, as FAISS reads a graph from, makes no call. */
INTERPOSED size_t fread(void *bytes, size_t size, size_t count, FILE *file) {
    size_t (*next)(void *, size_t, size_t, FILE *);
    find_next(&next, "fread");
    if (fileno(file) >= 0 && read_fails()) {
        file->_flags |= _IO_ERR_SEEN;
        return 0;
    }
    return next(bytes, size, count, file);
}

INTERPOSED ssize_t write(int fd, const void *bytes, size_t size) {
    ssize_t (*next)(int, const void *, size_t);
    find_next(&next, "write");
    return plain_write_fails(&size) ? -1 : next(fd, bytes, size);
}

INTERPOSED ssize_t pwrite(int fd, const void *bytes, size_t size, off_t at) {
    ssize_t (*next)(int, const void *, size_t, off_t);
    find_next(&next, "pwrite");
    return plain_write_fails(&size) ? -1 : next(fd, bytes, size, at);
}

INTERPOSED ssize_t pwrite64(int fd, const void *bytes, size_t size, off64_t at) {
    ssize_t (*next)(int, const void *, size_t, off64_t);
    find_next(&next, "pwrite64");
    return plain_write_fails(&size) ? -1 : next(fd, bytes, size, at);
}

/* What fails has got half-way: a record may be torn. */
INTERPOSED size_t fwrite(const void *bytes, size_t size, size_t count, FILE *file) {
    size_t (*next)(const void *, size_t, size_t, FILE *);
    find_next(&next, "fwrite");
    return next(bytes, size, write_fails() ? count / 2 : count, file);
}

/* What is in the buffer is written here as well. */
INTERPOSED int fflush(FILE *file) {
    int (*next)(FILE *);
    find_next(&next, "fflush");
    return write_fails() ? EOF : next(file);
}

INTERPOSED int fclose(FILE *file) {
    int (*next)(FILE *);
    find_next(&next, "fclose");
    int code = next(file);
    return write_fails() ? EOF : code;
}

INTERPOSED int fsync(int fd) {
    (void)fd;
    return fails_now(CALL_SYNC) ? -1 : 0;
}

INTERPOSED int fdatasync(int fd) {
    (void)fd;
    return fails_now(CALL_SYNC) ? -1 : 0;
}

INTERPOSED int rename(const char *from, const char *to) {
    int (*next)(const char *, const char *);
    find_next(&next, "rename");
    return fails_now(CALL_RENAME) ? -1 : next(from, to);
}

INTERPOSED int renameat2(int from_folder, const char *from, int to_folder, const char *to,
                         unsigned flags) {
    int (*next)(int, const char *, int, const char *, unsigned);
    find_next(&next, "renameat2");
    return fails_now(CALL_RENAME) ? -1 : next(from_folder, from, to_folder, to, flags);
}

INTERPOSED int ftruncate(int fd, off_t size) {
    int (*next)(int, off_t);
    find_next(&next, "ftruncate");
    return fails_now(CALL_TRUNCATE) ? -1 : next(fd, size);
}

INTERPOSED int ftruncate64(int fd, off64_t size) {
    int (*next)(int, off64_t);
    find_next(&next, "ftruncate64");
    return fails_now(CALL_TRUNCATE) ? -1 : next(fd, size);
}

INTERPOSED struct dirent *readdir(DIR *folder) {
    struct dirent *(*next)(DIR *);
    find_next(&next, "readdir");
    return fails_now(CALL_READ_FOLDER) ? NULL : next(folder);
}
