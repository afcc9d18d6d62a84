/*
 * Making a catalogue. The database is built under another name and gets its own when all of it is
 * on the disk, so a folder either holds a whole catalogue or none; what an interrupted attempt
 * left behind does not keep the next one from working.
 */
#include "catalogue/store_parts.h"

#include "base/diag.h"
#include "base/file.h"
#include "base/folder.h"
#include "base/memory.h"
#include "base/utf8.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

static bool is_utf8(const char *text, size_t size) {
    size_t used = 0;
    while (used < size) {
        size_t bytes = imx_utf8_size((const uint8_t *)text + used, size - used);
        if (bytes == 0) {
            return false;
        }
        used += bytes;
    }
    return true;
}

static imgmatch_status fill_identity(imx_catalogue_identity *out, const char *name,
                                     const imx_identity *made_by, imgmatch_diag *diag) {
    size_t size = strlen(name);
    if (size < 1 || size > IMX_MAX_NAME_BYTES || !is_utf8(name, size)) {
        return imx_fail(diag, IMGMATCH_ERR_ARGUMENT,
                        "a catalogue's name has 1 to %d bytes of UTF-8", IMX_MAX_NAME_BYTES);
    }
    if (made_by->dimension < 1 || made_by->dimension > IMX_MAX_DIMENSION) {
        return imx_fail(diag, IMGMATCH_ERR_ARGUMENT, "an embedding has 1 to %d dimensions",
                        IMX_MAX_DIMENSION);
    }
    *out = (imx_catalogue_identity){.made_by = *made_by};
    out->made_by.format = IMX_CATALOGUE_FORMAT;
    memcpy(out->name, name, size + 1);
    if (getrandom(&out->number, sizeof out->number, 0) != (ssize_t)sizeof out->number) {
        return imx_fail(diag, IMGMATCH_ERR_IO, "no random number from the system");
    }
    return IMGMATCH_OK;
}

/* Only what an interrupted create leaves. */
static imgmatch_status check_entry(void *user, int folder_fd, const char *name,
                                   imgmatch_diag *diag) {
    (void)folder_fd;
    const char *const *path = user;
    if (strcmp(name, IMX_DATABASE_NAME) == 0) {
        return imx_fail(diag, IMGMATCH_ERR_EXISTS, "%s is a catalogue already", *path);
    }
    bool ours = strcmp(name, IMX_LOCK_NAME) == 0 ||
                strncmp(name, IMX_NEW_DATABASE_NAME, strlen(IMX_NEW_DATABASE_NAME)) == 0;
    return ours ? IMGMATCH_OK
                : imx_fail(diag, IMGMATCH_ERR_EXISTS, "%s is there and not empty", *path);
}

static imgmatch_status check_empty(const char *path, imgmatch_diag *diag) {
    return imx_folder_each(path, check_entry, &path, diag);
}

static imgmatch_status build(const char *new_path, const imx_catalogue_identity *identity,
                             imgmatch_diag *diag) {
    imx_sql *sql = NULL;
    imgmatch_status status = imx_sql_open(&sql, new_path, IMX_SQL_CREATE, diag);
    if (status == IMGMATCH_OK) {
        status = imx_schema_create(sql, identity, diag);
    }
    imx_sql_close(sql);
    return status == IMGMATCH_OK ? imx_file_sync(new_path, diag) : status;
}

static void remove_leftovers(const char *new_path) {
    static const char *const suffixes[] = {"", "-journal", "-wal", "-shm"};
    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
        size_t size = strlen(new_path) + 16;
        char *path = imx_new_array(size, 1);
        if (path != NULL) {
            (void)snprintf(path, size, "%s%s", new_path, suffixes[i]);
            (void)unlink(path);
            free(path);
        }
    }
}

static imgmatch_status create_in(const char *path, const imx_catalogue_identity *identity,
                                 imgmatch_diag *diag) {
    imgmatch_status status = imx_sql_check_process(path, diag);
    if (status != IMGMATCH_OK) {
        return status;
    }
    imx_lock *lock = NULL;
    char *new_path = imx_file_join(path, IMX_NEW_DATABASE_NAME);
    char *final_path = imx_file_join(path, IMX_DATABASE_NAME);
    status = new_path == NULL || final_path == NULL ? imx_fail_memory(diag)
                                                    : imx_lock_take(&lock, path, diag);
    if (status == IMGMATCH_OK) {
        status = check_empty(path, diag);
    }
    if (status == IMGMATCH_OK) {
        remove_leftovers(new_path);
        status = build(new_path, identity, diag);
        /* Never over a database, whatever the folder said; not all file systems can tell. */
        if (status == IMGMATCH_OK &&
            renameat2(AT_FDCWD, new_path, AT_FDCWD, final_path, RENAME_NOREPLACE) != 0 &&
            (errno != EINVAL || rename(new_path, final_path) != 0)) {
            status = errno == EEXIST
                         ? imx_fail(diag, IMGMATCH_ERR_EXISTS, "%s is a catalogue already", path)
                         : imx_fail_errno(diag, errno, "write", final_path);
        }
        if (status == IMGMATCH_OK) {
            /* The folder itself may be new to the one that it is in. */
            status = imx_file_sync_with_parent(path, diag);
        } else {
            remove_leftovers(new_path);
        }
    }
    imx_lock_release(lock);
    free(new_path);
    free(final_path);
    return status;
}

void imx_store_clean_name(char *name) {
    size_t size = strlen(name), used = 0;
    while (used < size) {
        size_t bytes = imx_utf8_size((const uint8_t *)name + used, size - used);
        if (bytes == 0) {
            name[used] = '_';
            bytes = 1;
        }
        if (used + bytes > IMX_MAX_NAME_BYTES) {
            name[used] = '\0';
            break;
        }
        used += bytes;
    }
}

/* The folder's own name, from a path such as "a/b/". */
static char *folder_name(const char *path) {
    size_t end = strlen(path);
    while (end > 1 && path[end - 1] == '/') {
        end--;
    }
    size_t start = end;
    while (start > 0 && path[start - 1] != '/') {
        start--;
    }
    char *name = imx_copy_bytes(path + start, end - start);
    if (name != NULL) {
        imx_store_clean_name(name);
    }
    return name;
}

imgmatch_status imx_store_create(const char *path, const char *name, const imx_identity *identity,
                                 imgmatch_diag *diag) {
    imx_catalogue_identity whole;
    char *own_name = name == NULL ? folder_name(path) : imx_copy_text(name);
    if (own_name == NULL) {
        return imx_fail_memory(diag);
    }
    imgmatch_status status = fill_identity(&whole, own_name, identity, diag);
    free(own_name);
    if (status != IMGMATCH_OK) {
        return status;
    }
    bool made = mkdir(path, 0777) == 0;
    if (!made && errno != EEXIST) {
        return imx_fail_errno(diag, errno, "make the folder", path);
    }
    /* Before a lock file is put into what may be somebody else's folder. */
    status = check_empty(path, diag);
    if (status == IMGMATCH_OK) {
        status = create_in(path, &whole, diag);
    }
    /* Another process that came in between keeps its lock. */
    if (status != IMGMATCH_OK && status != IMGMATCH_ERR_BUSY && made) {
        char *lock_path = imx_file_join(path, IMX_LOCK_NAME);
        if (lock_path != NULL) {
            (void)unlink(lock_path);
            free(lock_path);
        }
        (void)rmdir(path);
    }
    return status;
}
