#include "in_order.h"
#include "jobs.h"
#include "overlay.h"
#include "print.h"

#include "common/interrupt.h"
#include "common/message.h"
#include "common/open.h"
#include "common/photo_run.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A table's columns are fitted to what fills a screen, which has to wait for one another. */
#define FITTED_ENTRIES 24

typedef struct search_job {
    cli_photo_run run;
    imgmatch_catalogue *catalogue;
    imgmatch_decoder_pool *decoders; /* NULL with --no-isolate. */
    imgmatch_query_options query;
    uint32_t threads;
    query_printer printer;
    bool told; /* Why there are no figures of the calibration. */
    bool quiet;
    query_overlay overlay;
} search_job;

static query_pair pair_of(const query_entry *entry) {
    return (query_pair){entry->number, entry->input.photos, entry->result};
}

static void look_up(void *user, query_entry *entry) {
    const search_job *job = user;
    entry->status = imgmatch_query(&entry->result, job->catalogue, entry->input.photos, &job->query,
                                   &entry->diag);
    if (entry->status != IMGMATCH_OK)
        return;
    const query_pair pair = pair_of(entry);
    query_overlay_draw(&entry->drawing, &job->overlay, &pair, job->catalogue, NULL);
}

static void fit_table(void *user, const query_entry *entries, size_t count) {
    search_job *job = user;
    for (size_t i = 0; i < count; i++)
        if (entries[i].result)
            query_print_fit(&job->printer, entries[i].input.photos, entries[i].result);
}

/* A calibration that is there and cannot be used is said once: somebody counts on it. */
static void tell_of_calibration(search_job *job, const imgmatch_result *result) {
    static const char *const reasons[] = {
        [IMGMATCH_CALIBRATION_NONE] = NULL,
        [IMGMATCH_CALIBRATION_CURRENT] = NULL,
        [IMGMATCH_CALIBRATION_OUTGROWN] = "the catalogue has more than doubled since it was "
                                          "calibrated",
        [IMGMATCH_CALIBRATION_OTHER_SCORE] = "scores are made otherwise since the catalogue was "
                                             "calibrated",
        [IMGMATCH_CALIBRATION_OTHER_DEPTH] = "it was calibrated for fewer --top or limits"};
    imgmatch_calibration_state state = imgmatch_result_calibration(result);
    if (job->told || job->quiet || (size_t)state >= sizeof reasons / sizeof *reasons ||
        !reasons[state])
        return;
    cli_message(QUERY_PROGRAM, "false alerts per million are not known: %s", reasons[state]);
    job->told = true;
}

static void report_failure(cli_photo_run *run, const query_entry *entry) {
    imgmatch_reason reason = imgmatch_result_failure(entry->result);
    if (reason == IMGMATCH_REASON_NONE)
        return;
    cli_failure_entry failure =
        cli_photo_failure(&entry->input, 0, reason, imgmatch_result_message(entry->result));
    cli_failures_add(&run->failures, &failure);
}

static cli_exit hand_out(void *user, query_entry *entry) {
    search_job *job = user;
    if (entry->input.failed)
        cli_failures_add(&job->run.failures, &entry->input.failure);
    if (!entry->result)
        return CLI_GO_ON;
    tell_of_calibration(job, entry->result);
    cli_exit step = query_print(&job->printer, entry->input.photos, entry->result);
    if (step != CLI_GO_ON)
        return step;
    job->run.done++;
    report_failure(&job->run, entry);
    const query_pair pair = pair_of(entry);
    step = query_overlay_report(&job->overlay, &pair, &entry->drawing, &job->run.failures);
    /* The reader is gone, and nothing is written elsewhere. */
    if (step == CLI_GO_ON && cli_output_failed() && !job->overlay.path && !job->run.errors_path)
        step = CLI_DONE;
    return step;
}

/* A list that somebody may still be writing to. */
static bool is_live(const char *manifest) {
    struct stat facts;
    if (!manifest)
        return false;
    int failed = strcmp(manifest, "-") == 0 ? fstat(STDIN_FILENO, &facts) : stat(manifest, &facts);
    return failed == 0 && !S_ISREG(facts.st_mode);
}

static cli_exit search_all(cli_photo_run *run, cli_photo_source *source) {
    search_job *job = run->user;
    job->printer.unfitted = is_live(run->photos.manifest);
    bool wait = job->printer.format == QUERY_TABLE && !job->printer.unfitted;
    const query_in_order work = {.threads = job->threads,
                                 .together = wait ? FITTED_ENTRIES : 1,
                                 .look_up = look_up,
                                 .begin = fit_table,
                                 .hand_out = hand_out,
                                 .user = job,
                                 .progress = &run->progress};
    cli_exit step = query_in_order_run(&work, source);
    /* Not when interrupted: the run that goes on from there prints the head. */
    return step == CLI_GO_ON && !cli_interrupted() ? query_print_end(&job->printer) : step;
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

static void set_up(search_job *job, const cli_operands *operands, const query_options *options) {
    job->run = (cli_photo_run){.program = QUERY_PROGRAM,
                               .photos = {.paths = operands->values + 1,
                                          .path_count = operands->count - 1,
                                          .manifest = options->manifest,
                                          .limits = &options->intake.limits,
                                          .failures_in_place = true},
                               .errors_path = options->errors,
                               .quiet = options->quiet,
                               .skip = options->skip,
                               .work_on_source = search_all,
                               .user = job};
    job->printer = (query_printer){.format = options->format, .file = stdout};
    /* What goes on an earlier table of values has that one's head. */
    job->printer.started = options->skip > 0 && options->format == QUERY_CSV;
    job->query = (imgmatch_query_options)IMGMATCH_QUERY_OPTIONS_INIT;
    job->query.top = options->top;
    job->query.min_score = options->min_score;
    job->query.max_false_alerts = options->max_false_alerts;
    job->query.effort = (imgmatch_effort)options->effort;
    job->threads = options->threads;
    job->quiet = options->quiet;
}

/* What is said at the end on standard error. */
static void tell_of_run(const search_job *job) {
    const cli_photo_run *run = &job->run;
    if (job->quiet)
        return;
    if (run->skipped > 0)
        cli_message(QUERY_PROGRAM, "skipped %llu files that are no photos",
                    (unsigned long long)run->skipped);
    if (cli_interrupted())
        cli_message(QUERY_PROGRAM, "--skip=%llu goes on behind them",
                    (unsigned long long)run->done);
    cli_intake_report(QUERY_PROGRAM, job->decoders);
}

cli_exit query_search(const cli_operands *operands, const query_options *options,
                      const imgmatch_model *model) {
    search_job *job = calloc(1, sizeof *job);
    if (!job)
        return cli_failure(QUERY_PROGRAM, "starting", IMGMATCH_ERR_MEMORY,
                           &(imgmatch_diag)IMGMATCH_DIAG_INIT);
    set_up(job, operands, options);
    cli_exit step = open_job(job, operands->values[0], options, model);
    if (step == CLI_GO_ON) {
        step = query_overlay_start(&job->overlay, operands, options, job->decoders);
        if (step == CLI_GO_ON)
            step = cli_photo_run_all(&job->run);
        step = query_overlay_end(&job->overlay, operands->values[0], options, step);
        tell_of_run(job);
    }
    imgmatch_catalogue_close(job->catalogue);
    imgmatch_decoder_pool_free(job->decoders);
    free(job);
    return step;
}
