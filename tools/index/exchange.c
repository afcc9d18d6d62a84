#include "exchange.h"

#include "common/interrupt.h"

#include <stdio.h>

const char *const index_conflict_names[] = {"fail", "keep", "replace", NULL};

static void show_problem(void *user, const char *line) {
    index_exchange *exchange = user;
    cli_progress_batch_done(&exchange->progress, 0);
    cli_failures_add(&exchange->failures, &(cli_failure_entry){.message = line});
}

static bool show_progress(void *user, uint64_t done) {
    index_exchange *exchange = user;
    cli_progress_advance(&exchange->progress, done);
    return !cli_interrupted();
}

cli_exit index_exchange_start(imgmatch_exchange_options *out, index_exchange *exchange) {
    *out = (imgmatch_exchange_options)IMGMATCH_EXCHANGE_OPTIONS_INIT;
    out->on_conflict = (imgmatch_conflict)exchange->on_conflict;
    out->problem = show_problem;
    out->progress = show_progress;
    out->user = exchange;
    cli_catch_signals();
    cli_progress_start(&exchange->progress, cli_progress_wanted(exchange->quiet), 0);
    return cli_failures_open(&exchange->failures, exchange->program, exchange->errors, false);
}

cli_exit index_exchange_finish(index_exchange *exchange, const imgmatch_exchange_report *report) {
    cli_progress_batch_done(&exchange->progress, 0);
    if (!exchange->quiet)
        printf("added %llu, replaced %llu, unchanged %llu, kept %llu, failed %llu\n",
               (unsigned long long)report->added, (unsigned long long)report->replaced,
               (unsigned long long)report->unchanged, (unsigned long long)report->kept,
               (unsigned long long)report->failed);
    /* Not every line that failed is told of: those behind a header that is refused are counted. */
    cli_exit outcome = report->failed > 0 ? CLI_SOME_FAILED : CLI_DONE;
    return cli_failures_close(&exchange->failures) == CLI_FAILED ? CLI_FAILED : outcome;
}
