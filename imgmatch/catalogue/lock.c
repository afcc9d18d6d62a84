#include "catalogue/lock.h"

#include "base/checksum.h"
#include "base/diag.h"
#include "base/file.h"
#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define LINE_BYTES 128

struct imx_lock {
    int fd;
};

/* Write the line's text: fixed width, so that a new line covers the old one. */
static void format_line(char line[LINE_BYTES], long pid, uint64_t generation) {
    int used = snprintf(line, LINE_BYTES, "imgmatch lock 1 pid %010ld generation %020" PRIu64 " ",
                        pid, generation);
    (void)snprintf(line + used, LINE_BYTES - (size_t)used, "%016" PRIx64 "\n",
                   imx_checksum(line, (size_t)used));
}

/* Read the line of an open file; false when it is not as format_line writes it. */
static bool read_line(long *pid, uint64_t *generation, int fd) {
    char line[LINE_BYTES], expected[LINE_BYTES];
    *pid = 0;
    *generation = 0;
    ssize_t size = pread(fd, line, sizeof line - 1, 0);
    if (size <= 0) {
        return size == 0;
    }
    line[size] = '\0';
    long found_pid = 0;
    uint64_t found = 0;
    if (sscanf(line, "imgmatch lock 1 pid %10ld generation %20" SCNu64, &found_pid, &found) != 2) {
        return false;
    }
    format_line(expected, found_pid, found);
    if (strcmp(line, expected) != 0) {
        return false;
    }
    *pid = found_pid;
    *generation = found;
    return true;
}

static int open_lock_file(const char *folder, int flags) {
    char *path = imx_file_join(folder, IMX_LOCK_NAME);
    if (path == NULL) {
        errno = ENOMEM;
        return -1;
    }
    /* Not through a link: what the writer notes would go over whatever it leads to. */
    int fd = open(path, flags | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | O_NOFOLLOW, 0666);
    int error = errno;
    free(path);
    errno = error;
    return fd;
}

/* When the writer last noted something; every writer does so when it opens the catalogue. */
static void format_noted_time(char out[32], int fd) {
    struct stat info;
    struct tm parts;
    out[0] = '\0';
    if (fstat(fd, &info) == 0 && gmtime_r(&info.st_mtime, &parts) != NULL) {
        (void)strftime(out, 32, "%Y-%m-%dT%H:%M:%SZ", &parts);
    }
}

imgmatch_status imx_lock_take(imx_lock **out, const char *folder, imgmatch_diag *diag) {
    *out = NULL;
    imx_lock *lock = imx_new_array(1, sizeof *lock);
    if (lock == NULL) {
        return imx_fail_memory(diag);
    }
    lock->fd = open_lock_file(folder, O_RDWR | O_CREAT);
    if (lock->fd < 0) {
        int error = errno;
        free(lock);
        return imx_fail_errno(diag, error, "write to the catalogue", folder);
    }
    if (flock(lock->fd, LOCK_EX | LOCK_NB) == 0) {
        *out = lock;
        return IMGMATCH_OK;
    }
    int error = errno;
    long pid = 0;
    uint64_t generation = 0;
    char noted[32];
    (void)read_line(&pid, &generation, lock->fd);
    format_noted_time(noted, lock->fd);
    imx_lock_release(lock);
    if (error != EWOULDBLOCK) {
        return imx_fail_errno(diag, error, "lock the catalogue", folder);
    }
    if (pid > 0) {
        return imx_fail(
            diag, IMGMATCH_ERR_BUSY,
            "%s is being changed by another writer (process %ld, last seen at work %s); "
            "try again when it is done",
            folder, pid, noted);
    }
    return imx_fail(diag, IMGMATCH_ERR_BUSY,
                    "%s is being changed by another writer; try again when it is done", folder);
}

void imx_lock_release(imx_lock *lock) {
    if (lock != NULL) {
        (void)close(lock->fd);
        free(lock);
    }
}

void imx_lock_note(imx_lock *lock, uint64_t generation) {
    char line[LINE_BYTES];
    format_line(line, (long)getpid(), generation);
    size_t size = strlen(line);
    if (pwrite(lock->fd, line, size, 0) != (ssize_t)size) {
        /* A line that is half written would read as damaged. */
        (void)!ftruncate(lock->fd, 0);
        return;
    }
    (void)!ftruncate(lock->fd, (off_t)size);
}

uint64_t imx_lock_read_noted(const char *folder, bool *damaged) {
    *damaged = false;
    int fd = open_lock_file(folder, O_RDONLY);
    if (fd < 0) {
        return 0;
    }
    long pid = 0;
    uint64_t generation = 0;
    *damaged = !read_line(&pid, &generation, fd);
    (void)close(fd);
    return generation;
}
