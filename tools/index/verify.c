#include "command.h"

#include "common/diag.h"
#include "common/escape.h"
#include "common/limit_options.h"
#include "common/lines.h"
#include "common/message.h"
#include "common/open.h"
#include "common/option.h"
#include "common/shared_options.h"

#include <stdio.h>
#include <string.h>

typedef struct verify_options {
    const char *id;
    const char *exported; /* An export that has the item's line. */
    const char *photo;
    const char *model;
    cli_intake_options intake; /* For the photo, and lines of the export. */
} verify_options;

static void print_line(void *user, const char *line) {
    size_t *lines = user;
    ++*lines;
    cli_print_visible(stdout, line);
    putchar('\n');
}

static cli_exit verify_all(const imgmatch_catalogue *catalogue, const char *program,
                           const char *path) {
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    size_t problems = 0;
    imgmatch_status status = imgmatch_catalogue_verify(catalogue, print_line, &problems, &diag);
    if (status == IMGMATCH_OK) {
        puts("ok");
        return CLI_DONE;
    }
    if (problems == 0)
        return cli_failure(program, path, status, &diag);
    cli_message(program, "%zu problem%s", problems, problems == 1 ? "" : "s");
    return CLI_FAILED;
}

/* How an export writes the start of the item's line. False: it does not fit. */
static bool write_start(char *start, size_t size, const char *id) {
    FILE *writer = fmemopen(start, size, "w");
    if (!writer)
        return false;
    fputs("{\"id\":", writer);
    cli_print_json(writer, id);
    fputc(',', writer);
    return fclose(writer) == 0;
}

/* The line of the item in an export: `lines` has it, and is closed by the caller. */
static cli_exit find_line(cli_lines *lines, const char *program, const verify_options *options) {
    const char *path = options->exported;
    char start[4096] = "";
    bool more = true, found = false;
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    const uint32_t most = options->intake.limits.max_line_bytes;
    imgmatch_status status = cli_lines_open(lines, path, false, most, &diag);
    if (status == IMGMATCH_OK && !write_start(start, sizeof start - 1, options->id))
        status = cli_fail(&diag, IMGMATCH_ERR_MEMORY, "no room for the item's id");
    while (status == IMGMATCH_OK && more && !found) {
        status = cli_lines_next(&more, lines, &diag);
        found = status == IMGMATCH_OK && more && strncmp(lines->text, start, strlen(start)) == 0;
    }
    if (status != IMGMATCH_OK)
        return cli_failure(program, "", status, &diag);
    if (found)
        return CLI_GO_ON;
    cli_message(program, "'%s' has no line of the item '%s'", path, options->id);
    return CLI_FAILED;
}

static void print_report(const imgmatch_trace_report *report, bool printed) {
    if (report->in_catalogue)
        puts("the item is in the catalogue");
    if (report->mentions > 0)
        printf("the id was not looked for: %llu other items have it in their id or details\n",
               (unsigned long long)report->mentions);
    else if (!report->id_searched)
        puts("the id was not looked for: it is too short to be told from other bytes");
    if (report->twins > 0)
        printf("the fingerprints were not looked for: %llu views of other items have that hash\n",
               (unsigned long long)report->twins);
    else if (!printed)
        puts("the fingerprints were not looked for: give --fingerprint or --photo");
    if (report->traces == 0 && (report->id_searched || report->prints_searched))
        printf("no trace of %s%s%s in %llu files\n", report->id_searched ? "the id" : "",
               report->id_searched && report->prints_searched ? " and " : "",
               report->prints_searched ? "the fingerprints" : "",
               (unsigned long long)report->files);
}

static cli_exit find_traces(const imgmatch_catalogue *catalogue, const char *program,
                            const verify_options *options) {
    cli_lines export = {.path = NULL};
    imgmatch_photo photo = IMGMATCH_PHOTO_INIT;
    imgmatch_trace_query query = IMGMATCH_TRACE_QUERY_INIT;
    query.id = options->id;
    photo.path = options->photo;
    query.photo = options->photo ? &photo : NULL;
    cli_exit step = CLI_GO_ON;
    if (options->exported)
        step = find_line(&export, program, options);
    if (step == CLI_GO_ON) {
        imgmatch_diag diag = IMGMATCH_DIAG_INIT;
        imgmatch_trace_report report = {0};
        size_t lines = 0;
        query.exported = export.text;
        imgmatch_status status =
            imgmatch_catalogue_find_traces(&report, catalogue, &query, print_line, &lines, &diag);
        if (status == IMGMATCH_OK) {
            print_report(&report, query.photo || query.exported);
            bool searched = report.id_searched || report.prints_searched;
            step = report.in_catalogue || report.traces > 0 || !searched ? CLI_FAILED : CLI_DONE;
        } else {
            step = cli_failure(program, "looking for traces", status, &diag);
        }
    }
    cli_lines_close(&export);
    return step;
}

