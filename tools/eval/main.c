/* imgmatch-eval: makes a benchmark of altered photos, and measures matchers by it. */
#include "command.h"

#include "eval/kinds.h"

#include "common/interrupt.h"
#include "common/message.h"
#include "common/option.h"

#include <stdio.h>
#include <string.h>

typedef struct eval_command {
    const char *name;
    cli_exit (*run)(int argc, char **argv);
} eval_command;

static const eval_command commands[] = {
    {"make", eval_make}, {"run", eval_run}, {"score", eval_score}, {"kinds", eval_kinds_list}};

#define COMMAND_COUNT (sizeof commands / sizeof *commands)

static const cli_command program = {
    .program = "imgmatch-eval",
    .synopsis = "COMMAND [ARGUMENT...]\nCOMMAND --help",
    .summary = "Measure how well altered copies of photos are found: make a benchmark out of a\n"
               "folder of photos, and measure the library, a catalogue, or the results of any\n"
               "other matcher by it.",
    .details = "Commands:\n"
               "  make   make a benchmark: references, altered copies, altered distractors\n"
               "  run    look all queries up with imgmatch, and report\n"
               "  score  report on results that something else made\n"
               "  kinds  print the kinds of alteration\n"
               "\n"
               "Example:\n"
               "  imgmatch-eval make photos bench --references=500 --distractors=200\n"
               "  imgmatch-eval run bench --html=report.html\n"
               "\n"
               "Exit status: 0 done, 1 failure, 2 wrong usage.\n",
    .min_operands = 1,
    .max_operands = 1};

cli_exit eval_kinds_list(int argc, char **argv) {
    static const cli_command command = {
        .program = "imgmatch-eval kinds",
        .synopsis = "[OPTION]",
        .summary = "Print the kinds of alteration, with what is done at each strength.",
        .details = "",
        .max_operands = 0};
    cli_operands operands;
    cli_exit step = cli_parse(&operands, &command, argc, argv);
    if (step != CLI_GO_ON)
        return step;
    for (const eval_kind *kind = eval_kinds(); kind < eval_kinds() + EVAL_KIND_COUNT; kind++) {
        for (int strength = 0; strength < EVAL_STRENGTHS; strength++)
            printf("%-14s %-7s %s\n", strength ? "" : kind->name, eval_strength_name(strength),
                   kind->what[strength]);
    }
    return cli_finish_output(command.program, CLI_DONE);
}

static cli_exit run_command(int argc, char **argv) {
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (strcmp(commands[i].name, argv[0]) == 0)
            return commands[i].run(argc, argv);
    }
    const char *nearest =
        cli_nearest_name(argv[0], &commands[0].name, COMMAND_COUNT, sizeof *commands);
    if (nearest)
        return cli_usage_error(program.program, "there is no command '%s'; did you mean '%s'?",
                               argv[0], nearest);
    return cli_usage_error(program.program, "there is no command '%s'", argv[0]);
}

int main(int argc, char **argv) {
    cli_ignore_closed_pipes();
    if (argc > 1 && argv[1][0] != '-')
        return run_command(argc - 1, argv + 1);
    cli_operands operands;
    cli_exit status = cli_parse(&operands, &program, argc, argv);
    return status == CLI_GO_ON ? cli_usage_error(program.program, "the command comes first")
                               : status;
}
