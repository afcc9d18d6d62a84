#include "isolate/worker_path.h"

#include "base/diag.h"
#include "base/memory.h"
#include "base/own_folder.h"

#include <stdlib.h>
#include <unistd.h>

static imgmatch_status find_beside_library(char **out, imgmatch_diag *diag) {
    static const char *const places[] = {IMGMATCH_WORKER_FROM_LIBRARY, "imgmatch-decode-worker"};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        free(*out);
        *out = imx_own_folder_join(places[i]);
        if (*out == NULL || access(*out, X_OK) == 0) {
            break;
        }
    }
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
