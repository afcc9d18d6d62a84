#include "command.h"
#include "exchange.h"

#include "common/interrupt.h"
#include "common/limit_options.h"
#include "common/message.h"
#include "common/open.h"
#include "common/output.h"
#include "common/shared_options.h"

#include <stdio.h>
#include <string.h>

static cli_exit import_file(index_exchange *exchange, imgmatch_catalogue *catalogue,
                            const char *path) {
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    imgmatch_exchange_report report = {0};
    imgmatch_exchange_options options;
    if (index_exchange_start(&options, exchange) != CLI_GO_ON)
        return CLI_FAILED;
    imgmatch_status status = imgmatch_catalogue_import(&report, catalogue, path, &options, &diag);
    cli_exit step = index_exchange_finish(exchange, &report);
    if (status != IMGMATCH_OK)
        step = cli_failure(exchange->program, "importing", status, &diag);
    if (cli_interrupted())
        cli_message(exchange->program, "the same command goes on from here");
    return cli_finish_output(exchange->program, step);
}

cli_exit index_import(int argc, char **argv) {
    index_exchange exchange = {.program = "imgmatch-index import"};
    imgmatch_limits limits;
    const cli_option own[] = {
        INDEX_OPTION_ON_CONFLICT(&exchange.on_conflict),
        CLI_OPTION_ERRORS(&exchange.errors),
        CLI_OPTION_QUIET(&exchange.quiet, "no progress and no summary"),
    };
    cli_option options[sizeof own / sizeof *own + CLI_LIMIT_OPTION_COUNT];
    memcpy(options, own, sizeof own);
    size_t count = cli_limit_options_append(options, sizeof own / sizeof *own, &limits);
    const cli_command command = {
        .program = exchange.program,
        .synopsis = "[OPTION...] CATALOGUE FILE",
        .summary = "Put the items of an export, or of a list of PDQ hashes, into a catalogue.\n"
                   "FILE '-' is standard input.",
        .options = options,
        .option_count = count,
        .details =
            "A list of hashes has 64 hexadecimal digits a line, alone or as a column of CSV. A\n"
            "header names the columns 'hash' (or 'pdq'), 'id' and 'quality'; without one they are\n"
            "hash,id or hash,quality,id. Without an id an item is called 'pdq:' and its hash. A\n"
            "line with the id of the line before it is another view of that item, up to two.\n"
            "Such items are found by their hash and by nothing else.\n"
            "\n"
            "Lines that cannot be used are named with their numbers, and the others go in. A file\n"
            "that is neither an export nor such a list is refused. An export that has not as many\n"
            "items as its first line says, as one that was cut, is reported: status 3.\n"
            "\n"
            "Examples:\n"
            "  imgmatch-index import acme acme.jsonl\n"
            "  imgmatch-index import acme hashes.csv --on-conflict=keep\n"
            "\n"
            "Exit status: 0 done, 1 failure, 2 wrong usage, 3 done but some lines failed.\n",
        .min_operands = 2,
        .max_operands = 2};
    cli_operands operands;
    cli_exit step = cli_parse(&operands, &command, argc, argv);
    if (step == CLI_GO_ON) {
        const cli_inputs inputs = {.list = operands.values[1]};
        step = cli_check_output(command.program, "errors", exchange.errors, &inputs);
        if (step == CLI_GO_ON)
            step = cli_check_standard_output(command.program, &inputs);
    }
    if (step != CLI_GO_ON)
        return step;
    imgmatch_catalogue *catalogue = NULL;
    imgmatch_open_options wanted = IMGMATCH_OPEN_OPTIONS_INIT;
    wanted.writable = true;
    wanted.limits = &limits;
    step = cli_open_catalogue_with(&catalogue, command.program, operands.values[0], &wanted);
    if (step == CLI_GO_ON)
        step = import_file(&exchange, catalogue, operands.values[1]);
    imgmatch_catalogue_close(catalogue);
    return step;
}
