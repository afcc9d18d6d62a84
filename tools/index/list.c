#include "command.h"
#include "item_print.h"

#include "common/message.h"
#include "common/open.h"
#include "common/option.h"
#include "common/shared_options.h"

#include <stdbool.h>
#include <stdio.h>

enum list_format { LIST_TABLE, LIST_JSONL, LIST_CSV };

static bool print_item(void *user, const imgmatch_item *item) {
    switch (*(const uint32_t *)user) {
    case LIST_JSONL:
        index_print_json(stdout, item);
        break;
    case LIST_CSV:
        index_print_csv_row(stdout, item);
        break;
    default:
        index_print_table_row(stdout, item);
        break;
    }
    return !cli_output_failed(); /* Nobody reads any more: no use in going on. */
}

cli_exit index_list(int argc, char **argv) {
    static const char *const formats[] = {"table", "jsonl", "csv", NULL};
    uint32_t format = LIST_TABLE;
    const cli_option options[] = {
        CLI_OPTION_FORMAT(&format, "table|jsonl|csv", formats, "how to print them (default table)"),
    };
    const cli_command command = {.program = "imgmatch-index list",
                                 .synopsis = "[OPTION...] CATALOGUE",
                                 .summary = "Print all items of a catalogue, ordered by id.",
                                 .options = options,
                                 .option_count = sizeof options / sizeof *options,
                                 .details =
                                     "The table cuts long names; jsonl and csv have everything.\n"
                                     "\n"
                                     "Example:\n"
                                     "  imgmatch-index list acme --format=csv > acme.csv\n",
                                 .min_operands = 1,
                                 .max_operands = 1};
    cli_operands operands;
    imgmatch_catalogue *catalogue;
    cli_exit step = cli_parse_and_open(&catalogue, &operands, &command, argc, argv, false);
    if (step != CLI_GO_ON)
        return step;
    if (format == LIST_TABLE)
        index_print_table_head(stdout);
    else if (format == LIST_CSV)
        index_print_csv_head(stdout);
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    imgmatch_status status = imgmatch_catalogue_list(catalogue, print_item, &format, &diag);
    step =
        status == IMGMATCH_OK ? CLI_DONE : cli_failure(command.program, "listing", status, &diag);
    imgmatch_catalogue_close(catalogue);
    return cli_finish_output(command.program, step);
}
