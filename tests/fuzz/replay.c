/* Runs a fuzz target once on each file that is named, or that lies in a folder that is named: how
 * ctest checks the corpora with any compiler. Fails when there is nothing to run. */
#include "fuzz.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

static bool run_file(const char *path) {
    FILE *file = fopen(path, "rb");
    struct stat info;
    if (file == NULL || fstat(fileno(file), &info) != 0) {
        perror(path);
        if (file != NULL) {
            (void)fclose(file);
        }
        return false;
    }
    /* Of exactly the input's size, so that a sanitizer sees a read behind its end. */
    size_t size = (size_t)info.st_size;
    uint8_t *data = malloc(size > 0 ? size : 1);
    bool whole = data != NULL && fread(data, 1, size, file) == size;
    (void)fclose(file);
    if (whole) {
        (void)LLVMFuzzerTestOneInput(data, size);
    }
    free(data);
    return whole;
}

/* The number of inputs run, or -1. */
static int run_folder(const char *path) {
    DIR *entries = opendir(path);
    if (entries == NULL) {
        perror(path);
        return -1;
    }
    int count = 0;
    for (struct dirent *entry; count >= 0 && (entry = readdir(entries)) != NULL;) {
        char name[4096];
        int size = snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
        if (entry->d_name[0] != '.' && size > 0 && (size_t)size < sizeof name) {
            count = run_file(name) ? count + 1 : -1;
        }
    }
    (void)closedir(entries);
    return count;
}

int main(int argc, char **argv) {
    int total = 0;
    for (int i = 1; i < argc; i++) {
        struct stat info;
        bool is_folder = stat(argv[i], &info) == 0 && S_ISDIR(info.st_mode);
        int count = is_folder ? run_folder(argv[i]) : run_file(argv[i]) ? 1 : -1;
        if (count < 0) {
            return 1;
        }
        total += count;
    }
    (void)printf("%d inputs\n", total);
    return total > 0 ? 0 : 1;
}
