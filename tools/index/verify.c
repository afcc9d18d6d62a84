#include "command.h"

#include "common/escape.h"
#include "common/message.h"
#include "common/open.h"
#include "common/option.h"

#include <stdio.h>

static void print_problem(void *user, const char *line) {
    size_t *problems = user;
    ++*problems;
    cli_print_visible(stdout, line);
    putchar('\n');
}

cli_exit index_verify(int argc, char **argv) {
    const cli_command command = {
        .program = "imgmatch-index verify",
        .synopsis = "CATALOGUE",
        .summary = "Read every file of a catalogue and check it. Prints a line for each problem.",
        .details = "Exit status: 0 all is well, 1 there are problems, 2 wrong usage.\n",
        .min_operands = 1,
        .max_operands = 1};
    cli_operands operands;
    cli_exit step = cli_parse(&operands, &command, argc, argv);
    if (step != CLI_GO_ON)
        return step;
    imgmatch_catalogue *catalogue = NULL;
    step = cli_open_catalogue(&catalogue, command.program, operands.values[0], NULL, false);
    if (step != CLI_GO_ON)
        return step;
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    size_t problems = 0;
    imgmatch_status status = imgmatch_catalogue_verify(catalogue, print_problem, &problems, &diag);
    if (status == IMGMATCH_OK) {
        puts("ok");
        step = CLI_DONE;
    } else if (problems > 0) {
        cli_message(command.program, "%zu problem%s", problems, problems == 1 ? "" : "s");
        step = CLI_FAILED;
    } else {
        step = cli_failure(command.program, operands.values[0], status, &diag);
    }
    imgmatch_catalogue_close(catalogue);
    return cli_finish_output(command.program, step);
}
