#include "calibrate_report.h"
#include "command.h"

#include "common/effort_names.h"
#include "common/interrupt.h"
#include "common/limit_options.h"
#include "common/message.h"
#include "common/open.h"
#include "common/output.h"
#include "common/photo_run.h"
#include "common/shared_options.h"

#include <stdlib.h>
#include <string.h>

#define PROGRAM "imgmatch-index calibrate"

typedef struct calibrate_options {
    const char *negatives;
    const char *pairs;
    const char *review;
    const char *errors;
    const char *model;
    uint64_t sample;
    uint32_t effort; /* imgmatch_effort */
    uint32_t threads;
    bool quiet;
    cli_intake_options intake;
} calibrate_options;

typedef struct calibrate_job {
    const calibrate_options *options;
    imgmatch_catalogue *catalogue;
    imgmatch_decoder_pool *decoders; /* NULL with --no-isolate. */
    imgmatch_calibrator *calibrator;
    FILE *review;           /* NULL without --review. */
    cli_photo_run run;      /* Over --negatives; */
    cli_progress *progress; /* its progress, or the own photos'. */
    cli_progress own_progress;
    uint64_t done; /* Of what the progress counts. */
    cli_failures failures;
} calibrate_job;

static const char details[] =
    "A photo raises a false alert at a threshold when it copies nothing in the catalogue and its\n"
    "best score is as high. How often that happens is measured with such photos, and kept with\n"
    "the catalogue. From then on matches found with this --effort carry it as\n"
    "false_alerts_per_million, and imgmatch-query has --max-false-alerts.\n"
    "\n"
    "Best are --negatives from where the queries will come from, of which you know that they copy\n"
    "nothing. Without them the catalogue's own photos are looked up, each without itself, its\n"
    "product, and what looks like the same photo: a guide, for they are not like listings.\n"
    "The same bytes under several names count once.\n"
    "\n"
    "The figure is the upper end of what the photos can show, with 95% confidence: n photos\n"
    "without an alert show that there are at most 3,000,000 / n per million, or twice that when\n"
    "they are the catalogue's own.\n"
    "\n"
    "The pairs with the highest scores are worth a look: --review writes them as CSV; fill in the\n"
    "column 'label' (1: a copy, 0: none), and give it back with --pairs.\n"
    "\n"
    "The file must not be there yet: it might hold labels. After Ctrl-C, or when measuring fails,\n"
    "the catalogue has the calibration that it had.\n"
    "\n"
    "Examples:\n"
    "  imgmatch-index calibrate acme --negatives=other-brands/\n"
    "  imgmatch-index calibrate acme --review=to-look-at.csv\n"
    "  imgmatch-index calibrate acme --pairs=looked-at.csv\n"
    "\n"
    "Exit status: 0 done, 1 failure, 2 wrong usage, 3 done but some inputs failed.\n";

static cli_exit parse(cli_operands *operands, calibrate_options *out, int argc, char **argv) {
    *out = (calibrate_options){.sample = 10000, .effort = IMGMATCH_EFFORT_STANDARD};
    const cli_option own[] = {
        {'n',
         "negatives",
         "FOLDER",
         "photos that copy nothing in the catalogue (a folder, or a file)",
         CLI_TEXT,
         {.text = &out->negatives},
         0,
         0,
         NULL},
        {'p',
         "pairs",
         "FILE",
         "CSV with the columns path, id and label: what you know of a photo and an item, 1 a copy, "
         "0 none; photos that are not measured anyhow are, too ('-': standard input)",
         CLI_TEXT,
         {.text = &out->pairs},
         0,
         0,
         NULL},
        {'r',
         "review",
         "FILE",
         "write the pairs with the highest scores, 1000 at most, to FILE as CSV, for --pairs",
         CLI_TEXT,
         {.text = &out->review},
         0,
         0,
         NULL},
        {'s',
         "sample",
         "N",
         "without --negatives: most of the catalogue's photos to look up (default 10000; 0: all)",
         CLI_SIZE,
         {.size = &out->sample},
         0,
         UINT32_MAX,
         NULL},
        {0,
         "effort",
         "fast|standard|thorough",
         "the effort of the queries that it is for (default standard)",
         CLI_CHOICE,
         {.choice = &out->effort},
         0,
         0,
         cli_effort_names},
        CLI_OPTION_ERRORS(&out->errors),
        CLI_OPTION_THREADS(&out->threads, 1024),
        CLI_OPTION_MODEL(&out->model),
        CLI_OPTION_QUIET(&out->quiet, "no progress and no summary"),
    };
    cli_option options[sizeof own / sizeof *own + CLI_INTAKE_OPTION_COUNT];
    memcpy(options, own, sizeof own);
    size_t count = cli_intake_options_append(options, sizeof own / sizeof *own, &out->intake);
    const cli_command command = {
        .program = PROGRAM,
        .synopsis = "[OPTION...] CATALOGUE",
        .summary =
            "Measure in a catalogue how many false alerts a score lets through, per million\n"
            "queries that copy nothing.",
        .options = options,
        .option_count = count,
        .details = details,
        .min_operands = 1,
        .max_operands = 1};
    cli_exit step = cli_parse(operands, &command, argc, argv);
    if (step != CLI_GO_ON)
        return step;
    if (out->negatives && strcmp(out->negatives, "-") == 0)
        return cli_usage_error(PROGRAM, "--negatives takes a folder or a file");
    const cli_inputs inputs = {.list = out->pairs, .other = out->negatives};
    step = cli_check_output(PROGRAM, "review", out->review, &inputs);
    if (step == CLI_GO_ON)
        step = cli_check_output(PROGRAM, "errors", out->errors, &inputs);
    return step == CLI_GO_ON ? cli_check_standard_output(PROGRAM, &inputs) : step;
}

