/* imgmatch-eval: makes a benchmark of altered photos, and measures matchers by it. */
#include "command.h"

#include "eval/kinds.h"

#include "common/message.h"
#include "common/option.h"

#include <stdio.h>

static const cli_subcommand commands[] = {
    {"make", "make a benchmark: references, altered copies, altered distractors", eval_make},
    {"run", "look all queries up with imgmatch, and report", eval_run},
    {"score", "report on results that something else made", eval_score},
    {"kinds", "print the kinds of alteration", eval_kinds_list},
};

static const cli_command program = {
    .program = "imgmatch-eval",
    .synopsis = "COMMAND [ARGUMENT...]\nCOMMAND --help",
    .summary = "Measure how well altered copies of photos are found: make a benchmark out of a\n"
               "folder of photos, and measure the library, a catalogue, or the results of any\n"
               "other matcher by it.",
    .commands = commands,
    .command_count = sizeof commands / sizeof *commands,
    .details = "Example:\n"
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

int main(int argc, char **argv) { return cli_run(&program, argc, argv); }
