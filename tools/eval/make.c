#include "command.h"

#include "eval/files.h"
#include "eval/lettering.h"
#include "eval/queries.h"

#include "common/escape.h"
#include "common/interrupt.h"
#include "common/message.h"
#include "common/option.h"
#include "common/shared_options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

typedef struct make_options {
    uint32_t references;
    uint32_t queries;
    uint32_t distractors;
    uint32_t variants;
    uint32_t near;
    uint32_t seed;
    uint32_t threads;
    bool quiet;
    cli_intake_options intake;
} make_options;

static const char details[] =
    "OUT becomes a folder with:\n"
    "  references/    copies of the references; the id of each is its path in FOLDER\n"
    "  queries/       altered photos\n"
    "  truth.csv      what each query is: its reference (empty for a distractor), kind,\n"
    "                 strength, parameters\n"
    "  variants.csv   pairs that tell copies from colour variants\n"
    "  choice.csv     what became of each photo in FOLDER\n"
    "\n"
    "The same photos, options and seed give the same benchmark. There are 27 kinds of\n"
    "alteration ('imgmatch-eval kinds' names them) and stacks of 2, 3 and 4 of them,\n"
    "each at three strengths.\n"
    "\n"
    "Example:\n"
    "  imgmatch-eval make photos bench --references=500 --distractors=200\n";

static cli_exit parse(cli_operands *operands, make_options *out, int argc, char **argv) {
    const cli_option own[] = {
        {0,
         "references",
         "N",
         "photos to look for (default 2800)",
         CLI_COUNT,
         {.count = &out->references},
         1,
         1000000,
         NULL},
        {0,
         "queries",
         "N",
         "altered photos of each kind and strength (default 20)",
         CLI_COUNT,
         {.count = &out->queries},
         1,
         10000,
         NULL},
        {0,
         "distractors",
         "N",
         "altered photos that are in no reference (default 1800)",
         CLI_COUNT,
         {.count = &out->distractors},
         1,
         1000000,
         NULL},
        {0,
         "variants",
         "N",
         "pairs of a copy and a colour variant (default 100)",
         CLI_COUNT,
         {.count = &out->variants},
         0,
         100000,
         NULL},
        {0,
         "near",
         "BITS",
         "leave photos out that are as near to another one by PDQ hash (default 31)",
         CLI_COUNT,
         {.count = &out->near},
         0,
         255,
         NULL},
        {'s',
         "seed",
         "N",
         "another seed gives another benchmark (default 1)",
         CLI_COUNT,
         {.count = &out->seed},
         0,
         UINT32_MAX,
         NULL},
        CLI_OPTION_THREADS(&out->threads, 64),
        CLI_OPTION_QUIET(&out->quiet, "no progress"),
    };
    cli_option options[sizeof own / sizeof *own + CLI_INTAKE_OPTION_COUNT];
    memcpy(options, own, sizeof own);
    *out = (make_options){.references = 2800,
                          .queries = 20,
                          .distractors = 1800,
                          .variants = 100,
                          .near = 31,
                          .seed = 1};
    size_t count = cli_intake_options_append(options, sizeof own / sizeof *own, &out->intake);
    const cli_command command = {
        .program = "imgmatch-eval make",
        .synopsis = "[OPTION...] FOLDER OUT",
        .summary = "Make a benchmark of altered photos out of the photos in FOLDER and below.",
        .options = options,
        .option_count = count,
        .details = details,
        .min_operands = 2,
        .max_operands = 2};
    return cli_parse(operands, &command, argc, argv);
}

static bool make_folder(const char *folder, const char *name) {
    char *path = eval_join(folder, name);
    bool made = path && mkdir(path, 0777) == 0;
    free(path);
    return made;
}

static cli_exit make_folders(const char *program, const char *out) {
    if (mkdir(out, 0777) == 0 && make_folder(out, "references") && make_folder(out, "queries") &&
        make_folder(out, "variants"))
        return CLI_GO_ON;
    cli_message(program, "the folder '%s' cannot be made: %s", out, strerror(errno));
    return CLI_FAILED;
}

