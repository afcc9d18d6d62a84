#include "isolate/worker_path.h"

#include "base/diag.h"
#include "base/file.h"
#include "base/memory.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The folder of the library that this code is in, so that an installed tree may be moved. NULL when
 * out of memory. */
static char *own_folder(void) {
    Dl_info found;
    static const char anchor = 0;
    const char *name = dladdr(&anchor, &found) != 0 ? found.dli_fname : "";
    char *folder = imx_copy_text(name);
    char *slash = folder == NULL ? NULL : strrchr(folder, '/');
    if (slash != NULL) {
        *slash = '\0';
    } else {
        free(folder);
        folder = imx_copy_text(".");
    }
    return folder;
}

static imgmatch_status find_beside_library(char **out, imgmatch_diag *diag) {
    static const char *const places[] = {IMGMATCH_WORKER_FROM_LIBRARY, "imgmatch-decode-worker"};
    char *folder = own_folder();
    if (folder == NULL) {
        return imx_fail_memory(diag);
    }
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        free(*out);
        *out = imx_file_join(folder, places[i]);
        if (*out == NULL || access(*out, X_OK) == 0) {
            break;
        }
    }
    free(folder);
    return *out == NULL ? imx_fail_memory(diag) : IMGMATCH_OK;
}

imgmatch_status imx_worker_path_find(char **out, const char *chosen, imgmatch_diag *diag) {
    *out = NULL;
    if (chosen == NULL) {
        chosen = secure_getenv("IMGMATCH_DECODE_WORKER");
    }
    if (chosen == NULL || chosen[0] == '\0') {
        imgmatch_status status = find_beside_library(out, diag);
        if (status != IMGMATCH_OK) {
            return status;
        }
    } else {
        *out = imx_copy_text(chosen);
    }
    if (*out == NULL) {
        return imx_fail_memory(diag);
    }
    if (access(*out, X_OK) != 0) {
        imgmatch_status status =
            imx_fail(diag, IMGMATCH_ERR_NOT_FOUND, "%s: there is no decode worker", *out);
        free(*out);
        *out = NULL;
        return status;
    }
    return IMGMATCH_OK;
}
