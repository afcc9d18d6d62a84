#include "command.h"
#include "displaced.h"

#include "common/folder.h"
#include "common/interrupt.h"
#include "common/limit_options.h"
#include "common/message.h"
#include "common/open.h"
#include "common/option.h"
#include "common/output.h"
#include "common/photo_run.h"
#include "common/remarks.h"
#include "common/shared_options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PROGRAM "imgmatch-index add"

typedef struct add_options {
    const char *manifest;
    const char *id;
    const char *id_prefix;
    const char *product;
    const char *brand;
    const char *errors;
    const char *model;
    uint32_t threads;
    bool create;
    bool quiet;
    cli_intake_options intake;
} add_options;

typedef struct add_job {
    imgmatch_catalogue *catalogue;
    imgmatch_decoder_pool *decoders; /* NULL with --no-isolate. */
    uint32_t threads;
    imgmatch_outcome outcomes[CLI_BATCH_PHOTOS];
    uint64_t counts[4];                  /* By imgmatch_outcome_kind. */
    uint64_t remarked[CLI_REMARK_COUNT]; /* Photos that went in with the remark in that bit. */
    index_displaced displaced;
} add_job;

static const char details[] =
    "Ids are stable names, by which photos are replaced and removed: the path below the\n"
    "folder, the name of the file, or what the manifest says. The same id twice in one\n"
    "run is an error of the second photo, unless the first one cannot be used.\n"
    "\n"
    "In folders, hidden files are left out, and files that are no photos are counted.\n"
    "\n"
    "What was reported as added is safe on disk. After Ctrl-C the same command goes on\n"
    "where it stopped.\n"
    "\n"
    "Examples:\n"
    "  imgmatch-index add --create acme photos/ --brand=Acme\n"
    "  imgmatch-index add acme autumn/ --id-prefix=autumn/\n"
    "  imgmatch-index add acme --manifest=products.csv --errors=failed.jsonl\n"
    "  imgmatch-index add acme --id=sku-4711-front - < front.jpg\n"
    "\n"
    "Exit status: 0 done, 1 failure, 2 wrong usage, 3 done but some inputs failed.\n";

/* What the table of options cannot say. */
static cli_exit check_usage(const add_options *options, const cli_operands *operands) {
    if (operands->count == 1 && !options->manifest)
        return cli_usage_error(PROGRAM, "which photos? Name files, folders, '-', or a --manifest");
    if (options->id && (operands->count != 2 || options->manifest))
        return cli_usage_error(PROGRAM, "--id goes with a single photo");
    if (options->id && cli_is_folder(operands->values[1]))
        return cli_usage_error(PROGRAM, "--id is for one photo, and '%s' is a folder",
                               operands->values[1]);
    if (options->id && options->id_prefix)
        return cli_usage_error(PROGRAM, "--id is a whole id, which takes no --id-prefix");
    if (options->id_prefix && operands->count == 1)
        return cli_usage_error(PROGRAM,
                               "--id-prefix is for files and folders; a manifest has its own ids");
    cli_exit step = cli_check_standard_input(PROGRAM, operands->values + 1, operands->count - 1,
                                             options->manifest);
    const cli_inputs inputs = {.paths = operands->values + 1,
                               .path_count = operands->count - 1,
                               .list = options->manifest};
    if (step == CLI_GO_ON)
        step = cli_check_output(PROGRAM, "errors", options->errors, &inputs);
    return step == CLI_GO_ON ? cli_check_standard_output(PROGRAM, &inputs) : step;
}

