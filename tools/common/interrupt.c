#include "interrupt.h"

#include "message.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

/* All that a signal handler can know are objects like these. */
static volatile sig_atomic_t stop_requested;
static volatile sig_atomic_t empty_input = -1; /* A descriptor of /dev/null. */

/* The library takes up a read that a signal has ended. So that one which waits for standard input
 * does not wait for ever, it finds the end of input there. */
static void request_stop(int signal_number) {
    int error = errno;
    (void)signal_number;
    stop_requested = 1;
    if (empty_input >= 0)
        (void)dup2((int)empty_input, STDIN_FILENO);
    errno = error;
}

void cli_catch_signals(void) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    sigemptyset(&action.sa_mask);
    action.sa_handler = request_stop;
    empty_input = open("/dev/null", O_RDONLY | O_CLOEXEC);
    /* The second one finds the default action. No SA_RESTART: a read that waits must come back. */
    action.sa_flags = (int)SA_RESETHAND;
    /* A terminal that goes away sends SIGHUP; nohup has it ignored, which stays so. */
    struct sigaction before;
    if (sigaction(SIGHUP, NULL, &before) == 0 && before.sa_handler != SIG_IGN)
        sigaction(SIGHUP, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
}

void cli_prepare_streams(void) {
    signal(SIGPIPE, SIG_IGN);
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        /* The lowest number that is free is this one. What is open for reading cannot be written.
         */
        if (fcntl(fd, F_GETFD) < 0)
            (void)open("/dev/null", O_RDONLY);
    }
}

bool cli_interrupted(void) { return stop_requested != 0; }

void cli_tell_same_command(const char *program) {
    if (cli_interrupted())
        cli_message(program, "the same command goes on from here");
}
