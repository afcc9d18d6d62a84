#include "option.h"

#include "help.h"
#include "message.h"

#include <imgmatch/version.h>

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LONGEST_NAME 32

/* Levenshtein distance of two short texts; longer ones count as far apart. */
static size_t edit_distance(const char *a, const char *b) {
    size_t length_a = strlen(a), length_b = strlen(b);
    size_t row[LONGEST_NAME + 1];
    if (length_a > LONGEST_NAME || length_b > LONGEST_NAME)
        return LONGEST_NAME;
    for (size_t j = 0; j <= length_b; j++)
        row[j] = j;
    for (size_t i = 1; i <= length_a; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= length_b; j++) {
            size_t best = diagonal + (a[i - 1] != b[j - 1]);
            diagonal = row[j];
            if (row[j] + 1 < best)
                best = row[j] + 1;
            if (row[j - 1] + 1 < best)
                best = row[j - 1] + 1;
            row[j] = best;
        }
    }
    return row[length_b];
}

const char *cli_nearest_name(const char *typed, const char *const *names, size_t count,
                             size_t stride) {
    const char *nearest = NULL;
    size_t limit = strlen(typed) / 3 + 1, best = limit + 1;
    for (size_t i = 0; i < count; i++) {
        const char *name = *(const char *const *)(const void *)((const char *)names + i * stride);
        size_t distance = edit_distance(typed, name);
        if (distance < best) {
            best = distance;
            nearest = name;
        }
    }
    return nearest;
}

static cli_exit unknown_option(const cli_command *command, const char *name) {
    const char *nearest = command->option_count == 0
                              ? NULL
                              : cli_nearest_name(name, &command->options[0].name,
                                                 command->option_count, sizeof *command->options);
    if (nearest)
        return cli_usage_error(command->program, "unknown option '--%s'; did you mean '--%s'?",
                               name, nearest);
    return cli_usage_error(command->program, "unknown option '--%s'", name);
}

static cli_exit set_count(const cli_command *command, const cli_option *option, const char *value) {
    char *end = NULL;
    errno = 0;
    unsigned long number = strtoul(value, &end, 10);
    bool digits_only = value[0] != '\0' && value[strspn(value, "0123456789")] == '\0';
    if (!digits_only || errno != 0 || number < option->min || number > option->max)
        return cli_usage_error(command->program,
                               "--%s takes a whole number from %u to %u, not '%s'", option->name,
                               option->min, option->max, value);
    if (option->kind == CLI_SIZE)
        *option->value.size = number;
    else
        *option->value.count = (uint32_t)number;
    return CLI_GO_ON;
}

static cli_exit set_fraction(const cli_command *command, const cli_option *option,
                             const char *value) {
    char *end = NULL;
    double number = strtod(value, &end);
    if (end == value || *end != '\0' || !(number >= 0 && number <= 1))
        return cli_usage_error(command->program, "--%s takes a number from 0 to 1, not '%s'",
                               option->name, value);
    *option->value.fraction = number;
    return CLI_GO_ON;
}

static cli_exit set_rate(const cli_command *command, const cli_option *option, const char *value) {
    char *end = NULL;
    double number = strtod(value, &end);
    if (end == value || *end != '\0' || !(number > 0 && number <= option->max))
        return cli_usage_error(command->program,
                               "--%s takes a number above 0 and up to %u, not '%s'", option->name,
                               option->max, value);
    *option->value.fraction = number;
    return CLI_GO_ON;
}

static cli_exit set_choice(const cli_command *command, const cli_option *option,
                           const char *value) {
    for (uint32_t i = 0; option->choices[i]; i++) {
        if (strcmp(option->choices[i], value) == 0) {
            *option->value.choice = i;
            return CLI_GO_ON;
        }
    }
    return cli_usage_error(command->program, "--%s takes %s, not '%s'", option->name,
                           option->argument, value);
}

static cli_exit set_value(const cli_command *command, const cli_option *option, const char *value) {
    switch (option->kind) {
    case CLI_FLAG:
        *option->value.flag = true;
        return CLI_GO_ON;
    case CLI_TEXT:
        if (value[0] == '\0')
            return cli_usage_error(command->program, "--%s takes a %s that is not empty",
                                   option->name, option->argument);
        *option->value.text = value;
        return CLI_GO_ON;
    case CLI_COUNT:
    case CLI_SIZE:
        return set_count(command, option, value);
    case CLI_FRACTION:
        return set_fraction(command, option, value);
    case CLI_RATE:
        return set_rate(command, option, value);
    case CLI_CHOICE:
        return set_choice(command, option, value);
    }
    return CLI_GO_ON;
}