static cli_exit parse(cli_operands *operands, add_options *out, int argc, char **argv) {
    const cli_option own[] = {
        {'l',
         "manifest",
         "FILE",
         "file that names photos, CSV when its name ends in .csv, else JSON Lines: column or key "
         "'path', and, if you like, 'id', 'product', 'brand', 'source'; all others are kept as "
         "metadata ('-': standard input, JSON Lines when its first byte is '{', else CSV)",
         CLI_TEXT,
         {.text = &out->manifest},
         0,
         0,
         NULL},
        {0, "id", "ID", "id of a single photo", CLI_TEXT, {.text = &out->id}, 0, 0, NULL},
        {0,
         "id-prefix",
         "TEXT",
         "text to put before the ids of files and folders, so that folders with the same names in "
         "them can be in one catalogue",
         CLI_TEXT,
         {.text = &out->id_prefix},
         0,
         0,
         NULL},
        {0,
         "product",
         "TEXT",
         "product of all photos for which the manifest has none",
         CLI_TEXT,
         {.text = &out->product},
         0,
         0,
         NULL},
        {0,
         "brand",
         "TEXT",
         "brand of all photos for which the manifest has none",
         CLI_TEXT,
         {.text = &out->brand},
         0,
         0,
         NULL},
        {'c',
         "create",
         NULL,
         "make the catalogue when there is none",
         CLI_FLAG,
         {.flag = &out->create},
         0,
         0,
         NULL},
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
        .synopsis = "[OPTION...] CATALOGUE PHOTO...\n[OPTION...] CATALOGUE --manifest=FILE",
        .summary =
            "Put photos into a catalogue. A PHOTO is a file, a folder (all photos in it and\n"
            "below), or '-' for one photo on standard input. An id that is there already is\n"
            "replaced; a photo that has not changed is left alone.",
        .options = options,
        .option_count = count,
        .details = details,
        .min_operands = 1,
        .max_operands = SIZE_MAX};
    cli_exit step = cli_parse(operands, &command, argc, argv);
    if (step != CLI_GO_ON)
        return step;
    return check_usage(out, operands);
}

static void report_failure(cli_photo_run *run, const cli_photo_batch *batch, size_t index,
                           const imgmatch_outcome *outcome) {
    char earlier[600];
    const char *message = outcome->message;
    if (outcome->reason == IMGMATCH_REASON_DUPLICATE_ID) {
        cli_photo_source_describe_claim(earlier, sizeof earlier, run->source,
                                        batch->photos[index].id);
        message = earlier;
    }
    cli_failure_entry entry = cli_photo_failure(batch, index, outcome->reason, message);
    cli_failures_add(&run->failures, &entry);
}

/* Take the outcomes of a batch over into counts, claimed ids and failures. */
static imgmatch_status tally(cli_photo_run *run, const cli_photo_batch *batch) {
    add_job *job = run->user;
    for (size_t i = 0; i < batch->count; i++) {
        const imgmatch_outcome *outcome = &job->outcomes[i];
        if (outcome->reason == IMGMATCH_REASON_CANCELLED)
            continue;
        run->done++;
        job->counts[outcome->kind & 3]++;
        for (unsigned bit = 0; bit < CLI_REMARK_COUNT; bit++)
            job->remarked[bit] += outcome->remarks >> bit & 1;
        if (outcome->kind == IMGMATCH_OUTCOME_FAILED)
            report_failure(run, batch, i, outcome);
        else if (cli_photo_source_claim(run->source, batch, i) != IMGMATCH_OK)
            return IMGMATCH_ERR_MEMORY;
    }
    return IMGMATCH_OK;
}

static cli_exit add_batch(cli_photo_run *run, const cli_photo_batch *batch) {
    add_job *job = run->user;
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    imgmatch_add_options options = IMGMATCH_ADD_OPTIONS_INIT;
    options.threads = (int)job->threads;
    options.progress = cli_photo_run_progress;
    options.user = run;
    imgmatch_status status = index_displaced_look(&job->displaced, job->catalogue, batch, &diag);
    if (status == IMGMATCH_OK)
        status = imgmatch_catalogue_add(job->outcomes, job->catalogue, batch->photos, batch->count,
                                        &options, &diag);
    cli_progress_batch_done(&run->progress, batch->count);
    if (status == IMGMATCH_OK || status == IMGMATCH_ERR_CANCELLED)
        status = tally(run, batch);
    if (status == IMGMATCH_OK)
        status =
            index_displaced_count(&job->displaced, job->catalogue, batch, job->outcomes, &diag);
    return status == IMGMATCH_OK ? CLI_GO_ON
                                 : cli_failure(run->program, "adding photos", status, &diag);
}

static void print_summary(const cli_photo_run *run) {
    const add_job *job = run->user;
    printf("added %llu, replaced %llu, unchanged %llu, failed %llu\n",
           (unsigned long long)job->counts[IMGMATCH_OUTCOME_ADDED],
           (unsigned long long)job->counts[IMGMATCH_OUTCOME_REPLACED],
           (unsigned long long)job->counts[IMGMATCH_OUTCOME_UNCHANGED],
           (unsigned long long)run->failures.total);
    if (run->failures.total > 0) {
        printf("failed: ");
        cli_failures_print_counts(stdout, &run->failures);
        putchar('\n');
    }
    if (run->skipped > 0)
        printf("skipped: %llu files that are no photos\n", (unsigned long long)run->skipped);
}

