#include "catalogue/database_files.h"

#include "base/diag.h"
#include "base/memory.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

typedef enum kind { MISSING, REGULAR, OTHER } kind;

static imgmatch_status look(kind *out, const char *path, imgmatch_diag *diag) {
    struct stat info;
    *out = MISSING;
    if (lstat(path, &info) == 0) {
        *out = S_ISREG(info.st_mode) ? REGULAR : OTHER;
    } else if (errno != ENOENT) {
        return imx_fail_errno(diag, errno, "open", path);
    }
    return IMGMATCH_OK;
}

static imgmatch_status check_beside(const char *beside, bool allowed, imgmatch_diag *diag) {
    kind found;
    imgmatch_status status = look(&found, beside, diag);
    if (status == IMGMATCH_OK && found != MISSING && !(allowed && found == REGULAR)) {
        status =
            imx_fail(diag, IMGMATCH_ERR_CATALOGUE,
                     allowed ? "%s is no regular file" : "%s is no part of a catalogue", beside);
    }
    return status;
}

/* What SQLite keeps beside a database; `allowed` in a catalogue. */
static const struct {
    const char *suffix;
    bool allowed;
} others[] = {{"-wal", true}, {"-shm", true}, {"-journal", false}};

imgmatch_status imx_database_files_check(const char *path, imgmatch_diag *diag) {
    kind found;
    imgmatch_status status = look(&found, path, diag);
    if (status == IMGMATCH_OK && found != REGULAR) {
        return found == MISSING
                   ? imx_fail_errno(diag, ENOENT, "open", path)
                   : imx_fail(diag, IMGMATCH_ERR_CATALOGUE, "%s is no regular file", path);
    }
    size_t size = strlen(path) + sizeof "-journal";
    char *beside = imx_new_array(size, 1);
    if (status == IMGMATCH_OK && beside == NULL) {
        status = imx_fail_memory(diag);
    }
    for (size_t i = 0; status == IMGMATCH_OK && i < sizeof others / sizeof *others; i++) {
        (void)snprintf(beside, size, "%s%s", path, others[i].suffix);
        status = check_beside(beside, others[i].allowed, diag);
    }
    free(beside);
    return status;
}

bool imx_database_files_has(const char *database, const char *name) {
    size_t size = strlen(database);
    bool found = strcmp(name, database) == 0;
    for (size_t i = 0; !found && i < sizeof others / sizeof *others; i++) {
        found = strncmp(name, database, size) == 0 && strcmp(name + size, others[i].suffix) == 0;
    }
    return found;
}