static cli_exit check_options(const verify_options *options, const char *program) {
    if (!options->id && (options->exported || options->photo || options->model))
        return cli_usage_error(program, "--fingerprint, --photo and --model go with --id");
    if (options->exported && options->photo)
        return cli_usage_error(program, "--fingerprint or --photo, not both");
    return CLI_GO_ON;
}

typedef struct verify_job {
    imgmatch_model *model;
    imgmatch_decoder_pool *decoders;
    imgmatch_catalogue *catalogue;
} verify_job;

/* With a photo, also what fingerprints it. */
static cli_exit open_job(verify_job *job, const char *program, const char *path,
                         const verify_options *options) {
    cli_exit step = CLI_GO_ON;
    if (options->photo)
        step = cli_open_model(&job->model, program, options->model);
    if (step == CLI_GO_ON && options->photo)
        step = cli_intake_pool(&job->decoders, program, &options->intake, 1);
    if (step != CLI_GO_ON)
        return step;
    imgmatch_open_options wanted = IMGMATCH_OPEN_OPTIONS_INIT;
    wanted.model = job->model;
    wanted.limits = &options->intake.limits;
    wanted.decoders = job->decoders;
    return cli_open_catalogue_with(&job->catalogue, program, path, &wanted);
}

cli_exit index_verify(int argc, char **argv) {
    verify_options chosen = {0};
    const cli_option own[] = {
        {'i',
         "id",
         "ID",
         "instead, look for what is left of a removed item in the bytes of all files",
         CLI_TEXT,
         {.text = &chosen.id},
         0,
         0,
         NULL},
        {'f',
         "fingerprint",
         "FILE",
         "with --id: an export from before the removal, for its fingerprints ('-': standard "
         "input)",
         CLI_TEXT,
         {.text = &chosen.exported},
         0,
         0,
         NULL},
        {'p',
         "photo",
         "PHOTO",
         "with --id: the item's photo, for its fingerprints",
         CLI_TEXT,
         {.text = &chosen.photo},
         0,
         0,
         NULL},
        CLI_OPTION_MODEL(&chosen.model),
    };
    cli_option options[sizeof own / sizeof *own + CLI_INTAKE_OPTION_COUNT];
    memcpy(options, own, sizeof own);
    size_t count = cli_intake_options_append(options, sizeof own / sizeof *own, &chosen.intake);
    const cli_command command = {
        .program = "imgmatch-index verify",
        .synopsis = "[OPTION...] CATALOGUE\n"
                    "[OPTION...] --id=ID [--fingerprint=FILE|--photo=PHOTO] CATALOGUE",
        .summary = "Read every file of a catalogue and check it. Prints a line for each problem.",
        .options = options,
        .option_count = count,
        .details =
            "A removed item is out of all answers at once, and out of all files after the next\n"
            "'compact'. With --id the files are searched for the bytes of its id and, where they\n"
            "are given, of its hash, embedding, features and SHA-256; each place is printed.\n"
            "\n"
            "Example:\n"
            "  imgmatch-index export acme > before.jsonl\n"
            "  imgmatch-index remove acme sku-4711 && imgmatch-index compact acme\n"
            "  imgmatch-index verify acme --id=sku-4711 --fingerprint=before.jsonl\n"
            "\n"
            "Exit status: 0 all is well (--id: nothing is left), 1 there are problems (--id: "
            "there\n"
            "are traces, or it cannot be told), 2 wrong usage.\n",
        .min_operands = 1,
        .max_operands = 1};
    cli_operands operands;
    cli_exit step = cli_parse(&operands, &command, argc, argv);
    if (step == CLI_GO_ON)
        step = check_options(&chosen, command.program);
    verify_job job = {0};
    if (step == CLI_GO_ON)
        step = open_job(&job, command.program, operands.values[0], &chosen);
    if (step == CLI_GO_ON) {
        step = chosen.id ? find_traces(job.catalogue, command.program, &chosen)
                         : verify_all(job.catalogue, command.program, operands.values[0]);
        step = cli_finish_output(command.program, step);
        cli_intake_report(command.program, job.decoders);
    }
    imgmatch_catalogue_close(job.catalogue);
    imgmatch_decoder_pool_free(job.decoders);
    imgmatch_model_close(job.model);
    return step;
}
