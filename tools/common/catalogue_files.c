#include "catalogue_files.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char database[] = "catalogue.db";

bool cli_is_database(const char *path) {
    const char *slash = strrchr(path, '/');
    return strncmp(slash ? slash + 1 : path, database, strlen(database)) == 0;
}

bool cli_is_of_catalogue(const char *path) {
    char real[PATH_MAX];
    if (!realpath(path, real))
        return false;
    if (cli_is_database(real))
        return true;
    char *name = strrchr(real, '/') + 1;
    size_t size = strlen(name), room = sizeof real - (size_t)(name - real);
    bool index =
        size > 4 && strncmp(name, "index-", 6) == 0 && strcmp(name + size - 4, ".imx") == 0;
    if ((!index && strcmp(name, "catalogue.lock") != 0) || sizeof database > room)
        return false;
    memcpy(name, database, sizeof database);
    return access(real, F_OK) == 0;
}
