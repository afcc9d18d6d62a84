#include "help.h"

#include <stdio.h>
#include <string.h>

#define HELP_WIDTH 79
#define OPTION_COLUMN 26

/* Print `text` broken at spaces, continued lines starting in column `indent`; the cursor is at
 * column `column`. */
static void print_wrapped(const char *text, size_t indent, size_t column) {
    while (*text) {
        size_t word = strcspn(text, " ");
        if (column > indent && column + 1 + word > HELP_WIDTH) {
            printf("\n%*s", (int)indent, "");
            column = indent;
        } else if (column > indent) {
            putchar(' ');
            column++;
        }
        printf("%.*s", (int)word, text);
        column += word;
        text += word + strspn(text + word, " ");
    }
    putchar('\n');
}

static void print_option(char letter, const char *name, const char *argument, const char *help) {
    char left[64];
    char letters[5] = "    ";
    if (letter)
        snprintf(letters, sizeof letters, "-%c, ", letter);
    snprintf(left, sizeof left, "  %s--%s%s%s", letters, name, argument ? "=" : "",
             argument ? argument : "");
    printf("%-*s", OPTION_COLUMN, left);
    if (strlen(left) >= OPTION_COLUMN)
        printf("\n%*s", OPTION_COLUMN, "");
    print_wrapped(help, OPTION_COLUMN, OPTION_COLUMN);
}

static void print_synopsis(const cli_command *command) {
    const char *lead = "Usage: ";
    for (const char *form = command->synopsis; *form;) {
        size_t length = strcspn(form, "\n");
        printf("%s%s %.*s\n", lead, command->program, (int)length, form);
        form += length + (form[length] == '\n');
        lead = "       ";
    }
}

void cli_print_help(const cli_command *command) {
    print_synopsis(command);
    printf("\n%s\n\nOptions:\n", command->summary);
    for (size_t i = 0; i < command->option_count; i++) {
        const cli_option *option = &command->options[i];
        print_option(option->letter, option->name, option->argument, option->help);
    }
    print_option('h', "help", NULL, "print this help");
    print_option(0, "version", NULL, "print the version");
    if (command->details)
        printf("\n%s", command->details);
}
