#include "catalogue/index_file.h"

#include "base/diag.h"
#include "base/file.h"
#include "base/folder.h"
#include "catalogue/index_page.h"
#include "catalogue/main_index.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "index files are written as they lie in memory, which has to be little-endian"
#endif

#define TEMPORARY_SUFFIX ".tmp"

void imx_index_file_name(char out[IMX_INDEX_NAME_BYTES], uint64_t generation) {
    (void)snprintf(out, IMX_INDEX_NAME_BYTES, "index-%" PRIu64 ".imx", generation);
}

bool imx_index_file_is_named(const char *name) {
    size_t digits = strncmp(name, "index-", 6) == 0 ? strspn(name + 6, "0123456789") : 0;
    const char *rest = digits > 0 ? name + 6 + digits : "";
    return strcmp(rest, ".imx") == 0 || strcmp(rest, ".imx" TEMPORARY_SUFFIX) == 0;
}

/* ---- writing ---- */

static imgmatch_status fail_write(imgmatch_diag *diag, const char *path) {
    return imx_fail(diag, IMGMATCH_ERR_IO, "%s: cannot be written: %s", path, strerror(errno));
}

static imgmatch_status write_temporary(const char *temporary, const imx_index_stamp *stamp,
                                       imx_index_writer write, const void *what,
                                       imgmatch_diag *diag) {
    /* What an interrupted write left, or a link that somebody laid there, is not written to. */
    (void)unlink(temporary);
    int fd = open(temporary, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    FILE *file = fd < 0 ? NULL : fdopen(fd, "w+b");
    if (file == NULL) {
        int error = errno;
        if (fd >= 0) {
            (void)close(fd);
        }
        return imx_fail_errno(diag, error, "write", temporary);
    }
    imgmatch_status status = write(file, stamp, what, temporary, diag);
    if (status == IMGMATCH_OK && (fflush(file) != 0 || fsync(fileno(file)) != 0)) {
        status = fail_write(diag, temporary);
    }
    if (fclose(file) != 0 && status == IMGMATCH_OK) {
        status = fail_write(diag, temporary);
    }
    return status;
}

imgmatch_status imx_index_file_publish(const char *folder, const imx_index_stamp *stamp,
                                       imx_index_writer write, const void *what,
                                       imgmatch_diag *diag) {
    char name[IMX_INDEX_NAME_BYTES], temporary_name[IMX_INDEX_NAME_BYTES + 8];
    imx_index_file_name(name, stamp->generation);
    (void)snprintf(temporary_name, sizeof temporary_name, "%s" TEMPORARY_SUFFIX, name);
    char *path = imx_file_join(folder, name);
    char *temporary = imx_file_join(folder, temporary_name);
    imgmatch_status status = path == NULL || temporary == NULL
                                 ? imx_fail_memory(diag)
                                 : write_temporary(temporary, stamp, write, what, diag);
    if (status == IMGMATCH_OK && rename(temporary, path) != 0) {
        status = imx_fail_errno(diag, errno, "write", path);
    }
    if (status == IMGMATCH_OK) {
        status = imx_file_sync(folder, diag);
    }
    if (status != IMGMATCH_OK && temporary != NULL) {
        (void)unlink(temporary);
    }
    free(path);
    free(temporary);
    return status;
}

/* ---- reading ---- */

static imgmatch_status read_page(uint8_t page[IMX_INDEX_PAGE_BYTES], FILE *file, const char *path,
                                 imgmatch_diag *diag) {
    if (fread(page, 1, IMX_INDEX_PAGE_BYTES, file) == IMX_INDEX_PAGE_BYTES) {
        return IMGMATCH_OK;
    }
    return ferror(file) ? imx_fail_errno(diag, errno, "read", path)
                        : imx_index_fail_damaged(diag, path, "it is cut off");
}

static imgmatch_status read_open_file(imx_segment **out, FILE *file, const imx_index_stamp *stamp,
                                      const char *path, imgmatch_diag *diag) {
    struct stat info;
    if (fstat(fileno(file), &info) != 0) {
        return imx_fail_errno(diag, errno, "read", path);
    }
    if (!S_ISREG(info.st_mode)) {
        return imx_index_fail_damaged(diag, path, "it is no regular file");
    }
    uint8_t page[IMX_INDEX_PAGE_BYTES];
    imgmatch_status status = read_page(page, file, path, diag);
    if (status != IMGMATCH_OK) {
        return status;
    }
    imx_index_prefix prefix;
    memcpy(&prefix, page, sizeof prefix);
    if (memcmp(prefix.magic, IMX_INDEX_MAGIC, sizeof prefix.magic) != 0) {
        return imx_index_fail_damaged(diag, path, "it does not begin like an index");
    }
    if (prefix.format != IMX_INDEX_FORMAT) {
        return imx_index_fail_damaged(diag, path, "it has another format");
    }
    return imx_main_index_read(out, file, page, (uint64_t)info.st_size, stamp, path, diag);
}

imgmatch_status imx_index_file_read(imx_segment **out, const char *folder,
                                    const imx_index_stamp *stamp, imgmatch_diag *diag) {
    *out = NULL;
    char name[IMX_INDEX_NAME_BYTES];
    imx_index_file_name(name, stamp->generation);
    char *path = imx_file_join(folder, name);
    if (path == NULL) {
        return imx_fail_memory(diag);
    }
    imgmatch_status status = IMGMATCH_OK;
    FILE *file = NULL;
    /* O_NONBLOCK: something else of that name must not hang us. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0 || (file = fdopen(fd, "rb")) == NULL) {
        status = imx_fail_errno(diag, errno, "open", path);
        if (fd >= 0) {
            (void)close(fd);
        }
    } else {
        status = read_open_file(out, file, stamp, path, diag);
        (void)fclose(file);
    }
    free(path);
    return status;
}

static imgmatch_status collect_one(void *user, int folder_fd, const char *name,
                                   imgmatch_diag *diag) {
    (void)diag; /* What cannot be deleted costs room, and is met again by the next one. */
    const char *keep = user;
    if (imx_index_file_is_named(name) && strcmp(name, keep) != 0) {
        (void)unlinkat(folder_fd, name, 0);
    }
    return IMGMATCH_OK;
}

void imx_index_file_collect(const char *folder, uint64_t keep_generation) {
    char keep[IMX_INDEX_NAME_BYTES];
    imx_index_file_name(keep, keep_generation);
    (void)imx_folder_each(folder, collect_one, keep, NULL);
}
