#include "command.h"

#include "common/failures.h"
#include "common/interrupt.h"
#include "common/limit_options.h"
#include "common/message.h"
#include "common/open.h"
#include "common/option.h"
#include "common/output.h"
#include "common/progress.h"
#include "common/shared_options.h"

#include <stdio.h>
#include <string.h>

typedef struct reindex_job {
    const char *program;
    const char *errors; /* NULL: failures are named on standard error. */
    cli_failures failures;
    cli_progress progress;
    bool quiet;
} reindex_job;

static void show_problem(void *user, const char *line) {
    reindex_job *job = user;
    cli_progress_batch_done(&job->progress, 0);
    cli_failures_add(&job->failures, &(cli_failure_entry){.message = line});
}

static bool show_progress(void *user, uint64_t done, uint64_t total) {
    reindex_job *job = user;
    job->progress.total = total;
    cli_progress_advance(&job->progress, done);
    return !cli_interrupted();
}

static cli_exit reindex(reindex_job *job, const char *path, const imgmatch_model *model,
                        imgmatch_reindex_options *options) {
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    imgmatch_reindex_report report = {0};
    cli_catch_signals();
    if (cli_failures_open(&job->failures, job->program, job->errors, false) != CLI_GO_ON)
        return CLI_FAILED;
    cli_progress_start(&job->progress, cli_progress_wanted(job->quiet), 0);
    options->problem = show_problem;
    options->progress = show_progress;
    options->user = job;
    imgmatch_status status = imgmatch_catalogue_reindex(&report, path, model, options, &diag);
    cli_progress_batch_done(&job->progress, 0);
    cli_exit closed = cli_failures_close(&job->failures);
    if (status == IMGMATCH_ERR_NOT_FOUND)
        return cli_no_catalogue(job->program, path);
    if (status != IMGMATCH_OK) {
        (void)cli_failure(job->program, "reindexing", status, &diag);
        if (status == IMGMATCH_ERR_CANCELLED)
            cli_tell_same_command(job->program);
        if (report.published)
            cli_message(job->program, "the catalogue is of the new model all the same; the same "
                                      "command clears away what is left of the old one");
        return CLI_FAILED;
    }
    if (!job->quiet)
        printf("reindexed %llu, failed %llu\n", (unsigned long long)report.done,
               (unsigned long long)report.failed);
    if (!report.published)
        cli_message(job->program, "the catalogue is as it was: mend what failed and run the same "
                                  "command again, or leave it out with --allow-missing");
    return cli_finish_output(job->program, closed);
}

cli_exit index_reindex(int argc, char **argv) {
    reindex_job job = {.program = "imgmatch-index reindex"};
    const char *model_path = NULL;
    uint32_t threads = 0;
    imgmatch_reindex_options chosen = IMGMATCH_REINDEX_OPTIONS_INIT;
    cli_intake_options intake;
    const cli_option own[] = {
        CLI_OPTION_MODEL(&model_path),
        {0,
         "allow-missing",
         NULL,
         "leave items out whose photo is missing, broken or changed",
         CLI_FLAG,
         {.flag = &chosen.allow_missing},
         0,
         0,
         NULL},
        CLI_OPTION_ERRORS(&job.errors),
        CLI_OPTION_THREADS(&threads, 1024),
        CLI_OPTION_QUIET(&job.quiet, "no progress and no summary"),
    };
    cli_option options[sizeof own / sizeof *own + CLI_INTAKE_OPTION_COUNT];
    memcpy(options, own, sizeof own);
    size_t count = cli_intake_options_append(options, sizeof own / sizeof *own, &intake);
    const cli_command command = {
        .program = job.program,
        .synopsis = "[OPTION...] CATALOGUE",
        .summary =
            "Make all fingerprints anew, with another model, from the photos that the items'\n"
            "sources name (relative ones from the current folder).",
        .options = options,
        .option_count = count,
        .details =
            "The old catalogue answers until the new one, built in CATALOGUE.reindex, takes its\n"
            "place in one step. After Ctrl-C or a crash the same command goes on where it\n"
            "stopped. Photos that are missing, broken or changed are named; unless they may be\n"
            "left out, nothing is replaced then. Other files in the catalogue's folder stay.\n"
            "\n"
            "Example:\n"
            "  imgmatch-index reindex acme --model=models/imgmatch-2\n"
            "\n"
            "Exit status: 0 done, 1 failure, 2 wrong usage, 3 some items failed.\n",
        .min_operands = 1,
        .max_operands = 1};
    cli_operands operands;
    cli_exit step = cli_parse(&operands, &command, argc, argv);
    imgmatch_model *model = NULL;
    if (step == CLI_GO_ON)
        step = cli_check_output(command.program, "errors", job.errors, &(cli_inputs){0});
    if (step == CLI_GO_ON)
        step = cli_open_model(&model, command.program, model_path);
    if (step == CLI_GO_ON)
        step = cli_intake_pool(&chosen.decoders, command.program, &intake, threads);
    if (step == CLI_GO_ON) {
        chosen.threads = (int)threads;
        chosen.limits = &intake.limits;
        step = reindex(&job, operands.values[0], model, &chosen);
        cli_intake_report(command.program, chosen.decoders);
    }
    imgmatch_decoder_pool_free(chosen.decoders);
    imgmatch_model_close(model);
    return step;
}
