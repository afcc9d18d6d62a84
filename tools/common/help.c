#include "help.h"

#include <stdio.h>
#include <string.h>

#define HELP_WIDTH 79
#define OPTION_COLUMN 26

/* Print `text` broken at spaces, continued lines starting in column `indent`; the cursor is at
 * column `column`. */
static void print_wrapped(FILE *out, const char *text, size_t indent, size_t column) {
    while (*text) {
        size_t word = strcspn(text, " ");
        if (column > indent && column + 1 + word > HELP_WIDTH) {
            fprintf(out, "\n%*s", (int)indent, "");
            column = indent;
        } else if (column > indent) {
            fputc(' ', out);
            column++;
        }
        fprintf(out, "%.*s", (int)word, text);
        column += word;
        text += word + strspn(text + word, " ");
    }
    fputc('\n', out);
}

static void print_option(FILE *out, char letter, const char *name, const char *argument,
                         const char *help) {
    char left[64];
    char letters[5] = "    ";
    if (letter)
        snprintf(letters, sizeof letters, "-%c, ", letter);
    snprintf(left, sizeof left, "  %s--%s%s%s", letters, name, argument ? "=" : "",
             argument ? argument : "");
    fprintf(out, "%-*s", OPTION_COLUMN, left);
    if (strlen(left) >= OPTION_COLUMN)
        fprintf(out, "\n%*s", OPTION_COLUMN, "");
    print_wrapped(out, help, OPTION_COLUMN, OPTION_COLUMN);
}

static void print_synopsis(FILE *out, const cli_command *command) {
    const char *lead = "Usage: ";
    for (const char *form = command->synopsis; *form;) {
        size_t length = strcspn(form, "\n");
        fprintf(out, "%s%s %.*s\n", lead, command->program, (int)length, form);
        form += length + (form[length] == '\n');
        lead = "       ";
    }
}

static void print_commands(FILE *out, const cli_command *command) {
    size_t widest = 0;
    for (size_t i = 0; i < command->command_count; i++) {
        size_t width = strlen(command->commands[i].name);
        widest = width > widest ? width : widest;
    }
    if (command->command_count > 0)
        fputs("\nCommands:\n", out);
    for (size_t i = 0; i < command->command_count; i++)
        fprintf(out, "  %-*s  %s\n", (int)widest, command->commands[i].name,
                command->commands[i].help);
}

void cli_print_help(FILE *out, const cli_command *command) {
    print_synopsis(out, command);
    fprintf(out, "\n%s\n\nOptions:\n", command->summary);
    for (size_t i = 0; i < command->option_count; i++) {
        const cli_option *option = &command->options[i];
        print_option(out, option->letter, option->name, option->argument, option->help);
    }
    print_option(out, 'h', "help", NULL, "print this help");
    print_option(out, 0, "version", NULL, "print the version");
    print_commands(out, command);
    if (command->details)
        fprintf(out, "\n%s", command->details);
}
