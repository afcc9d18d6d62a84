#include "message.h"

#include "escape.h"
#include "interrupt.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void print_message(const char *program, const char *format, va_list arguments)
    __attribute__((format(printf, 2, 0)));

static void print_message(const char *program, const char *format, va_list arguments) {
    char *text = NULL;
    fprintf(stderr, "%s: ", program);
    /* Names in the message may come from an attacker: the terminal must not obey them. */
    if (vasprintf(&text, format, arguments) < 0) {
        fputs("out of memory", stderr);
    } else {
        cli_print_visible(stderr, text);
        free(text);
    }
    fputc('\n', stderr);
}

void cli_message(const char *program, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    print_message(program, format, arguments);
    va_end(arguments);
}

cli_exit cli_usage_error(const char *program, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    print_message(program, format, arguments);
    va_end(arguments);
    fprintf(stderr, "Try '%s --help'.\n", program);
    return CLI_USAGE;
}

/* Most reasons of the library begin with the path that they are about, or that of a file in it. */
static bool begins_with_path(const char *why, const char *path) {
    size_t size = strlen(path);
    return size == 0 || (strncmp(why, path, size) == 0 && why[size] &&
                         (strchr(":/ ", why[size]) || path[size - 1] == '/'));
}

cli_exit cli_failure(const char *program, const char *doing, imgmatch_status status,
                     const imgmatch_diag *diag) {
    if (status == IMGMATCH_ERR_CANCELLED && cli_interrupted()) {
        cli_message(program, "interrupted");
        return CLI_FAILED;
    }
    const char *why = diag->message[0] ? diag->message : imgmatch_status_text(status);
    if (begins_with_path(why, doing))
        cli_message(program, "%s", why);
    else
        cli_message(program, "%s: %s", doing, why);
    return CLI_FAILED;
}

void cli_keep_write_error(int *error, FILE *file) {
    if (*error == 0 && ferror(file))
        *error = errno;
}

cli_exit cli_close_written(FILE *file, int error, const char *program, const char *path) {
    if (fclose(file) != 0 && error == 0)
        error = errno;
    if (error == 0)
        return CLI_GO_ON;
    cli_message(program, "writing '%s': %s", path, strerror(error));
    return CLI_FAILED;
}

/* Why the first write to standard output failed, as cli_output_failed found it; 0: not known. */
static int output_error;

bool cli_output_failed(void) {
    cli_keep_write_error(&output_error, stdout);
    return ferror(stdout);
}

/* Where nobody asked in time why a write failed, a pipe without a reader is known by its state. */
static bool reader_is_gone(void) {
    struct pollfd output = {.fd = STDOUT_FILENO, .events = POLLOUT};
    return poll(&output, 1, 0) > 0 && (output.revents & POLLERR) != 0;
}

cli_exit cli_finish_output(const char *program, cli_exit status) {
    errno = 0;
    if ((fflush(stdout) == 0 && !ferror(stdout)) || status == CLI_FAILED)
        return status;
    int cause = output_error ? output_error : errno;
    if (cause == EPIPE || (cause == 0 && reader_is_gone()))
        return status;
    cli_message(program, "writing to standard output: %s",
                cause ? strerror(cause) : "an earlier write failed");
    return CLI_FAILED;
}
