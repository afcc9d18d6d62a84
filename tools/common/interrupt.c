#include "interrupt.h"

#include <signal.h>
#include <string.h>

/* The one thing that a signal handler may touch is an object like this. */
static volatile sig_atomic_t stop_requested;

static void request_stop(int signal_number) {
    (void)signal_number;
    stop_requested = 1;
}

void cli_catch_signals(void) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    sigemptyset(&action.sa_mask);
    action.sa_handler = request_stop;
    /* The second one finds the default action. No SA_RESTART: a read from a terminal or pipe that
     * waits for ever has to end, too. */
    action.sa_flags = (int)SA_RESETHAND;
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    action.sa_handler = SIG_IGN;
    action.sa_flags = 0;
    sigaction(SIGPIPE, &action, NULL);
}

bool cli_interrupted(void) { return stop_requested != 0; }
