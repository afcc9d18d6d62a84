#include "open.h"

#include "message.h"

cli_exit cli_open_model(imgmatch_model **out, const char *program, const char *path) {
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    imgmatch_status status = imgmatch_model_open(out, path, &diag);
    if (status == IMGMATCH_OK)
        return CLI_GO_ON;
    cli_failure(program, "opening the model", status, &diag);
    if (status == IMGMATCH_ERR_NOT_FOUND)
        cli_message(program, "name a model's folder with --model=DIR, or in the environment "
                             "variable IMGMATCH_MODEL");
    return CLI_FAILED;
}

cli_exit cli_no_catalogue(const char *program, const char *path) {
    cli_message(program, "there is no catalogue '%s'; 'imgmatch-index create' makes one", path);
    return CLI_FAILED;
}

cli_exit cli_open_catalogue(imgmatch_catalogue **out, const char *program, const char *path,
                            bool writable) {
    imgmatch_open_options options = IMGMATCH_OPEN_OPTIONS_INIT;
    options.writable = writable;
    return cli_open_catalogue_with(out, program, path, &options);
}

cli_exit cli_open_catalogue_with(imgmatch_catalogue **out, const char *program, const char *path,
                                 const imgmatch_open_options *options) {
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    imgmatch_status status = imgmatch_catalogue_open(out, path, options, &diag);
    if (status == IMGMATCH_OK)
        return CLI_GO_ON;
    return status == IMGMATCH_ERR_NOT_FOUND ? cli_no_catalogue(program, path)
                                            : cli_failure(program, path, status, &diag);
}

cli_exit cli_parse_and_open(imgmatch_catalogue **out, cli_operands *operands,
                            const cli_command *command, int argc, char **argv, bool writable) {
    *out = NULL;
    cli_exit step = cli_parse(operands, command, argc, argv);
    if (step != CLI_GO_ON)
        return step;
    return cli_open_catalogue(out, command->program, operands->values[0], writable);
}
