/*
 * A depth-first walk on a stack of levels, one for each folder on the current path. A level holds
 * the sorted names of what is in its folder. For the order to be that of the whole paths' bytes, a
 * folder is sorted as if its name ended with a slash ("a.jpg" < "a/x" < "a0.jpg"), so the kind of
 * each entry is found out while its folder is read.
 */
#include "folder.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

typedef struct entry {
    char *name; /* A folder's ends with a slash. */
    cli_found kind;
} entry;

typedef struct level {
    entry *entries;
    size_t count;
    size_t capacity;
    size_t next;
    size_t path_length; /* Of the folder, with its slash. */
    dev_t device;
    ino_t inode;
} level;

struct cli_folder {
    level *levels;
    size_t depth;
    size_t capacity;
    char *path; /* The current entry. */
    size_t path_capacity;
    size_t root_length;
    bool started;
};

static bool set_path(cli_folder *folder, size_t keep, const char *name) {
    size_t needed = keep + strlen(name) + 2;
    if (needed > folder->path_capacity) {
        char *longer = realloc(folder->path, needed * 2);
        if (!longer)
            return false;
        folder->path = longer;
        folder->path_capacity = needed * 2;
    }
    strcpy(folder->path + keep, name);
    return true;
}

bool cli_is_folder(const char *path) {
    struct stat facts;
    return stat(path, &facts) == 0 && S_ISDIR(facts.st_mode);
}

cli_folder *cli_folder_open(const char *path) {
    cli_folder *folder = calloc(1, sizeof *folder);
    if (!folder || !set_path(folder, 0, path)) {
        cli_folder_close(folder);
        return NULL;
    }
    size_t length = strlen(path);
    if (length == 0 || path[length - 1] != '/')
        strcpy(folder->path + length++, "/");
    folder->root_length = length;
    return folder;
}

static int compare_entries(const void *a, const void *b) {
    return strcmp(((const entry *)a)->name, ((const entry *)b)->name);
}

static void free_level(level *old) {
    for (size_t i = 0; i < old->count; i++)
        free(old->entries[i].name);
    free(old->entries);
    memset(old, 0, sizeof *old);
}

/* What folder->path, which ends with `name`, is. */
static imgmatch_status append_entry(cli_folder *folder, level *into, const char *name) {
    if (into->count == into->capacity) {
        size_t capacity = into->capacity ? 2 * into->capacity : 64;
        entry *more = realloc(into->entries, capacity * sizeof *more);
        if (!more)
            return IMGMATCH_ERR_MEMORY;
        into->entries = more;
        into->capacity = capacity;
    }
    if (!set_path(folder, into->path_length, name))
        return IMGMATCH_ERR_MEMORY;
    struct stat facts;
    cli_found kind = CLI_FOUND_OTHER;
    bool is_folder = false;
    if (stat(folder->path, &facts) == 0) {
        is_folder = S_ISDIR(facts.st_mode);
        kind = S_ISREG(facts.st_mode) ? CLI_FOUND_FILE : CLI_FOUND_OTHER;
    }
    size_t length = strlen(name);
    char *copy = malloc(length + 2);
    if (!copy)
        return IMGMATCH_ERR_MEMORY;
    memcpy(copy, name, length + 1);
    if (is_folder)
        strcpy(copy + length, "/");
    into->entries[into->count++] = (entry){copy, kind};
    return IMGMATCH_OK;
}

static bool is_inside(const cli_folder *folder, const struct stat *facts) {
    for (size_t i = 0; i < folder->depth; i++) {
        if (folder->levels[i].device == facts->st_dev && folder->levels[i].inode == facts->st_ino)
            return true;
    }
    return false;
}

static imgmatch_status read_level(cli_folder *folder, level *into, DIR *stream) {
    const struct dirent *found;
    errno = 0;
    while ((found = readdir(stream)) != NULL) {
        if (found->d_name[0] == '.')
            continue;
        imgmatch_status status = append_entry(folder, into, found->d_name);
        if (status != IMGMATCH_OK)
            return status;
        errno = 0;
    }
    folder->path[into->path_length] = '\0';
    if (errno != 0)
        return IMGMATCH_ERR_IO;
    if (into->count > 1)
        qsort(into->entries, into->count, sizeof *into->entries, compare_entries);
    return IMGMATCH_OK;
}

/* Go down into the folder at folder->path. `*found` stays END when that was done, else says what
 * is to be reported instead. */
static imgmatch_status enter(cli_found *found, cli_folder *folder) {
    if (folder->depth == folder->capacity) {
        size_t capacity = folder->capacity ? 2 * folder->capacity : 16;
        level *more = realloc(folder->levels, capacity * sizeof *more);
        if (!more)
            return IMGMATCH_ERR_MEMORY;
        folder->levels = more;
        folder->capacity = capacity;
    }
    struct stat facts;
    DIR *stream = opendir(folder->path);
    if (!stream || fstat(dirfd(stream), &facts) != 0) {
        int error = errno;
        if (stream)
            closedir(stream);
        errno = error;
        *found = CLI_FOUND_UNREADABLE;
        return IMGMATCH_OK;
    }
    if (is_inside(folder, &facts)) {
        closedir(stream);
        *found = CLI_FOUND_OTHER;
        return IMGMATCH_OK;
    }
    level below = {0};
    below.path_length = strlen(folder->path);
    below.device = facts.st_dev;
    below.inode = facts.st_ino;
    imgmatch_status status = read_level(folder, &below, stream);
    int error = errno;
    closedir(stream);
    if (status == IMGMATCH_OK) {
        folder->levels[folder->depth++] = below;
        return IMGMATCH_OK;
    }
    free_level(&below);
    if (status != IMGMATCH_ERR_IO)
        return status;
    errno = error;
    *found = CLI_FOUND_UNREADABLE;
    return IMGMATCH_OK;
}

imgmatch_status cli_folder_next(cli_found *found, const char **path, cli_folder *folder) {
    imgmatch_status status = IMGMATCH_OK;
    *found = CLI_FOUND_END;
    *path = NULL;
    if (!folder->started) {
        folder->started = true;
        status = enter(found, folder);
    }
    while (status == IMGMATCH_OK && *found == CLI_FOUND_END && folder->depth > 0) {
        level *top = &folder->levels[folder->depth - 1];
        if (top->next == top->count) {
            free_level(top);
            folder->depth--;
            continue;
        }
        const entry *current = &top->entries[top->next++];
        if (!set_path(folder, top->path_length, current->name))
            return IMGMATCH_ERR_MEMORY;
        if (current->name[strlen(current->name) - 1] == '/')
            status = enter(found, folder);
        else
            *found = current->kind;
    }
    if (status == IMGMATCH_OK && *found != CLI_FOUND_END)
        *path = folder->path;
    return status;
}

const char *cli_folder_relative(const cli_folder *folder, const char *path) {
    return path + folder->root_length;
}

void cli_folder_close(cli_folder *folder) {
    if (!folder)
        return;
    while (folder->depth > 0)
        free_level(&folder->levels[--folder->depth]);
    free(folder->levels);
    free(folder->path);
    free(folder);
}
