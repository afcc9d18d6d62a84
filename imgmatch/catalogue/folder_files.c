#include "catalogue/folder_files.h"

#include "base/diag.h"
#include "base/file.h"
#include "base/folder.h"
#include "base/memory.h"
#include "catalogue/database_files.h"
#include "catalogue/index_file.h"
#include "catalogue/lock.h"
#include "catalogue/schema.h"

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

static imgmatch_status note_entry(void *user, int folder_fd, const char *name,
                                  imgmatch_diag *diag) {
    (void)folder_fd;
    (void)diag; /* Nothing here fails. */
    imx_folder_survey *found = user;
    found->database = found->database || strcmp(name, IMX_DATABASE_NAME) == 0;
    found->own = found->own || is_own(name);
    found->others = found->others || !is_own(name);
    return IMGMATCH_OK;
}

imgmatch_status imx_folder_files_survey(imx_folder_survey *out, const char *folder,
                                        imgmatch_diag *diag) {
    *out = (imx_folder_survey){.own = false};
    return imx_folder_each(folder, note_entry, out, diag);
}

typedef struct move {
    const char *to;
    const char *from;
} move;

static imgmatch_status move_other(void *user, int folder_fd, const char *name,
                                  imgmatch_diag *diag) {
    (void)folder_fd;
    const move *self = user;
    if (is_own(name)) {
        return IMGMATCH_OK;
    }
    char *from_path = imx_file_join(self->from, name);
    char *to_path = imx_file_join(self->to, name);
    imgmatch_status status = IMGMATCH_OK;
    if (from_path == NULL || to_path == NULL) {
        status = imx_fail_memory(diag);
    } else if (renameat2(AT_FDCWD, from_path, AT_FDCWD, to_path, RENAME_NOREPLACE) != 0) {
        status = imx_fail_errno(diag, errno, "move to the new catalogue's folder", from_path);
    }
    free(from_path);
    free(to_path);
    return status;
}

imgmatch_status imx_folder_files_move_others(const char *to, const char *from,
                                             imgmatch_diag *diag) {
    move self = {.to = to, .from = from};
    return imx_folder_each(from, move_other, &self, diag);
}

static imgmatch_status delete_file(const char *folder, const char *name, imgmatch_diag *diag) {
    char *path = imx_file_join(folder, name);
    imgmatch_status status = IMGMATCH_OK;
    if (path == NULL) {
        status = imx_fail_memory(diag);
    } else if (unlink(path) != 0 && errno != ENOENT) {
        status = imx_fail_errno(diag, errno, "delete", path);
    }
    free(path);
    return status;
}

static imgmatch_status delete_early(void *user, int folder_fd, const char *name,
                                    imgmatch_diag *diag) {
    (void)folder_fd;
    const char *const *folder = user;
    return is_own(name) && strcmp(name, IMX_LOCK_NAME) != 0 ? delete_file(*folder, name, diag)
                                                            : IMGMATCH_OK;
}

imgmatch_status imx_folder_files_delete(const char *folder, imgmatch_diag *diag) {
    imgmatch_status status = delete_file(folder, IMX_DATABASE_NAME, diag);
    if (status == IMGMATCH_OK) {
        /* A database without its log would be one that lost changes. */
        status = imx_file_sync(folder, diag);
    }
    if (status == IMGMATCH_OK) {
        status = imx_folder_each(folder, delete_early, &folder, diag);
    }
    if (status == IMGMATCH_OK) {
        status = delete_file(folder, IMX_LOCK_NAME, diag);
    }
    if (status == IMGMATCH_OK && rmdir(folder) != 0) {
        status = imx_fail_errno(diag, errno, "delete", folder);
    }
    return status;
}
