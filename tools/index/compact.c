#include "command.h"

#include "common/message.h"
#include "common/open.h"
#include "common/option.h"

cli_exit index_compact(int argc, char **argv) {
    const cli_command command = {
        .program = "imgmatch-index compact",
        .synopsis = "CATALOGUE",
        .summary = "Write the search index anew, with all items in it. Adding does this by itself\n"
                   "from time to time; queries give the same answers before and after.",
        .min_operands = 1,
        .max_operands = 1};
    cli_operands operands;
    cli_exit step = cli_parse(&operands, &command, argc, argv);
    if (step != CLI_GO_ON)
        return step;
    imgmatch_catalogue *catalogue = NULL;
    step = cli_open_catalogue(&catalogue, command.program, operands.values[0], NULL, true);
    if (step != CLI_GO_ON)
        return step;
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    imgmatch_status status = imgmatch_catalogue_compact(catalogue, &diag);
    step = status == IMGMATCH_OK ? CLI_DONE
                                 : cli_failure(command.program, operands.values[0], status, &diag);
    imgmatch_catalogue_close(catalogue);
    return step;
}
