#include "command.h"

#include "common/message.h"
#include "common/open.h"
#include "common/option.h"

/* As listed; the first: as before. */
static const imgmatch_index_kind kinds[] = {IMGMATCH_INDEX_AUTO, IMGMATCH_INDEX_AUTO,
                                            IMGMATCH_INDEX_EXACT, IMGMATCH_INDEX_HNSW,
                                            IMGMATCH_INDEX_IVF};

cli_exit index_compact(int argc, char **argv) {
    static const char *const names[] = {"keep", "auto", "exact", "hnsw", "ivf", NULL};
    uint32_t kind = 0;
    const cli_option options[] = {
        {0,
         "index",
         "keep|auto|exact|hnsw|ivf",
         "the kind of index, from now on (default keep: as before, at first auto: exact up to "
         "50,000 items, then ivf)",
         CLI_CHOICE,
         {.choice = &kind},
         0,
         0,
         names},
    };
    const cli_command command = {
        .program = "imgmatch-index compact",
        .synopsis = "[OPTION...] CATALOGUE",
        .summary =
            "Write the search index anew, with all items in it. Adding does this by itself\n"
            "from time to time. Queries give the same answers before and after with an exact\n"
            "index; the others may leave out some of the nearest references.",
        .options = options,
        .option_count = sizeof options / sizeof *options,
        .min_operands = 1,
        .max_operands = 1};
    cli_operands operands;
    imgmatch_catalogue *catalogue;
    cli_exit step = cli_parse_and_open(&catalogue, &operands, &command, argc, argv, true);
    if (step != CLI_GO_ON)
        return step;
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    imgmatch_status status = kind == 0
                                 ? imgmatch_catalogue_compact(catalogue, &diag)
                                 : imgmatch_catalogue_compact_as(catalogue, kinds[kind], &diag);
    step = status == IMGMATCH_OK ? CLI_DONE
                                 : cli_failure(command.program, operands.values[0], status, &diag);
    imgmatch_catalogue_close(catalogue);
    return step;
}
