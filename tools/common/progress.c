#include "progress.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BAR_WIDTH 24

static double seconds_since(const struct timespec *start) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - start->tv_sec) + 1e-9 * (double)(now.tv_nsec - start->tv_nsec);
}

bool cli_progress_wanted(bool quiet) {
    const char *terminal = getenv("TERM");
    return !quiet && isatty(STDERR_FILENO) && !(terminal && strcmp(terminal, "dumb") == 0);
}

void cli_progress_start(cli_progress *progress, bool enabled, uint64_t total) {
    memset(progress, 0, sizeof *progress);
    progress->enabled = enabled;
    progress->total = total;
    clock_gettime(CLOCK_MONOTONIC, &progress->start);
    progress->drawn = progress->start;
}

static void print_time_left(double seconds) {
    unsigned long whole = seconds < 1e8 ? (unsigned long)(seconds + 0.5) : 100000000ul;
    if (whole >= 3600)
        fprintf(stderr, ", %lu:%02lu:%02lu left", whole / 3600, whole / 60 % 60, whole % 60);
    else
        fprintf(stderr, ", %lu:%02lu left", whole / 60, whole % 60);
}

void cli_progress_show(cli_progress *progress, uint64_t done) {
    if (!progress->enabled || (progress->visible && seconds_since(&progress->drawn) < 0.2))
        return;
    clock_gettime(CLOCK_MONOTONIC, &progress->drawn);
    progress->visible = true;
    done += progress->before;
    double seconds = seconds_since(&progress->start);
    double rate = seconds > 0 ? (double)done / seconds : 0;
    fputs("\r\033[K", stderr);
    if (progress->total > 0) {
        uint64_t shown = done < progress->total ? done : progress->total;
        int filled = (int)(shown * BAR_WIDTH / progress->total);
        fprintf(stderr, "[%.*s%*s] ", filled, "########################", BAR_WIDTH - filled, "");
        fprintf(stderr, "%llu of %llu", (unsigned long long)done,
                (unsigned long long)progress->total);
    } else {
        fprintf(stderr, "%llu photos", (unsigned long long)done);
    }
    fprintf(stderr, ", %.1f/s", rate);
    /* The rate of the first moments says nothing. */
    if (progress->total > done && seconds > 1 && done > 0)
        print_time_left((double)(progress->total - done) / rate);
    fflush(stderr);
}

void cli_progress_advance(cli_progress *progress, uint64_t done) {
    progress->before += done;
    cli_progress_show(progress, 0);
}

void cli_progress_batch_done(cli_progress *progress, uint64_t done) {
    progress->before += done;
    if (progress->visible) {
        fputs("\r\033[K", stderr);
        fflush(stderr);
    }
    progress->visible = false;
}
