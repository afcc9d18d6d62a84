#include "output.h"

#include "catalogue_files.h"
#include "message.h"
#include "photo_kind.h"

#include <stdbool.h>
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

/* What is lost when the file is written over, whatever the command reads; NULL: nothing much. */
static const char *kind_of_loss(const char *path, const struct stat *output) {
    if (!S_ISREG(output->st_mode) || output->st_size == 0)
        return NULL;
    if (cli_is_of_catalogue(path))
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
