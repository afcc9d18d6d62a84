#include "command.h"
#include "item_print.h"

#include "common/message.h"
#include "common/open.h"
#include "common/option.h"
#include "common/shared_options.h"

#include <stdio.h>

enum show_format { SHOW_TEXT, SHOW_JSONL };

static cli_exit show_item(const imgmatch_catalogue *catalogue, const char *program, const char *id,
                          uint32_t format) {
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    imgmatch_item *item = NULL;
    imgmatch_status status = imgmatch_catalogue_get(&item, catalogue, id, &diag);
    if (status == IMGMATCH_ERR_NOT_FOUND) {
        cli_message(program, "there is no item '%s'", id);
        return CLI_SOME_FAILED;
    }
    if (status != IMGMATCH_OK)
        return cli_failure(program, "looking an item up", status, &diag);
    if (format == SHOW_JSONL)
        index_print_json(stdout, item);
    else
        index_print_text(stdout, item);
    (void)cli_output_failed(); /* So that cli_finish_output knows why. */
    imgmatch_item_free(item);
    return CLI_DONE;
}

cli_exit index_show(int argc, char **argv) {
    static const char *const formats[] = {"text", "jsonl", NULL};
    uint32_t format = SHOW_TEXT;
    const cli_option options[] = {
        CLI_OPTION_FORMAT(&format, "text|jsonl", formats, "how to print them (default text)"),
    };
    const cli_command command = {
        .program = "imgmatch-index show",
        .synopsis = "[OPTION...] CATALOGUE ID...",
        .summary = "Print everything known of the items with these ids.",
        .options = options,
        .option_count = sizeof options / sizeof *options,
        .details = "Exit status: 0 done, 1 failure, 2 wrong usage, 3 some ids are not there.\n",
        .min_operands = 2,
        .max_operands = SIZE_MAX};
    cli_operands operands;
    imgmatch_catalogue *catalogue;
    cli_exit step = cli_parse_and_open(&catalogue, &operands, &command, argc, argv, false);
    if (step != CLI_GO_ON)
        return step;
    cli_exit outcome = CLI_DONE;
    for (size_t i = 1; i < operands.count && outcome != CLI_FAILED; i++) {
        if (i > 1 && format == SHOW_TEXT)
            putchar('\n');
        step = show_item(catalogue, command.program, operands.values[i], format);
        if (step != CLI_DONE)
            outcome = step;
    }
    imgmatch_catalogue_close(catalogue);
    return cli_finish_output(command.program, outcome);
}
