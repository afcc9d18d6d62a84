#include "exchange.h"

#include "common/interrupt.h"
#include "common/message.h"

#include <stdio.h>

const char *const index_conflict_names[] = {"fail", "keep", "replace", NULL};

static void show_problem(void *user, const char *line) {
    index_exchange *exchange = user;
    cli_progress_batch_done(&exchange->progress, 0);
    cli_message(exchange->program, "%s", line);
}

static bool show_progress(void *user, uint64_t done) {
    index_exchange *exchange = user;
    cli_progress_show(&exchange->progress, done);
    cli_progress_batch_done(&exchange->progress, done);
    return !cli_interrupted();
}

imgmatch_exchange_options index_exchange_start(index_exchange *exchange) {
    cli_catch_signals();
    cli_progress_start(&exchange->progress, cli_progress_wanted(exchange->quiet), 0);
    imgmatch_exchange_options options = IMGMATCH_EXCHANGE_OPTIONS_INIT;
    options.on_conflict = (imgmatch_conflict)exchange->on_conflict;
    options.problem = show_problem;
    options.progress = show_progress;
    options.user = exchange;
    return options;
}

cli_exit index_exchange_finish(const index_exchange *exchange,
                               const imgmatch_exchange_report *report) {
    if (!exchange->quiet)
        printf("added %llu, replaced %llu, unchanged %llu, kept %llu, failed %llu\n",
               (unsigned long long)report->added, (unsigned long long)report->replaced,
               (unsigned long long)report->unchanged, (unsigned long long)report->kept,
               (unsigned long long)report->failed);
    return report->failed > 0 ? CLI_SOME_FAILED : CLI_DONE;
}
