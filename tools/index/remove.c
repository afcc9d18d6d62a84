#include "command.h"

#include "common/id_set.h"
#include "common/limit_options.h"
#include "common/lines.h"
#include "common/message.h"
#include "common/open.h"
#include "common/option.h"
#include "common/output.h"
#include "common/shared_options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Ids are removed in groups of this many, so that a list of any length needs little memory:
 * some dozens of bytes an id, to know it when it comes again. */
#define GROUP_IDS 1024

typedef struct remove_job {
    const char *program;
    imgmatch_catalogue *catalogue;
    char *ids[GROUP_IDS];  /* Owned. */
    bool again[GROUP_IDS]; /* Named before, or one with the same hash was: not missed then. */
    size_t count;
    cli_id_set named; /* Also in earlier groups. */
    size_t removed;
    size_t missing;
    bool quiet;
} remove_job;

/* The library tells how many were there, not which ones were not. */
static cli_exit name_missing(remove_job *job) {
    for (size_t i = 0; i < job->count; i++) {
        imgmatch_diag diag = IMGMATCH_DIAG_INIT;
        imgmatch_item *item = NULL;
        imgmatch_status status = imgmatch_catalogue_get(&item, job->catalogue, job->ids[i], &diag);
        imgmatch_item_free(item);
        if (status == IMGMATCH_ERR_NOT_FOUND && job->again[i])
            continue;
        if (status == IMGMATCH_ERR_NOT_FOUND) {
            job->missing++;
            cli_message(job->program, "there is no item '%s'", job->ids[i]);
        } else if (status != IMGMATCH_OK) {
            return cli_failure(job->program, "looking an item up", status, &diag);
        }
    }
    return CLI_GO_ON;
}

static cli_exit remove_group(remove_job *job) {
    if (job->count == 0)
        return CLI_GO_ON;
    cli_exit step = name_missing(job);
    if (step == CLI_GO_ON) {
        imgmatch_diag diag = IMGMATCH_DIAG_INIT;
        size_t removed = 0;
        imgmatch_status status = imgmatch_catalogue_remove(
            &removed, job->catalogue, (const char *const *)job->ids, job->count, &diag);
        if (status != IMGMATCH_OK)
            step = cli_failure(job->program, "removing items", status, &diag);
        job->removed += removed;
    }
    while (job->count > 0)
        free(job->ids[--job->count]);
    return step;
}

/* One that is named again is gone by then, or was missed already. It is removed all the same: ids
 * are known by their hashes, and two may share one. */
static cli_exit take_id(remove_job *job, const char *id) {
    uint64_t earlier = 0;
    imgmatch_status status = cli_id_set_add(&earlier, &job->named, id, 1);
    char *copy = status == IMGMATCH_OK ? strdup(id) : NULL;
    if (!copy)
        return cli_failure(job->program, "removing items", IMGMATCH_ERR_MEMORY,
                           &(imgmatch_diag)IMGMATCH_DIAG_INIT);
    job->again[job->count] = earlier > 0;
    job->ids[job->count++] = copy;
    return job->count == GROUP_IDS ? remove_group(job) : CLI_GO_ON;
}

static cli_exit take_file(remove_job *job, const char *path, uint32_t max_line_bytes) {
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    cli_lines lines;
    bool found = true;
    cli_exit step = CLI_GO_ON;
    imgmatch_status status = cli_lines_open(&lines, path, true, max_line_bytes, &diag);
    while (status == IMGMATCH_OK && step == CLI_GO_ON && found) {
        status = cli_lines_next(&found, &lines, &diag);
        if (status != IMGMATCH_OK || !found)
            continue;
        cli_lines_cut_end(&lines);
        if (lines.size > 0)
            step = take_id(job, lines.text);
    }
    cli_lines_close(&lines);
    return status == IMGMATCH_OK ? step : cli_failure(job->program, "", status, &diag);
}

static cli_exit remove_all(remove_job *job, const cli_operands *operands, const char *ids_path,
                           uint32_t max_line_bytes) {
    cli_exit step = CLI_GO_ON;
    for (size_t i = 1; i < operands->count && step == CLI_GO_ON; i++)
        step = take_id(job, operands->values[i]);
    if (ids_path && step == CLI_GO_ON)
        step = take_file(job, ids_path, max_line_bytes);
    if (step == CLI_GO_ON)
        step = remove_group(job);
    if (!job->quiet)
        printf("removed %zu, not there %zu\n", job->removed, job->missing);
    if (step == CLI_GO_ON)
        step = job->missing > 0 ? CLI_SOME_FAILED : CLI_DONE;
    return cli_finish_output(job->program, step);
}

cli_exit index_remove(int argc, char **argv) {
    const char *ids_path = NULL;
    bool quiet = false;
    imgmatch_limits limits = IMGMATCH_LIMITS_INIT;
    const cli_option options[] = {
        {'i',
         "ids",
         "FILE",
         "remove the ids in FILE, one a line, too ('-': standard input)",
         CLI_TEXT,
         {.text = &ids_path},
         0,
         0,
         NULL},
        CLI_OPTION_QUIET(&quiet, "no summary"),
        CLI_OPTION_MAX_LINE_BYTES(&limits, "longest line of FILE"),
    };
    const cli_command command = {
        .program = "imgmatch-index remove",
        .synopsis = "[OPTION...] CATALOGUE ID...\n[OPTION...] CATALOGUE --ids=FILE",
        .summary = "Take items out of a catalogue by id.",
        .options = options,
        .option_count = sizeof options / sizeof *options,
        .details = "An id that is named more than once counts once. Lines of FILE end in LF, CR LF "
                   "or CR.\n"
                   "\n"
                   "Examples:\n"
                   "  imgmatch-index remove acme sku-4711-front sku-4711-back\n"
                   "  imgmatch-index remove acme --ids=discontinued.txt\n"
                   "\n"
                   "Exit status: 0 done, 1 failure, 2 wrong usage, 3 some ids were not there.\n",
        .min_operands = 1,
        .max_operands = SIZE_MAX};
    cli_operands operands;
    cli_exit step = cli_parse(&operands, &command, argc, argv);
    if (step != CLI_GO_ON)
        return step;
    if (operands.count == 1 && !ids_path)
        return cli_usage_error(command.program, "which items? Give ids, or a file of --ids");
    const cli_inputs inputs = {.list = ids_path};
    step = cli_check_standard_output(command.program, &inputs);
    if (step != CLI_GO_ON)
        return step;
    remove_job *job = calloc(1, sizeof *job);
    if (!job)
        return cli_failure(command.program, "starting", IMGMATCH_ERR_MEMORY,
                           &(imgmatch_diag)IMGMATCH_DIAG_INIT);
    job->program = command.program;
    job->quiet = quiet;
    step = cli_open_catalogue(&job->catalogue, command.program, operands.values[0], true);
    if (step == CLI_GO_ON)
        step = remove_all(job, &operands, ids_path, limits.max_line_bytes);
    imgmatch_catalogue_close(job->catalogue);
    while (job->count > 0)
        free(job->ids[--job->count]);
    cli_id_set_free(&job->named);
    free(job);
    return step;
}
