#include "catalogue/folder_files.h"

#include "base/diag.h"
#include "base/file.h"
#include "base/memory.h"
#include "catalogue/database_files.h"
#include "catalogue/index_file.h"
#include "catalogue/lock.h"
#include "catalogue/schema.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool is_own(const char *name) {
    return imx_database_files_has(IMX_DATABASE_NAME, name) ||
           imx_database_files_has(IMX_NEW_DATABASE_NAME, name) ||
           strcmp(name, IMX_LOCK_NAME) == 0 || imx_index_file_is_named(name);
}

static bool is_other(const char *name) {
    return strcmp(name, ".") != 0 && strcmp(name, "..") != 0 && !is_own(name);
}

static bool is_deleted_early(const char *name) {
    return is_own(name) && strcmp(name, IMX_LOCK_NAME) != 0;
}

/* "FOLDER/NAME: cannot VERB: why", of errno. */
static imgmatch_status fail_entry(imgmatch_diag *diag, const char *verb, const char *folder,
                                  const char *name) {
    int error = errno;
    char *path = imx_file_join(folder, name);
    imgmatch_status status =
        path == NULL ? imx_fail_memory(diag) : imx_fail_errno(diag, error, verb, path);
    free(path);
    return status;
}

typedef imgmatch_status entry_act(void *user, const char *folder, const char *name,
                                  imgmatch_diag *diag);

/* Do something with every entry that is wanted, until it fails. */
static imgmatch_status each_entry(const char *folder, bool (*wanted)(const char *name),
                                  entry_act *act, void *user, imgmatch_diag *diag) {
    DIR *entries = opendir(folder);
    if (entries == NULL) {
        return imx_fail_errno(diag, errno, "read", folder);
    }
    imgmatch_status status = IMGMATCH_OK;
    struct dirent *entry = NULL;
    do {
        errno = 0;
        entry = readdir(entries);
        if (entry == NULL && errno != 0) {
            /* What was not seen is not what is not there. */
            status = imx_fail_errno(diag, errno, "read", folder);
        } else if (entry != NULL && wanted(entry->d_name)) {
            status = act(user, folder, entry->d_name, diag);
        }
    } while (entry != NULL && status == IMGMATCH_OK);
    (void)closedir(entries);
    return status;
}

static imgmatch_status move_entry(void *user, const char *folder, const char *name,
                                  imgmatch_diag *diag) {
    const char *const *to = user;
    char *from_path = imx_file_join(folder, name);
    char *to_path = imx_file_join(*to, name);
    imgmatch_status status = IMGMATCH_OK;
    if (from_path == NULL || to_path == NULL) {
        status = imx_fail_memory(diag);
    } else if (renameat2(AT_FDCWD, from_path, AT_FDCWD, to_path, RENAME_NOREPLACE) != 0) {
        status = fail_entry(diag, "move to the new catalogue's folder", folder, name);
    }
    free(from_path);
    free(to_path);
    return status;
}

static bool is_any(const char *name) { return is_own(name) || is_other(name); }

static imgmatch_status note_entry(void *user, const char *folder, const char *name,
                                  imgmatch_diag *diag) {
    (void)folder;
    (void)diag; /* Nothing here fails. */
    imx_folder_survey *found = user;
    found->database = found->database || strcmp(name, IMX_DATABASE_NAME) == 0;
    found->own = found->own || is_own(name);
    found->others = found->others || is_other(name);
    return IMGMATCH_OK;
}

imgmatch_status imx_folder_files_survey(imx_folder_survey *out, const char *folder,
                                        imgmatch_diag *diag) {
    *out = (imx_folder_survey){.own = false};
    return each_entry(folder, is_any, note_entry, out, diag);
}

imgmatch_status imx_folder_files_move_others(const char *to, const char *from,
                                             imgmatch_diag *diag) {
    return each_entry(from, is_other, move_entry, &to, diag);
}

static imgmatch_status delete_entry(void *user, const char *folder, const char *name,
                                    imgmatch_diag *diag) {
    (void)user;
    char *path = imx_file_join(folder, name);
    imgmatch_status status = IMGMATCH_OK;
    if (path == NULL) {
        status = imx_fail_memory(diag);
    } else if (unlink(path) != 0 && errno != ENOENT) {
        status = fail_entry(diag, "delete", folder, name);
    }
    free(path);
    return status;
}

imgmatch_status imx_folder_files_delete(const char *folder, imgmatch_diag *diag) {
    imgmatch_status status = delete_entry(NULL, folder, IMX_DATABASE_NAME, diag);
    if (status == IMGMATCH_OK) {
        /* A database without its log would be one that lost changes. */
        status = imx_file_sync(folder, diag);
    }
    if (status == IMGMATCH_OK) {
        status = each_entry(folder, is_deleted_early, delete_entry, NULL, diag);
    }
    if (status == IMGMATCH_OK) {
        status = delete_entry(NULL, folder, IMX_LOCK_NAME, diag);
    }
    if (status == IMGMATCH_OK && rmdir(folder) != 0) {
        status = imx_fail_errno(diag, errno, "delete", folder);
    }
    return status;
}
