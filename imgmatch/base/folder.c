#include "base/folder.h"

#include "base/diag.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>

imgmatch_status imx_folder_each(const char *folder, imx_folder_visit *visit, void *user,
                                imgmatch_diag *diag) {
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
            status = imx_fail_errno(diag, errno, "read", folder);
        } else if (entry != NULL && strcmp(entry->d_name, ".") != 0 &&
                   strcmp(entry->d_name, "..") != 0) {
            status = visit(user, dirfd(entries), entry->d_name, diag);
        }
    } while (entry != NULL && status == IMGMATCH_OK);
    (void)closedir(entries);
    return status;
}
