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
    char *path;
};

/* Write the line's text: fixed width, so that a new line covers the old one. */
static void format_line(char line[LINE_BYTES], long pid, uint64_t generation) {
    int used = snprintf(line, LINE_BYTES, "imgmatch lock 1 pid %010ld generation %020" PRIu64 " ",
                        pid, generation);
    (void)snprintf(line + used, LINE_BYTES - (size_t)used, "%016" PRIx64 "\n",
                   imx_checksum(line, (size_t)used));
}

typedef struct lock_line {
    long pid; /* 0: nothing was noted. */
    uint64_t generation;
    bool damaged;
} lock_line;

/* The line of an open file. One that is not as format_line writes it is damaged; one that cannot be
 * read is an error: it may be there. */
static imgmatch_status read_line(lock_line *out, int fd, const char *path, imgmatch_diag *diag) {
    char line[LINE_BYTES], expected[LINE_BYTES];
    *out = (lock_line){0};
    size_t size;
    int error = imx_file_read_at(&size, line, sizeof line - 1, fd, 0);
    if (error != 0) {
        return imx_fail_errno(diag, error, "read", path);
    }
    line[size] = '\0';
    long pid = 0;
    uint64_t generation = 0;
    out->damaged = size > 0;
    if (sscanf(line, "imgmatch lock 1 pid %10ld generation %20" SCNu64, &pid, &generation) == 2) {
        format_line(expected, pid, generation);
        if (strcmp(line, expected) == 0) {
            *out = (lock_line){.pid = pid, .generation = generation};
        }
    }
    return IMGMATCH_OK;
}

static imgmatch_status fail_kind(const char *path, imgmatch_diag *diag) {
    return imx_fail(diag, IMGMATCH_ERR_CATALOGUE, "%s is no regular file", path);
}

/* Why a link, a folder or a socket cannot be opened. */
static bool is_other_kind(int error) { return error == ELOOP || error == EISDIR || error == ENXIO; }

static imgmatch_status check_kind(int fd, const char *path, imgmatch_diag *diag) {
    struct stat info;
    if (fstat(fd, &info) != 0) {
        return imx_fail_errno(diag, errno, "look at", path);
    }
    return S_ISREG(info.st_mode) ? IMGMATCH_OK : fail_kind(path, diag);
}

/* What has another name, and no line of ours, is somebody's. */
static imgmatch_status check_names(int fd, const char *path, imgmatch_diag *diag) {
    struct stat info;
    lock_line line;
    imgmatch_status status = read_line(&line, fd, path, diag);
    return status == IMGMATCH_OK && line.pid == 0 && fstat(fd, &info) == 0 && info.st_nlink > 1
               ? imx_fail(diag, IMGMATCH_ERR_CATALOGUE,
                          "%s is no lock file, and has another name: it would be written over",
                          path)
               : status;
}

/* Not through a link: what the writer notes would go over whatever it leads to. */
static int open_lock_file(const char *path, int flags) {
    return open(path, flags | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | O_NOFOLLOW, 0666);
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

static imgmatch_status fail_held(const imx_lock *lock, const char *folder, imgmatch_diag *diag) {
    lock_line line;
    char noted[32];
    (void)read_line(&line, lock->fd, lock->path, NULL);
    format_noted_time(noted, lock->fd);
    if (line.pid > 0) {
        return imx_fail(
            diag, IMGMATCH_ERR_BUSY,
            "%s is being changed by another writer (process %ld, last seen at work %s); "
            "try again when it is done",
            folder, line.pid, noted);
    }
    return imx_fail(diag, IMGMATCH_ERR_BUSY,
                    "%s is being changed by another writer; try again when it is done", folder);
}

static imgmatch_status open_and_lock(imx_lock *lock, const char *folder, imgmatch_diag *diag) {
    lock->path = imx_file_join(folder, IMX_LOCK_NAME);
    if (lock->path == NULL) {
        return imx_fail_memory(diag);
    }
    lock->fd = open_lock_file(lock->path, O_RDWR | O_CREAT);
    if (lock->fd < 0) {
        return is_other_kind(errno) ? fail_kind(lock->path, diag)
                                    : imx_fail_errno(diag, errno, "write to the catalogue", folder);
    }
    imgmatch_status status = check_kind(lock->fd, lock->path, diag);
    if (status != IMGMATCH_OK) {
        return status;
    }
    if (flock(lock->fd, LOCK_EX | LOCK_NB) != 0) {
        return errno == EWOULDBLOCK ? fail_held(lock, folder, diag)
                                    : imx_fail_errno(diag, errno, "lock the catalogue", folder);
    }
    status = check_names(lock->fd, lock->path, diag);
    return status == IMGMATCH_OK ? imx_lock_check(lock, diag) : status;
}

imgmatch_status imx_lock_take(imx_lock **out, const char *folder, imgmatch_diag *diag) {
    *out = NULL;
    imx_lock *lock = imx_new_array(1, sizeof *lock);
    if (lock == NULL) {
        return imx_fail_memory(diag);
    }
    lock->fd = -1;
    imgmatch_status status = open_and_lock(lock, folder, diag);
    if (status != IMGMATCH_OK) {
        imx_lock_release(lock);
        return status;
    }
    *out = lock;
    return IMGMATCH_OK;
}

imgmatch_status imx_lock_check(const imx_lock *lock, imgmatch_diag *diag) {
    struct stat held, found;
    if (fstat(lock->fd, &held) == 0 && stat(lock->path, &found) == 0 &&
        held.st_dev == found.st_dev && held.st_ino == found.st_ino) {
        return IMGMATCH_OK;
    }
    return imx_fail(diag, IMGMATCH_ERR_IO,
                    "%s is not the file any more that was locked: it or the catalogue was moved, "
                    "replaced or removed while it was open for writing; open it again",
                    lock->path);
}

void imx_lock_release(imx_lock *lock) {
    if (lock != NULL) {
        if (lock->fd >= 0) {
            (void)close(lock->fd);
        }
        free(lock->path);
        free(lock);
    }
}

void imx_lock_note(imx_lock *lock, uint64_t generation) {
    char line[LINE_BYTES];
    format_line(line, (long)getpid(), generation);
    size_t size = strlen(line), done = 0;
    /* Where nothing could be written the line of before stays, which is old and right; one that is
     * half written reads as damaged. */
    while (done < size) {
        ssize_t more = pwrite(lock->fd, line + done, size - done, (off_t)done);
        if (more <= 0 && !(more < 0 && errno == EINTR)) {
            return;
        }
        done += more > 0 ? (size_t)more : 0;
    }
    (void)!ftruncate(lock->fd, (off_t)size);
}

imgmatch_status imx_lock_read_noted(uint64_t *generation, bool *damaged, const char *folder,
                                    imgmatch_diag *diag) {
    *generation = 0;
    *damaged = false;
    char *path = imx_file_join(folder, IMX_LOCK_NAME);
    if (path == NULL) {
        return imx_fail_memory(diag);
    }
    imgmatch_status status = IMGMATCH_OK;
    int fd = open_lock_file(path, O_RDONLY);
    if (fd >= 0) {
        lock_line line = {0};
        status = check_kind(fd, path, diag);
        if (status == IMGMATCH_OK) {
            status = read_line(&line, fd, path, diag);
        }
        *damaged = line.damaged;
        *generation = line.generation;
        (void)close(fd);
    } else if (errno != ENOENT) {
        /* Without it nobody can tell whether acknowledged changes are missing. */
        status = is_other_kind(errno) ? fail_kind(path, diag)
                                      : imx_fail_errno(diag, errno, "open", path);
    }
    free(path);
    return status;
}