static cli_exit copy_references(const char *program, const eval_collection *collection,
                                const char *out) {
    char *folder = eval_join(out, "references");
    cli_exit step = folder ? CLI_GO_ON : CLI_FAILED;
    for (size_t i = 0; i < collection->reference_count && step == CLI_GO_ON; i++) {
        const eval_photo *photo = &collection->photos[collection->references[i]];
        if (eval_copy_file(photo->path, folder, photo->id))
            continue;
        cli_message(program, "'%s' cannot be copied: %s", photo->path, strerror(errno));
        step = CLI_FAILED;
    }
    free(folder);
    return step;
}

static cli_exit write_report(const char *program, const eval_collection *collection,
                             const char *out) {
    char *path = eval_join(out, "choice.csv");
    bool written = path && eval_collection_report(collection, path);
    if (!written)
        cli_message(program, "choice.csv cannot be written: %s", strerror(errno));
    free(path);
    return written ? CLI_GO_ON : CLI_FAILED;
}

static void print_counts(const eval_collection *collection, size_t queries) {
    size_t by_role[EVAL_ROLE_UNREADABLE + 1] = {0};
    for (size_t i = 0; i < collection->count; i++)
        by_role[collection->photos[i].role]++;
    printf("%zu photos: %zu references, %zu distractors, %zu near duplicates and %zu unusable ones "
           "left out, %zu not needed\n",
           collection->count, by_role[EVAL_ROLE_REFERENCE], by_role[EVAL_ROLE_DISTRACTOR],
           by_role[EVAL_ROLE_NEAR], by_role[EVAL_ROLE_UNREADABLE], by_role[EVAL_ROLE_UNUSED]);
    printf("%zu queries, of which %zu are distractors\n", queries, collection->distractor_count);
}

/* Found out before an hour's work, not in it. */
static bool can_draw_text(const char *program) {
    eval_picture text;
    if (!eval_lettering(&text, "Sale", 12)) {
        cli_message(program, "libvips cannot draw text here: it needs Pango and a font");
        return false;
    }
    eval_picture_free(&text);
    return true;
}

cli_exit eval_make(int argc, char **argv) {
    const char *program = "imgmatch-eval make";
    make_options options;
    cli_operands operands;
    cli_exit step = parse(&operands, &options, argc, argv);
    if (step != CLI_GO_ON)
        return step;
    cli_catch_signals();
    const char *out = operands.values[1];
    eval_collection collection;
    eval_intake intake;
    const eval_collection_options choice = {.folder = operands.values[0],
                                            .intake = &intake,
                                            .references = options.references,
                                            .distractors = options.distractors,
                                            .near = (int)options.near,
                                            .seed = options.seed,
                                            .threads = (int)options.threads,
                                            .quiet = options.quiet};
    const eval_queries_options wanted = {.folder = out,
                                         .each = options.queries,
                                         .variants = options.variants,
                                         .seed = options.seed,
                                         .threads = (int)options.threads,
                                         .quiet = options.quiet};
    size_t queries = 0;
    if (!can_draw_text(program))
        return CLI_FAILED;
    step = eval_intake_open(&intake, program, &options.intake, options.threads);
    if (step != CLI_GO_ON)
        return step;
    step = eval_collection_choose(&collection, program, &choice);
    if (step == CLI_GO_ON)
        step = make_folders(program, out);
    const bool made = step == CLI_GO_ON;
    if (step == CLI_GO_ON)
        step = copy_references(program, &collection, out);
    if (step == CLI_GO_ON)
        step = write_report(program, &collection, out);
    if (step == CLI_GO_ON)
        step = eval_queries_write(&queries, program, &collection, &wanted);
    if (step == CLI_GO_ON) {
        print_counts(&collection, queries);
        step = cli_finish_output(program, CLI_DONE);
    }
    if (step == CLI_FAILED && made && cli_interrupted())
        cli_message(program, "'%s' is not whole: delete it, and the same command begins anew", out);
    eval_collection_free(&collection);
    eval_intake_close(&intake, program);
    return step;
}
