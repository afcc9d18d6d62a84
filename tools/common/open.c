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

cli_exit cli_open_catalogue(imgmatch_catalogue **out, const char *program, const char *path,
                            const imgmatch_model *model, bool writable) {
    imgmatch_open_options options = IMGMATCH_OPEN_OPTIONS_INIT;
    options.model = model;
    options.writable = writable;
    return cli_open_catalogue_with(out, program, path, &options);
}

cli_exit cli_open_catalogue_with(imgmatch_catalogue **out, const char *program, const char *path,
                                 const imgmatch_open_options *options) {
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    imgmatch_status status = imgmatch_catalogue_open(out, path, options, &diag);
    if (status == IMGMATCH_OK)
        return CLI_GO_ON;
    if (status == IMGMATCH_ERR_NOT_FOUND)
        cli_message(program, "there is no catalogue '%s'; 'imgmatch-index create' makes one", path);
    else if (status == IMGMATCH_ERR_BUSY)
        cli_message(program, "another program is changing '%s'; try again when it is done", path);
    else
        cli_failure(program, path, status, &diag);
    return CLI_FAILED;
}
