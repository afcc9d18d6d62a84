#include "command.h"

#include "common/message.h"
#include "common/open.h"
#include "common/option.h"
#include "common/shared_options.h"

#include <stdio.h>

cli_exit index_create(int argc, char **argv) {
    const char *name = NULL, *model_path = NULL;
    const cli_option options[] = {
        {'n',
         "name",
         "TEXT",
         "name of the catalogue, which results show (default: the folder's)",
         CLI_TEXT,
         {.text = &name},
         0,
         0,
         NULL},
        CLI_OPTION_MODEL(&model_path),
    };
    const cli_command command = {
        .program = "imgmatch-index create",
        .synopsis = "[OPTION...] CATALOGUE",
        .summary = "Make an empty catalogue in the folder CATALOGUE, which must not exist or be\n"
                   "empty. It will hold fingerprints of one model; other models are refused later.",
        .options = options,
        .option_count = sizeof options / sizeof *options,
        .details = "Example:\n"
                   "  imgmatch-index create acme --name='Acme, autumn'\n",
        .min_operands = 1,
        .max_operands = 1};
    cli_operands operands;
    cli_exit step = cli_parse(&operands, &command, argc, argv);
    if (step != CLI_GO_ON)
        return step;
    imgmatch_model *model = NULL;
    step = cli_open_model(&model, command.program, model_path);
    if (step != CLI_GO_ON)
        return step;
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    imgmatch_status status = imgmatch_catalogue_create(operands.values[0], name, model, &diag);
    if (status == IMGMATCH_OK) {
        const imgmatch_model_info *info = imgmatch_model_get_info(model);
        printf("created an empty catalogue for model %s\n", info->name);
        step = cli_finish_output(command.program, CLI_DONE);
    } else {
        step = cli_failure(command.program, operands.values[0], status, &diag);
    }
    imgmatch_model_close(model);
    return step;
}
