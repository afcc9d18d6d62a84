#include "command.h"
#include "exchange.h"

#include "common/interrupt.h"
#include "common/message.h"
#include "common/open.h"
#include "common/output.h"
#include "common/shared_options.h"

static void add_report(imgmatch_exchange_report *sum, const imgmatch_exchange_report *one) {
    sum->added += one->added;
    sum->replaced += one->replaced;
    sum->unchanged += one->unchanged;
    sum->kept += one->kept;
    sum->failed += one->failed;
}

static cli_exit merge_all(index_exchange *exchange, imgmatch_catalogue *catalogue,
                          const cli_operands *operands) {
    imgmatch_exchange_report sum = {0};
    imgmatch_exchange_options options;
    cli_exit step = index_exchange_start(&options, exchange);
    if (step != CLI_GO_ON)
        return step;
    for (size_t i = 1; i < operands->count && step == CLI_GO_ON; i++) {
        imgmatch_diag diag = IMGMATCH_DIAG_INIT;
        imgmatch_exchange_report report = {0};
        imgmatch_status status =
            imgmatch_catalogue_merge(&report, catalogue, operands->values[i], &options, &diag);
        cli_progress_batch_done(&exchange->progress, 0);
        add_report(&sum, &report);
        if (status == IMGMATCH_ERR_NOT_FOUND)
            step = cli_no_catalogue(exchange->program, operands->values[i]);
        else if (status != IMGMATCH_OK)
            step = cli_failure(exchange->program, operands->values[i], status, &diag);
    }
    cli_exit outcome = index_exchange_finish(exchange, &sum);
    cli_tell_same_command(exchange->program);
    return cli_finish_output(exchange->program, step == CLI_GO_ON ? outcome : step);
}

cli_exit index_merge(int argc, char **argv) {
    index_exchange exchange = {.program = "imgmatch-index merge"};
    const cli_option options[] = {
        INDEX_OPTION_ON_CONFLICT(&exchange.on_conflict),
        CLI_OPTION_ERRORS(&exchange.errors),
        CLI_OPTION_QUIET(&exchange.quiet, "no progress and no summary"),
    };
    const cli_command command = {
        .program = exchange.program,
        .synopsis = "[OPTION...] CATALOGUE SOURCE...",
        .summary = "Put all items of other catalogues of the same model into a catalogue. The\n"
                   "sources are only read.",
        .options = options,
        .option_count = sizeof options / sizeof *options,
        .details =
            "Shards that were indexed apart, on any machines, give the answers of one run over\n"
            "all photos, in whatever order they are merged.\n"
            "\n"
            "What is merged is safe on disk. After Ctrl-C or a crash the same command goes on\n"
            "where it stopped.\n"
            "\n"
            "Example:\n"
            "  imgmatch-index merge acme shard-1 shard-2 shard-3\n"
            "\n"
            "Exit status: 0 done, 1 failure, 2 wrong usage, 3 done but some items were left out.\n",
        .min_operands = 2,
        .max_operands = SIZE_MAX};
    cli_operands operands;
    imgmatch_catalogue *catalogue;
    cli_exit step = cli_parse_and_open(&catalogue, &operands, &command, argc, argv, true);
    if (step == CLI_GO_ON)
        step = cli_check_output(command.program, "errors", exchange.errors, &(cli_inputs){0});
    if (step == CLI_GO_ON)
        step = merge_all(&exchange, catalogue, &operands);
    imgmatch_catalogue_close(catalogue);
    return step;
}