static const cli_option *find_long(const cli_command *command, const char *name, size_t length) {
    for (size_t i = 0; i < command->option_count; i++) {
        const cli_option *option = &command->options[i];
        if (strlen(option->name) == length && memcmp(option->name, name, length) == 0)
            return option;
    }
    return NULL;
}

static const cli_option *find_letter(const cli_command *command, char letter) {
    for (size_t i = 0; i < command->option_count; i++) {
        if (command->options[i].letter == letter)
            return &command->options[i];
    }
    return NULL;
}

/* argv[*at] is "--name" or "--name=value"; *at moves on over a value of its own. */
static cli_exit parse_long(const cli_command *command, int *at, int argc, char **argv) {
    char *name = argv[*at] + 2;
    size_t length = strcspn(name, "=");
    char *value = name[length] == '=' ? name + length + 1 : NULL;
    const cli_option *option = find_long(command, name, length);
    if (!option) {
        name[length] = '\0';
        return unknown_option(command, name);
    }
    if (option->kind == CLI_FLAG && value)
        return cli_usage_error(command->program, "--%s takes no value", option->name);
    if (option->kind != CLI_FLAG && !value) {
        if (*at + 1 >= argc)
            return cli_usage_error(command->program, "--%s needs a value: --%s=%s", option->name,
                                   option->name, option->argument);
        value = argv[++*at];
    }
    return set_value(command, option, value);
}

/* argv[*at] is "-abc" or "-nVALUE" or "-n" with the value behind it. */
static cli_exit parse_letters(const cli_command *command, int *at, int argc, char **argv) {
    for (char *letter = argv[*at] + 1; *letter; letter++) {
        const cli_option *option = find_letter(command, *letter);
        if (!option)
            return cli_usage_error(command->program, "unknown option '-%c'", *letter);
        if (option->kind == CLI_FLAG) {
            *option->value.flag = true;
            continue;
        }
        if (letter[1] != '\0')
            return set_value(command, option, letter + 1);
        if (*at + 1 >= argc)
            return cli_usage_error(command->program, "-%c needs a value: -%c %s", *letter, *letter,
                                   option->argument);
        return set_value(command, option, argv[++*at]);
    }
    return CLI_GO_ON;
}

static void print_version(FILE *out, const cli_command *command) {
    fprintf(out, "%.*s %s\n", (int)strcspn(command->program, " "), command->program,
            imgmatch_version());
}

/* The text is made first and written at once, so that the cause of a failure is known. A reader who
 * has seen enough and closed the pipe is no failure. */
static cli_exit answer(const cli_command *command,
                       void (*print)(FILE *out, const cli_command *command)) {
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    bool made = out != NULL;
    if (made) {
        print(out, command);
        made = fclose(out) == 0;
    }
    cli_exit step = CLI_DONE;
    if (!made || fwrite(text, 1, size, stdout) < size || fflush(stdout) != 0) {
        step = errno == EPIPE ? CLI_DONE : CLI_FAILED;
        if (step == CLI_FAILED)
            cli_message(command->program, "writing to standard output: %s", strerror(errno));
    }
    free(text);
    return step;
}

/* Help and version win over everything that stands behind them. */
static cli_exit answer_at_once(const cli_command *command, const char *argument) {
    if (strcmp(argument, "--help") == 0 || strcmp(argument, "-h") == 0)
        return answer(command, cli_print_help);
    if (strcmp(argument, "--version") == 0)
        return answer(command, print_version);
    return CLI_GO_ON;
}

static cli_exit check_operands(const cli_command *command, const cli_operands *operands) {
    if (operands->count < command->min_operands)
        return cli_usage_error(command->program, "something is missing: %s %.*s", command->program,
                               (int)strcspn(command->synopsis, "\n"), command->synopsis);
    if (operands->count > command->max_operands)
        return cli_usage_error(command->program, "'%s' is one argument too many",
                               operands->values[command->max_operands]);
    return CLI_GO_ON;
}

cli_exit cli_parse(cli_operands *operands, const cli_command *command, int argc, char **argv) {
    bool options_over = false;
    operands->values = argv + 1;
    operands->count = 0;
    for (int at = 1; at < argc; at++) {
        char *argument = argv[at];
        cli_exit step = CLI_GO_ON;
        if (options_over || argument[0] != '-' || argument[1] == '\0') {
            operands->values[operands->count++] = argument;
        } else if (strcmp(argument, "--") == 0) {
            options_over = true;
        } else if ((step = answer_at_once(command, argument)) == CLI_GO_ON) {
            step = argument[1] == '-' ? parse_long(command, &at, argc, argv)
                                      : parse_letters(command, &at, argc, argv);
        }
        if (step != CLI_GO_ON)
            return step;
    }
    return check_operands(command, operands);
}
