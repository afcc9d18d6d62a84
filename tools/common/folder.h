/*
 * Walking through a folder and all folders in it, in the order of the paths' bytes.
 *
 * Hidden entries (a dot in front) are left out. Symbolic links are followed, except into a folder
 * that the walk is inside of already. Memory is that of the names in the folders on the current
 * path.
 */
#ifndef IMGMATCH_TOOLS_FOLDER_H
#define IMGMATCH_TOOLS_FOLDER_H

#include <imgmatch/status.h>

#include <stdbool.h>

/* Also through a link; false when it is not there. */
bool cli_is_folder(const char *path);

typedef struct cli_folder cli_folder;

typedef enum cli_found {
    CLI_FOUND_END,        /* Nothing is left; `path` is NULL. */
    CLI_FOUND_FILE,       /* A regular file. */
    CLI_FOUND_OTHER,      /* A device, a pipe, a socket, a link to nowhere, a loop. */
    CLI_FOUND_UNREADABLE, /* A folder that cannot be read; errno says why. */
} cli_found;

/* NULL when out of memory. */
cli_folder *cli_folder_open(const char *path);

/* The next entry. `*path` is borrowed until the next call. IMGMATCH_ERR_MEMORY may come back. */
imgmatch_status cli_folder_next(cli_found *found, const char **path, cli_folder *folder);

/* The part of a path from cli_folder_next that is below the folder. */
const char *cli_folder_relative(const cli_folder *folder, const char *path);

void cli_folder_close(cli_folder *folder); /* NULL is allowed. */

#endif
