#include "output.h"

#include "message.h"
#include "photo_kind.h"

#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool is_input(const char *path, const struct stat *output) {
    struct stat input;
    int failed = strcmp(path, "-") == 0 ? fstat(STDIN_FILENO, &input) : stat(path, &input);
    return failed == 0 && input.st_dev == output->st_dev && input.st_ino == output->st_ino;
}

/* NULL: the output is none of them. */
static const char *find_input(const cli_inputs *inputs, const struct stat *output) {
    if (!S_ISREG(output->st_mode))
        return NULL;
    if (inputs->list && is_input(inputs->list, output))
        return inputs->list;
    if (inputs->other && is_input(inputs->other, output))
        return inputs->other;
    for (size_t i = 0; i < inputs->path_count; i++)
        if (is_input(inputs->paths[i], output))
            return inputs->paths[i];
    return NULL;
}

/* Does the path, its links followed, lead to one of the files that make up a catalogue? */
static bool is_of_catalogue(const char *path) {
    static const char database[] = "catalogue.db";
    char real[PATH_MAX];
    if (!realpath(path, real))
        return false;
    char *name = strrchr(real, '/') + 1;
    size_t size = strlen(name), room = sizeof real - (size_t)(name - real);
    bool index =
        size > 4 && strncmp(name, "index-", 6) == 0 && strcmp(name + size - 4, ".imx") == 0;
    if (strncmp(name, database, strlen(database)) == 0)
        return true;
    if ((!index && strcmp(name, "catalogue.lock") != 0) || sizeof database > room)
        return false;
    memcpy(name, database, sizeof database);
    return access(real, F_OK) == 0;
}

/* What is lost when the file is written over, whatever the command reads; NULL: nothing much. */
static const char *kind_of_loss(const char *path, const struct stat *output) {
    if (!S_ISREG(output->st_mode) || output->st_size == 0)
        return NULL;
    if (is_of_catalogue(path))
        return "a file of a catalogue";
    return cli_has_photo_suffix(path) || cli_has_photo_content(path) ? "a photo" : NULL;
}

cli_exit cli_check_output(const char *program, const char *name, const char *path,
                          const cli_inputs *inputs) {
    struct stat output;
    if (!path || stat(path, &output) != 0)
        return CLI_GO_ON;
    const char *input = find_input(inputs, &output);
    if (input)
        return cli_usage_error(program, "--%s='%s' would overwrite the input '%s'", name, path,
                               input);
    const char *loss = kind_of_loss(path, &output);
    return loss ? cli_usage_error(program, "--%s='%s' would overwrite %s", name, path, loss)
                : CLI_GO_ON;
}

cli_exit cli_check_standard_output(const char *program, const cli_inputs *inputs) {
    struct stat output;
    if (fstat(STDOUT_FILENO, &output) != 0)
        return CLI_GO_ON;
    const char *input = find_input(inputs, &output);
    return input ? cli_usage_error(program, "standard output is the input '%s'", input) : CLI_GO_ON;
}
