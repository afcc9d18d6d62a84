#include "jobs.h"
#include "overlay.h"
#include "print.h"

#include "common/interrupt.h"
#include "common/message.h"
#include "common/open.h"
#include "common/photo_run.h"

#include <stdlib.h>
#include <string.h>

typedef struct search_job {
    imgmatch_catalogue *catalogue;
    imgmatch_decoder_pool *decoders; /* NULL with --no-isolate. */
    imgmatch_query_options query;
    query_printer printer;
    bool told; /* Why there are no figures of the calibration. */
    bool quiet;
    query_overlay overlay;
    imgmatch_result *results[CLI_BATCH_PHOTOS];
} search_job;

static void report_failures(cli_photo_run *run, const cli_photo_batch *batch) {
    const search_job *job = run->user;
    for (size_t i = 0; i < batch->count; i++) {
        const imgmatch_result *result = job->results[i];
        if (!result)
            continue;
        run->done++;
        imgmatch_reason reason = imgmatch_result_failure(result);
        if (reason == IMGMATCH_REASON_NONE)
            continue;
        cli_failure_entry entry =
            cli_photo_failure(batch, i, reason, imgmatch_result_message(result));
        cli_failures_add(&run->failures, &entry);
    }
}

/* A calibration that is there and cannot be used is said once: somebody counts on it. */
static void tell_of_calibration(search_job *job, size_t count) {
    static const char *const reasons[] = {
        [IMGMATCH_CALIBRATION_NONE] = NULL,
        [IMGMATCH_CALIBRATION_CURRENT] = NULL,
        [IMGMATCH_CALIBRATION_OUTGROWN] = "the catalogue has more than doubled since it was "
                                          "calibrated",
        [IMGMATCH_CALIBRATION_OTHER_SCORE] = "scores are made otherwise since the catalogue was "
                                             "calibrated",
        [IMGMATCH_CALIBRATION_OTHER_DEPTH] = "it was calibrated for fewer --top or limits"};
    for (size_t i = 0; i < count && !job->told && !job->quiet; i++) {
        imgmatch_calibration_state state = imgmatch_result_calibration(job->results[i]);
        if ((size_t)state >= sizeof reasons / sizeof *reasons || !reasons[state])
            continue;
        cli_message(QUERY_PROGRAM, "false alerts per million are not known: %s", reasons[state]);
        job->told = true;
    }
}

static cli_exit draw_overlays(cli_photo_run *run, const cli_photo_batch *batch) {
    search_job *job = run->user;
    cli_exit step = CLI_GO_ON;
    for (size_t i = 0; i < batch->count && step == CLI_GO_ON; i++)
        if (job->results[i])
            step = query_overlay_next(&job->overlay, &batch->photos[i], job->results[i],
                                      job->catalogue, NULL, &run->failures);
    return step;
}

/* Threads do not end in order: what lies behind the first photo that was not looked up is left to
 * the run that goes on there. */
static void keep_first(search_job *job, size_t count) {
    size_t kept = 0;
    while (kept < count && job->results[kept])
        kept++;
    for (size_t i = kept; i < count; i++) {
        imgmatch_result_free(job->results[i]);
        job->results[i] = NULL;
    }
}

static cli_exit search_batch(cli_photo_run *run, const cli_photo_batch *batch) {
    search_job *job = run->user;
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    memset(job->results, 0, sizeof job->results);
    imgmatch_status status = imgmatch_query_batch(job->results, job->catalogue, batch->photos,
                                                  batch->count, &job->query, &diag);
    cli_progress_batch_done(&run->progress, batch->count);
    cli_exit step = CLI_GO_ON;
    if (status != IMGMATCH_OK && status != IMGMATCH_ERR_CANCELLED)
        step = cli_failure(run->program, "looking photos up", status, &diag);
    keep_first(job, batch->count);
    tell_of_calibration(job, batch->count);
    if (step == CLI_GO_ON)
        step = query_print(&job->printer, batch->photos, job->results, batch->count);
    bool unread = cli_output_failed();
    if (step == CLI_GO_ON)
        report_failures(run, batch);
    if (step == CLI_GO_ON)
        step = draw_overlays(run, batch);
    /* The reader is gone, and nothing is written elsewhere. */
    if (step == CLI_GO_ON && unread && !job->overlay.path && !run->errors_path)
        step = CLI_DONE;
    for (size_t i = 0; i < batch->count; i++)
        imgmatch_result_free(job->results[i]);
    return step;
}

static cli_exit open_job(search_job *job, const char *path, const query_options *options,
                         const imgmatch_model *model) {
    cli_exit step =
        cli_intake_pool(&job->decoders, QUERY_PROGRAM, &options->intake, options->threads);
    if (step != CLI_GO_ON)
        return step;
    imgmatch_open_options wanted = IMGMATCH_OPEN_OPTIONS_INIT;
    wanted.model = model;
    wanted.limits = &options->intake.limits;
    wanted.decoders = job->decoders;
    return cli_open_catalogue_with(&job->catalogue, QUERY_PROGRAM, path, &wanted);
}

cli_exit query_search(const cli_operands *operands, const query_options *options,
                      const imgmatch_model *model) {
    search_job *job = calloc(1, sizeof *job);
    if (!job)
        return cli_failure(QUERY_PROGRAM, "starting", IMGMATCH_ERR_MEMORY,
                           &(imgmatch_diag)IMGMATCH_DIAG_INIT);
    cli_photo_run run = {.program = QUERY_PROGRAM,
                         .photos = {.paths = operands->values + 1,
                                    .path_count = operands->count - 1,
                                    .manifest = options->manifest,
                                    .limits = &options->intake.limits},
                         .errors_path = options->errors,
                         .quiet = options->quiet,
                         .skip = options->skip,
                         .work = search_batch,
                         .user = job};
    job->printer = (query_printer){.format = options->format, .file = stdout};
    /* What goes on an earlier table of values has that one's head. */
    job->printer.started = options->skip > 0 && options->format == QUERY_CSV;
    job->query = (imgmatch_query_options)IMGMATCH_QUERY_OPTIONS_INIT;
    job->query.top = options->top;
    job->query.min_score = options->min_score;
    job->query.max_false_alerts = options->max_false_alerts;
    job->quiet = options->quiet;
    job->query.effort = (imgmatch_effort)options->effort;
    job->query.threads = (int)options->threads;
    job->query.progress = cli_photo_run_progress;
    job->query.user = &run;
    cli_exit step = open_job(job, operands->values[0], options, model);
    if (step == CLI_GO_ON) {
        step = query_overlay_start(&job->overlay, options, job->decoders);
        if (step == CLI_GO_ON)
            step = cli_photo_run_all(&run);
        step = query_overlay_end(&job->overlay, operands->values[0], options, step);
        if (run.skipped > 0 && !options->quiet)
            cli_message(QUERY_PROGRAM, "skipped %llu files that are no photos",
                        (unsigned long long)run.skipped);
        if (cli_interrupted() && !options->quiet)
            cli_message(QUERY_PROGRAM, "--skip=%llu goes on behind them",
                        (unsigned long long)run.done);
        if (!options->quiet)
            cli_intake_report(QUERY_PROGRAM, job->decoders);
    }
    imgmatch_catalogue_close(job->catalogue);
    imgmatch_decoder_pool_free(job->decoders);
    free(job);
    return step;
}