static void show_problem(void *user, const char *line) {
    calibrate_job *job = user;
    if (job->progress)
        cli_progress_batch_done(job->progress, 0);
    cli_failures_add(&job->failures, &(cli_failure_entry){.message = line});
}

static bool show_progress(void *user, uint64_t more) {
    calibrate_job *job = user;
    job->done += more;
    if (job->progress)
        cli_progress_show(job->progress, job->done);
    return !cli_interrupted();
}

static cli_exit measure_batch(cli_photo_run *run, const cli_photo_batch *batch) {
    calibrate_job *job = run->user;
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    job->done = 0;
    imgmatch_status status =
        imgmatch_calibrator_add_photos(job->calibrator, batch->photos, batch->count, &diag);
    cli_progress_batch_done(&run->progress, batch->count);
    if (status == IMGMATCH_OK)
        run->done += batch->count;
    return status == IMGMATCH_OK ? CLI_GO_ON
                                 : cli_failure(PROGRAM, "measuring photos", status, &diag);
}

static cli_exit measure_negatives(calibrate_job *job) {
    char *path = strdup(job->options->negatives);
    if (!path)
        return cli_failure(PROGRAM, "starting", IMGMATCH_ERR_MEMORY,
                           &(imgmatch_diag)IMGMATCH_DIAG_INIT);
    job->run = (cli_photo_run){
        .program = PROGRAM,
        .photos = {.paths = &path, .path_count = 1, .limits = &job->options->intake.limits},
        .shared = &job->failures,
        .quiet = job->options->quiet,
        .work = measure_batch,
        .user = job};
    job->progress = &job->run.progress;
    cli_exit step = cli_photo_run_all(&job->run);
    job->progress = NULL;
    free(path);
    return step == CLI_FAILED ? step : CLI_GO_ON;
}

static cli_exit measure_own(calibrate_job *job) {
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    imgmatch_catalogue_stat stat;
    imgmatch_status status = imgmatch_catalogue_get_stat(&stat, job->catalogue, &diag);
    if (status == IMGMATCH_OK) {
        uint64_t sample = job->options->sample;
        uint64_t total = sample > 0 && sample < stat.items ? sample : stat.items;
        cli_progress_start(&job->own_progress, cli_progress_wanted(job->options->quiet), total);
        job->progress = &job->own_progress;
        job->done = 0;
        status = imgmatch_calibrator_add_own(job->calibrator, sample, &diag);
        cli_progress_batch_done(job->progress, 0);
        job->progress = NULL;
    }
    return status == IMGMATCH_OK
               ? CLI_GO_ON
               : cli_failure(PROGRAM, "measuring the catalogue's photos", status, &diag);
}

static cli_exit measure(calibrate_job *job) {
    const calibrate_options *options = job->options;
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    imgmatch_status status = IMGMATCH_OK;
    if (options->pairs)
        status = imgmatch_calibrator_read_labels(job->calibrator, options->pairs, &diag);
    if (status != IMGMATCH_OK)
        return cli_failure(PROGRAM, "reading pairs", status, &diag);
    cli_exit step = options->negatives ? measure_negatives(job) : measure_own(job);
    if (step != CLI_GO_ON || !options->pairs)
        return step;
    status = imgmatch_calibrator_add_labelled(job->calibrator, &diag);
    return status == IMGMATCH_OK ? CLI_GO_ON
                                 : cli_failure(PROGRAM, "measuring labelled photos", status, &diag);
}

