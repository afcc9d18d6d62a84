/*
 * Command lines: one table of options drives parsing and help.
 *
 * Options may stand anywhere; "--" ends them; "-" is an operand (standard input). Long options
 * take their value as --name=VALUE or --name VALUE and are never abbreviated, so that a script goes
 * on working when an option is added. -h, --help and --version are there without being listed.
 */
#ifndef IMGMATCH_TOOLS_OPTION_H
#define IMGMATCH_TOOLS_OPTION_H

#include "exit_status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum cli_kind {
    CLI_FLAG,     /* No value; sets *flag. */
    CLI_TEXT,     /* Any text that is not empty. */
    CLI_COUNT,    /* A whole number from min to max. */
    CLI_SIZE,     /* As CLI_COUNT, into 64 bits. */
    CLI_FRACTION, /* A number from 0 to 1. */
    CLI_RATE,     /* A number above 0, up to max; into *fraction. */
    CLI_CHOICE,   /* One of `choices`; sets *choice to its place. */
} cli_kind;

typedef struct cli_option {
    char letter;          /* 0: only the long form. */
    const char *name;     /* Without the dashes. */
    const char *argument; /* What help calls the value; NULL for a flag. */
    const char *help;
    cli_kind kind;
    union {
        bool *flag;
        const char **text;
        uint32_t *count;
        uint64_t *size;
        double *fraction;
        uint32_t *choice;
    } value; /* Where to put it; untouched when the option is not given. */
    uint32_t min;
    uint32_t max;
    const char *const *choices; /* NULL-ended. */
} cli_option;

/* One of the commands that a program is made of. */
typedef struct cli_subcommand {
    const char *name;
    const char *help;
    cli_exit (*run)(int argc, char **argv); /* argv[0] is the command's name. */
} cli_subcommand;

typedef struct cli_command {
    const char *program;  /* As messages name it: "imgmatch-index add". */
    const char *synopsis; /* What follows the program's name; a line for each form. */
    const char *summary;
    const cli_option *options;
    size_t option_count;
    const cli_subcommand *commands; /* For cli_run; help lists them behind the options. */
    size_t command_count;
    const char *details; /* Printed behind all that: notes, examples. */
    size_t min_operands;
    size_t max_operands;
} cli_command;

typedef struct cli_operands {
    char **values; /* Borrowed from argv, in their order. */
    size_t count;
} cli_operands;

/* Parse argv[1..]; argv is reordered. CLI_GO_ON, or the status to exit with: help was printed, or
 * the command line is wrong, and that has been said. */
cli_exit cli_parse(cli_operands *operands, const cli_command *command, int argc, char **argv);

/* The whole of a program that is made of commands: run the one that argv[1] names, or answer --help
 * and --version. Returns the status to exit with. */
cli_exit cli_run(const cli_command *program, int argc, char **argv);

/* Of `count` names at `names`, `stride` bytes apart, the one that `typed` is probably meant to be;
 * NULL when none is near. */
const char *cli_nearest_name(const char *typed, const char *const *names, size_t count,
                             size_t stride);

#endif
