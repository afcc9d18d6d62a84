#include "command.h"

#include "common/message.h"
#include "common/open.h"
#include "common/option.h"
#include "common/shared_options.h"

#include <stdio.h>

static bool write_bytes(void *user, const char *bytes, size_t size) {
    return fwrite(bytes, 1, size, user) == size || !cli_output_failed();
}

cli_exit index_export(int argc, char **argv) {
    static const char *const formats[] = {"jsonl", "pdq", NULL};
    uint32_t format = IMGMATCH_EXPORT_JSONL;
    const cli_option options[] = {
        CLI_OPTION_FORMAT(
            &format, "jsonl|pdq", formats,
            "everything, as JSON Lines (jsonl, the default), or PDQ hashes alone, as CSV (pdq)"),
    };
    const cli_command command = {
        .program = "imgmatch-index export",
        .synopsis = "[OPTION...] CATALOGUE",
        .summary = "Write all items with their fingerprints to standard output, ordered by id.",
        .options = options,
        .option_count = sizeof options / sizeof *options,
        .details = "The first line says which model made the fingerprints; 'import' takes them\n"
                   "into any catalogue of that model. The CSV has the columns hash,id,quality and\n"
                   "a line for each fingerprinted view.\n"
                   "\n"
                   "Example:\n"
                   "  imgmatch-index export acme > acme.jsonl\n",
        .min_operands = 1,
        .max_operands = 1};
    cli_operands operands;
    imgmatch_catalogue *catalogue;
    cli_exit step = cli_parse_and_open(&catalogue, &operands, &command, argc, argv, false);
    if (step != CLI_GO_ON)
        return step;
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    imgmatch_status status = imgmatch_catalogue_export(catalogue, (imgmatch_export_format)format,
                                                       write_bytes, stdout, &diag);
    imgmatch_catalogue_close(catalogue);
    /* What stops an export is that it cannot be written, which is said below. */
    if (status != IMGMATCH_OK && status != IMGMATCH_ERR_CANCELLED)
        return cli_failure(command.program, operands.values[0], status, &diag);
    return cli_finish_output(command.program, CLI_DONE);
}