/* Photos that went in and that can be matched badly or not at all: nothing else tells of them. */
static void tell_of_remarks(const cli_photo_run *run) {
    const add_job *job = run->user;
    char text[512];
    size_t used = 0;
    for (unsigned bit = 0; bit < CLI_REMARK_COUNT && used < sizeof text; bit++) {
        unsigned long long count = job->remarked[bit];
        const char *code = cli_remark_code(UINT64_MAX, bit);
        if (count > 0 && code[0])
            used += (size_t)snprintf(text + used, sizeof text - used, "%s%s %llu", used ? ", " : "",
                                     code, count);
    }
    if (used > 0)
        cli_message(run->program,
                    "photos that can be matched badly or not at all: %s; 'imgmatch-index list' "
                    "shows which",
                    text);
}

/* The catalogue for writing, and the pool that decodes for it. */
static cli_exit open_job(add_job *job, const char *program, const char *path,
                         const imgmatch_model *model, const add_options *options) {
    cli_exit step = cli_intake_pool(&job->decoders, program, &options->intake, options->threads);
    if (step != CLI_GO_ON)
        return step;
    imgmatch_open_options wanted = IMGMATCH_OPEN_OPTIONS_INIT;
    wanted.model = model;
    wanted.writable = true;
    wanted.limits = &options->intake.limits;
    wanted.decoders = job->decoders;
    job->threads = options->threads;
    return cli_open_catalogue_with(&job->catalogue, program, path, &wanted);
}

static void close_job(add_job *job) {
    if (job) {
        imgmatch_catalogue_close(job->catalogue);
        imgmatch_decoder_pool_free(job->decoders);
        index_displaced_free(&job->displaced);
    }
    free(job);
}

/* With --create, a catalogue that is there already is fine. */
static cli_exit create_if_missing(const char *path, const imgmatch_model *model) {
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    imgmatch_open_options options = IMGMATCH_OPEN_OPTIONS_INIT;
    imgmatch_catalogue *catalogue = NULL;
    imgmatch_status status = imgmatch_catalogue_open(&catalogue, path, &options, NULL);
    imgmatch_catalogue_close(catalogue);
    if (status != IMGMATCH_ERR_NOT_FOUND)
        return CLI_GO_ON;
    status = imgmatch_catalogue_create(path, NULL, model, &diag);
    return status == IMGMATCH_OK ? CLI_GO_ON : cli_failure(PROGRAM, path, status, &diag);
}

cli_exit index_add(int argc, char **argv) {
    add_options options = {0};
    cli_operands operands;
    cli_exit step = parse(&operands, &options, argc, argv);
    if (step != CLI_GO_ON)
        return step;
    cli_photo_run run = {.program = PROGRAM,
                         .photos = {.paths = operands.values + 1,
                                    .path_count = operands.count - 1,
                                    .manifest = options.manifest,
                                    .id = options.id,
                                    .id_prefix = options.id_prefix,
                                    .product = options.product,
                                    .brand = options.brand,
                                    .limits = &options.intake.limits,
                                    .unique_ids = true},
                         .errors_path = options.errors,
                         .quiet = options.quiet,
                         .work = add_batch};
    imgmatch_model *model = NULL;
    add_job *job = calloc(1, sizeof *job);
    step = job ? cli_open_model(&model, run.program, options.model)
               : cli_failure(run.program, "starting", IMGMATCH_ERR_MEMORY,
                             &(imgmatch_diag)IMGMATCH_DIAG_INIT);
    if (step == CLI_GO_ON && options.create)
        step = create_if_missing(operands.values[0], model);
    if (step == CLI_GO_ON)
        step = open_job(job, run.program, operands.values[0], model, &options);
    if (step == CLI_GO_ON) {
        run.user = job;
        step = cli_photo_run_all(&run);
        if (!options.quiet) {
            print_summary(&run);
            tell_of_remarks(&run);
            cli_intake_report(run.program, job->decoders);
        }
        index_displaced_tell(&job->displaced, run.program);
        cli_tell_same_command(run.program);
        step = cli_finish_output(run.program, step);
    }
    close_job(job);
    imgmatch_model_close(model);
    return step;
}
