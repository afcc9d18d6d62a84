#include "base/own_folder.h"

#include "base/file.h"
#include "base/memory.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

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

char *imx_own_folder_join(const char *place) {
    char *folder = own_folder();
    char *path = folder == NULL ? NULL : imx_file_join(folder, place);
    free(folder);
    return path;
}
