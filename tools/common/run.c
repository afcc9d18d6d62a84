#include "interrupt.h"
#include "message.h"
#include "option.h"

#include <string.h>

static cli_exit run_command(const cli_command *program, int argc, char **argv) {
    const cli_subcommand *commands = program->commands;
    for (size_t i = 0; i < program->command_count; i++) {
        if (strcmp(commands[i].name, argv[0]) == 0)
            return commands[i].run(argc, argv);
    }
    const char *nearest =
        cli_nearest_name(argv[0], &commands[0].name, program->command_count, sizeof *commands);
    if (nearest)
        return cli_usage_error(program->program, "there is no command '%s'; did you mean '%s'?",
                               argv[0], nearest);
    return cli_usage_error(program->program, "there is no command '%s'", argv[0]);
}

cli_exit cli_run(const cli_command *program, int argc, char **argv) {
    cli_prepare_streams();
    if (argc > 1 && argv[1][0] != '-')
        return run_command(program, argc - 1, argv + 1);
    cli_operands operands;
    cli_exit status = cli_parse(&operands, program, argc, argv);
    return status == CLI_GO_ON ? cli_usage_error(program->program, "the command comes first")
                               : status;
}
