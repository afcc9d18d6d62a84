#include "base/file.h"

#include "base/diag.h"
#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Read to the end of an open file whose size was `expected` a moment ago. The file may grow or
 * shrink meanwhile: what is there by the end of file is what counts, `max_bytes` still holds. */
static int read_all(uint8_t **bytes, size_t *size, int fd, size_t expected, uint64_t max_bytes) {
    size_t capacity = expected + 1;
    uint8_t *block = imx_new_array_raw(capacity + 1, 1);
    if (block == NULL) {
        return ENOMEM;
    }
    size_t used = 0;
    for (;;) {
        ssize_t got = read(fd, block + used, capacity - used);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            int error = errno;
            free(block);
            return error;
        }
        if (got == 0) {
            break;
        }
        used += (size_t)got;
        if (used > max_bytes) {
            free(block);
            return EFBIG;
        }
        if (used == capacity) {
            uint8_t *larger = imx_resize_array(block, capacity * 2 + 1, 1);
            if (larger == NULL) {
                free(block);
                return ENOMEM;
            }
            block = larger;
            capacity *= 2;
        }
    }
    block[used] = 0;
    *bytes = block;
    *size = used;
    return 0;
}

/* Open and read a regular file; returns 0 or an errno value, EISDIR for whatever is no file. */
static int read_regular(uint8_t **bytes, size_t *size, const char *path, uint64_t max_bytes) {
    *bytes = NULL;
    *size = 0;
    /* O_NONBLOCK so that a FIFO without a writer does not hang us; regular files ignore it. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0) {
        return errno;
    }
    struct stat info;
    int error = 0;
    if (fstat(fd, &info) != 0) {
        error = errno;
    } else if (!S_ISREG(info.st_mode)) {
        error = EISDIR;
    } else if ((uint64_t)info.st_size > max_bytes) {
        error = EFBIG;
    } else {
        error = read_all(bytes, size, fd, (size_t)info.st_size, max_bytes);
    }
    (void)close(fd);
    return error;
}

static imgmatch_status fail_photo_errno(imgmatch_diag *diag, int error, uint64_t max_bytes) {
    switch (error) {
    case ENOENT:
    case ENOTDIR:
    case ELOOP:
        return imx_fail_photo(diag, IMGMATCH_REASON_NOT_FOUND, "no such file");
    case ENAMETOOLONG:
        return imx_fail_photo(diag, IMGMATCH_REASON_NOT_FOUND,
                              "the path is longer than the system takes");
    case EACCES:
    case EPERM:
        return imx_fail_photo(diag, IMGMATCH_REASON_NO_PERMISSION, "permission denied");
    case EISDIR:
    case ENXIO:
    case ENODEV:
        return imx_fail_photo(diag, IMGMATCH_REASON_NOT_A_FILE, "not a regular file");
    case EFBIG:
    case EOVERFLOW:
        return imx_fail_photo(diag, IMGMATCH_REASON_TOO_LARGE, "file is larger than %llu bytes",
                              (unsigned long long)max_bytes);
    case ENOMEM:
        return imx_fail_memory(diag);
    default:
        return imx_fail_photo(diag, IMGMATCH_REASON_READ_ERROR, "cannot be read (error %d)", error);
    }
}

imgmatch_status imx_file_read_photo(uint8_t **bytes, size_t *size, const char *path,
                                    uint64_t max_bytes, imgmatch_diag *diag) {
    int error = read_regular(bytes, size, path, max_bytes);
    if (error != 0) {
        return fail_photo_errno(diag, error, max_bytes);
    }
    if (*size == 0) {
        free(*bytes);
        *bytes = NULL;
        return imx_fail_photo(diag, IMGMATCH_REASON_EMPTY, "file is empty");
    }
    return IMGMATCH_OK;
}

imgmatch_status imx_file_read(uint8_t **bytes, size_t *size, const char *path, uint64_t max_bytes,
                              imgmatch_diag *diag) {
    int error = read_regular(bytes, size, path, max_bytes);
    return error == 0 ? IMGMATCH_OK : imx_fail_errno(diag, error, "read", path);
}

int imx_file_read_at(size_t *got, void *out, size_t size, int fd, uint64_t offset) {
    *got = 0;
    while (*got < size) {
        ssize_t more = pread(fd, (uint8_t *)out + *got, size - *got, (off_t)(offset + *got));
        if (more < 0 && errno != EINTR) {
            return errno;
        }
        if (more == 0) {
            return 0;
        }
        *got += more > 0 ? (size_t)more : 0;
    }
    return 0;
}

/* 0 or an errno value. */
static int write_all(int fd, const uint8_t *bytes, size_t size) {
    while (size > 0) {
        ssize_t done = write(fd, bytes, size);
        if (done < 0 && errno != EINTR) {
            return errno;
        }
        bytes += done < 0 ? 0 : done;
        size -= done < 0 ? 0 : (size_t)done;
    }
    return fsync(fd) == 0 ? 0 : errno;
}

imgmatch_status imx_file_replace(const char *path, const uint8_t *bytes, size_t size,
                                 imgmatch_diag *diag) {
    struct stat info;
    if (stat(path, &info) == 0 && !S_ISREG(info.st_mode)) {
        return imx_fail(diag, IMGMATCH_ERR_IO, "%.200s is no regular file", path);
    }
    size_t room = strlen(path) + 64;
    char *part = imx_new_array_raw(room, 1);
    if (part == NULL) {
        return imx_fail_memory(diag);
    }
    /* Not mkstemp, whose files nobody else may read. The stack tells threads apart. */
    (void)snprintf(part, room, "%s.%ld-%zx.part", path, (long)getpid(), (size_t)&info);
    (void)unlink(part);
    int fd = open(part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    int error = fd < 0 ? errno : write_all(fd, bytes, size);
    if (fd >= 0 && close(fd) != 0 && error == 0) {
        error = errno;
    }
    if (error == 0 && rename(part, path) != 0) {
        error = errno;
    }
    if (error != 0 && fd >= 0) {
        (void)unlink(part);
    }
    free(part);
    return error == 0 ? IMGMATCH_OK : imx_fail_errno(diag, error, "write", path);
}

imgmatch_status imx_file_sync(const char *path, imgmatch_diag *diag) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return imx_fail_errno(diag, errno, "open", path);
    }
    int error = fsync(fd) == 0 ? 0 : errno;
    (void)close(fd);
    return error == 0 ? IMGMATCH_OK : imx_fail_errno(diag, error, "sync", path);
}

imgmatch_status imx_file_sync_with_parent(const char *folder, imgmatch_diag *diag) {
    char *parent = imx_file_join(folder, "..");
    if (parent == NULL) {
        return imx_fail_memory(diag);
    }
    imgmatch_status status = imx_file_sync(folder, diag);
    if (status == IMGMATCH_OK) {
        status = imx_file_sync(parent, diag);
    }
    free(parent);
    return status;
}

char *imx_file_join(const char *folder, const char *name) {
    size_t folder_size = strlen(folder);
    size_t name_size = strlen(name);
    bool slash = folder_size > 0 && folder[folder_size - 1] != '/';
    char *path = imx_new_array_raw(folder_size + name_size + 2, 1);
    if (path == NULL) {
        return NULL;
    }
    memcpy(path, folder, folder_size);
    if (slash) {
        path[folder_size] = '/';
    }
    memcpy(path + folder_size + (slash ? 1 : 0), name, name_size + 1);
    return path;
}
