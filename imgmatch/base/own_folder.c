#include "base/own_folder.h"

#include "base/file.h"
#include "base/memory.h"

#include <dlfcn.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

/* The file of the running program; empty when unknown. */
static char *program_file(void) {
    char file[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", file, sizeof file - 1);
    file[length < 0 ? 0 : length] = '\0';
    return imx_copy_text(file);
}

/* The file with this code in it. A program is no shared object to the loader, which names it as it
 * was called: by a name without a folder from PATH, by any name at all from another program. */
static char *own_file(void) {
    static const char anchor = 0;
    Dl_info own, program;
    if (dladdr(&anchor, &own) == 0) {
        return imx_copy_text("");
    }
    const void *in_program = (const void *)(uintptr_t)getauxval(AT_PHDR);
    bool linked_in = dladdr(in_program, &program) != 0 && program.dli_fbase == own.dli_fbase;
    return linked_in ? program_file() : imx_copy_text(own.dli_fname);
}

char *imx_own_folder_join(const char *place) {
    char *file = own_file();
    if (file == NULL) {
        return NULL;
    }
    char *slash = strrchr(file, '/');
    if (slash == NULL) {
        file[0] = '\0';
        return file;
    }
    *slash = '\0';
    char *path = imx_file_join(file, place);
    free(file);
    return path;
}