static cli_exit store(calibrate_job *job) {
    const calibrate_options *options = job->options;
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    if (imgmatch_calibrator_get_report(job->calibrator)->negatives == 0) {
        cli_message(PROGRAM, "no photo could be measured: there is nothing to calibrate with");
        if (!options->negatives)
            cli_message(PROGRAM, "the catalogue's photos are read from the files that its items' "
                                 "sources name; --negatives=FOLDER takes others");
        return CLI_FAILED;
    }
    imgmatch_status status = imgmatch_calibrator_store(job->calibrator, &diag);
    if (status != IMGMATCH_OK)
        return cli_failure(PROGRAM, "storing the calibration", status, &diag);
    cli_exit step = CLI_GO_ON;
    if (!options->quiet)
        step = index_print_calibration(PROGRAM, job->catalogue, (imgmatch_effort)options->effort,
                                       job->calibrator);
    if (step == CLI_GO_ON && options->review)
        step = index_write_review(job->review, PROGRAM, options->review, job->calibrator);
    job->review = NULL; /* Closed by that. */
    return step;
}

static cli_exit run_job(calibrate_job *job) {
    imgmatch_calibrator_options wanted = IMGMATCH_CALIBRATOR_OPTIONS_INIT;
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    wanted.effort = (imgmatch_effort)job->options->effort;
    wanted.threads = (int)job->options->threads;
    wanted.problem = show_problem;
    wanted.progress = show_progress;
    wanted.user = job;
    imgmatch_status status =
        imgmatch_calibrator_new(&job->calibrator, job->catalogue, &wanted, &diag);
    if (status != IMGMATCH_OK)
        return cli_failure(PROGRAM, "starting", status, &diag);
    cli_catch_signals();
    cli_exit step = measure(job);
    if (step == CLI_GO_ON && cli_interrupted()) /* When there was nothing left to stop. */
        step = cli_failure(PROGRAM, "measuring photos", IMGMATCH_ERR_CANCELLED, &diag);
    if (step == CLI_FAILED && cli_interrupted())
        cli_message(PROGRAM, "the catalogue keeps the calibration that it had; the same command "
                             "begins anew");
    if (step == CLI_GO_ON)
        step = store(job);
    imgmatch_calibrator_free(job->calibrator);
    return step;
}

/* The catalogue for writing, and the pool that decodes for it. */
static cli_exit open_job(calibrate_job *job, const char *path, const imgmatch_model *model) {
    const calibrate_options *options = job->options;
    cli_exit step = cli_intake_pool(&job->decoders, PROGRAM, &options->intake, options->threads);
    if (step != CLI_GO_ON)
        return step;
    imgmatch_open_options wanted = IMGMATCH_OPEN_OPTIONS_INIT;
    wanted.model = model;
    wanted.writable = true;
    wanted.limits = &options->intake.limits;
    wanted.decoders = job->decoders;
    return cli_open_catalogue_with(&job->catalogue, PROGRAM, path, &wanted);
}

cli_exit index_calibrate(int argc, char **argv) {
    calibrate_options options;
    cli_operands operands;
    imgmatch_model *model = NULL;
    cli_exit step = parse(&operands, &options, argc, argv);
    if (step != CLI_GO_ON)
        return step;
    calibrate_job job = {.options = &options};
    step = cli_open_model(&model, PROGRAM, options.model);
    if (step == CLI_GO_ON)
        step = open_job(&job, operands.values[0], model);
    if (step == CLI_GO_ON && options.review) /* Before hours of measuring. */
        step = index_open_review(&job.review, PROGRAM, options.review);
    if (step == CLI_GO_ON)
        step = cli_failures_open(&job.failures, PROGRAM, options.errors, false);
    if (step == CLI_GO_ON) {
        step = run_job(&job);
        cli_exit closed = cli_failures_close(&job.failures);
        step = step == CLI_GO_ON ? closed : step;
        if (!options.quiet)
            cli_intake_report(PROGRAM, job.decoders);
        step = cli_finish_output(PROGRAM, step);
    }
    if (job.review) { /* Nothing came of it. */
        (void)fclose(job.review);
        (void)remove(options.review);
    }
    imgmatch_catalogue_close(job.catalogue);
    imgmatch_decoder_pool_free(job.decoders);
    imgmatch_model_close(model);
    return step;
}
