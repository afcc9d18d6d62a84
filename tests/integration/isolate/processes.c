#include "integration/isolate/processes.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

size_t children_of_this(pid_t *out, size_t most) {
    char path[64];
    long child;
    size_t count = 0;
    (void)snprintf(path, sizeof path, "/proc/self/task/%ld/children", (long)getpid());
    FILE *file = fopen(path, "r");
    while (file != NULL && count < most && fscanf(file, "%ld", &child) == 1) {
        out[count++] = (pid_t)child;
    }
    if (file != NULL) {
        (void)fclose(file);
    }
    return count;
}

pid_t worker_of_one(void) {
    pid_t child;
    return children_of_this(&child, 1) == 1 ? child : -1;
}

bool kill_and_see(pid_t child) {
    siginfo_t end;
    return kill(child, SIGKILL) == 0 && waitid(P_PID, (id_t)child, &end, WEXITED | WNOWAIT) == 0;
}

double processor_ms(pid_t process) {
    clockid_t clock;
    struct timespec used;
    if (clock_getcpuclockid(process, &clock) != 0 || clock_gettime(clock, &used) != 0) {
        return -1;
    }
    return 1e3 * (double)used.tv_sec + 1e-6 * (double)used.tv_nsec;
}

bool status_line(char out[STATUS_LINE_BYTES], pid_t process, const char *name) {
    char path[64], text[STATUS_LINE_BYTES];
    bool found = false;
    (void)snprintf(path, sizeof path, "/proc/%ld/status", (long)process);
    FILE *file = fopen(path, "r");
    while (file != NULL && !found && fgets(text, sizeof text, file) != NULL) {
        found = strncmp(text, name, strlen(name)) == 0;
    }
    if (file != NULL) {
        (void)fclose(file);
    }
    if (found) {
        (void)strcpy(out, text + strlen(name));
    }
    return found;
}

long memory_kib(pid_t process, const char *line) {
    char text[STATUS_LINE_BYTES];
    return status_line(text, process, line) ? strtol(text, NULL, 10) : -1;
}

void forget_peak(pid_t process) {
    char path[64];
    (void)snprintf(path, sizeof path, "/proc/%ld/clear_refs", (long)process);
    FILE *file = fopen(path, "w");
    if (file != NULL) {
        (void)fputs("5", file);
        (void)fclose(file);
    }
}
