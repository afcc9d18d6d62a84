#include "fingerprint/model_path.h"

#include "base/diag.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/own_folder.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static bool is_manifest_name(const char *path) {
    const char *dot = strrchr(path, '.');
    return dot != NULL && strcmp(dot, ".json") == 0;
}

/* The manifest that `path` means: a folder's, or the file itself. Another file, such as the
 * network, would only be found to be no JSON, or to be too large for it. */
static imgmatch_status find_manifest(char **out, const char *path, imgmatch_diag *diag) {
    struct stat info;
    if (stat(path, &info) != 0) {
        return errno == ENOENT || errno == ENOTDIR
                   ? imx_fail(diag, IMGMATCH_ERR_NOT_FOUND, "%s: there is no such model", path)
                   : imx_fail_errno(diag, errno, "open", path);
    }
    if (!S_ISDIR(info.st_mode) && !is_manifest_name(path)) {
        return imx_fail(diag, IMGMATCH_ERR_MODEL,
                        "%s is no model: name its folder, or the manifest.json in it", path);
    }
    *out = S_ISDIR(info.st_mode) ? imx_file_join(path, "manifest.json") : imx_copy_text(path);
    return *out == NULL ? imx_fail_memory(diag) : IMGMATCH_OK;
}

/* The model that was installed with this library: beside it, wherever the tree was put, else where
 * it was configured to be. */
static imgmatch_status find_installed_manifest(char **out, imgmatch_diag *diag) {
    char *beside = imx_own_folder_join(IMGMATCH_MODEL_FROM_LIBRARY);
    if (beside == NULL) {
        return imx_fail_memory(diag);
    }
    const char *const places[] = {beside, IMGMATCH_DEFAULT_MODEL_DIR};
    imgmatch_status status = IMGMATCH_ERR_NOT_FOUND;
    size_t at = 0;
    for (size_t i = 0; i < 2 && status == IMGMATCH_ERR_NOT_FOUND; i++) {
        at = i;
        status = find_manifest(out, places[i], NULL);
    }
    if (status == IMGMATCH_ERR_NOT_FOUND) {
        status = imx_fail(diag, status,
                          "no model is installed in %s or %s; name one, or set "
                          "IMGMATCH_MODEL",
                          places[0], places[1]);
    } else if (status != IMGMATCH_OK) {
        status = imx_fail(diag, status, "%s: the installed model cannot be opened", places[at]);
    }
    free(beside);
    return status;
}

imgmatch_status imx_model_path_find(char **out, const char *path, imgmatch_diag *diag) {
    if (path != NULL) {
        return find_manifest(out, path, diag);
    }
    const char *folder = secure_getenv("IMGMATCH_MODEL");
    if (folder != NULL && folder[0] != '\0') {
        return find_manifest(out, folder, diag);
    }
    return find_installed_manifest(out, diag);
}
