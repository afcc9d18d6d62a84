#include "options.h"
#include "overlay.h"

#include "common/effort_names.h"
#include "common/folder.h"
#include "common/message.h"
#include "common/output.h"
#include "common/photo_source.h"
#include "common/shared_options.h"

#include <imgmatch/imgmatch.h>

#include <string.h>

/* No value that can be given. */
#define TOP_NOT_GIVEN 0
#define MIN_SCORE_NOT_GIVEN (-1.0) /* Below 0. */

static const char *const format_names[] = {"table", "jsonl", "csv", NULL};

static const char details[] =
    "A PHOTO is a file, a folder (all photos in it and below), or '-' for one photo\n"
    "on standard input. Results come in the order of the photos.\n"
    "\n"
    "Verdicts:\n"
    "  copy          the same photo, perhaps altered\n"
    "  variant       the same shot of another colour, print or size\n"
    "  same_product  another photo of it\n"
    "  none          no reference is matched\n"
    "  undecidable   the reason is named\n"
    "\n"
    "Formats:\n"
    "  table  for reading; long names are cut\n"
    "  jsonl  one JSON object a photo with every signal; see result.schema.json\n"
    "  csv    one row a match, for spreadsheets; a text that would be taken for a\n"
    "         formula has an apostrophe in front\n"
    "\n"
    "Examples:\n"
    "  imgmatch-query acme listing.jpg\n"
    "  imgmatch-query acme listings/ --format=csv --errors=failed.jsonl > matches.csv\n"
    "  imgmatch-query acme --manifest=listings.csv --format=jsonl > matches.jsonl\n"
    "  imgmatch-query acme listing.jpg --overlay=why.png\n"
    "  imgmatch-query --compare listing.jpg original.jpg\n"
    "\n"
    "Exit status: 0 done (also when nothing matched), 1 failure, 2 wrong usage,\n"
    "3 done but some photos could not be used.\n";

/* Nothing is read twice, or written over what is read. */
static cli_exit check_files(char *const *photos, size_t count, const query_options *options) {
    const cli_inputs inputs = {.paths = photos, .path_count = count, .list = options->manifest};
    cli_exit step = cli_check_standard_input(QUERY_PROGRAM, photos, count, options->manifest);
    if (step == CLI_GO_ON)
        step = cli_check_output(QUERY_PROGRAM, "errors", options->errors, &inputs);
    return step == CLI_GO_ON ? cli_check_standard_output(QUERY_PROGRAM, &inputs) : step;
}

/* What a comparison cannot take. It has one match, whatever its score. */
static cli_exit check_compare(const cli_operands *operands, const query_options *options) {
    const struct {
        const char *name;
        bool given;
    } others[] = {{"manifest", options->manifest != NULL},
                  {"skip", options->skip > 0},
                  {"top", options->top != TOP_NOT_GIVEN},
                  {"min-score", options->min_score >= 0}};
    if (operands->count != 2)
        return cli_usage_error(QUERY_PROGRAM, "--compare takes two photos: the one in question "
                                              "and the reference");
    if (cli_is_folder(operands->values[0]) || cli_is_folder(operands->values[1]))
        return cli_usage_error(QUERY_PROGRAM, "--compare takes two photos, not folders");
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (others[i].given)
            return cli_usage_error(QUERY_PROGRAM, "--compare and --%s do not go together",
                                   others[i].name);
    if (options->max_false_alerts > 0)
        return cli_usage_error(QUERY_PROGRAM,
                               "--max-false-alerts needs a catalogue that is calibrated");
    return check_files(operands->values, 2, options);
}

static cli_exit check(const cli_operands *operands, const query_options *options) {
    if (options->compare)
        return check_compare(operands, options);
    if (operands->count == 0)
        return cli_usage_error(QUERY_PROGRAM, "which catalogue, and which photos?");
    if (operands->count == 1 && !options->manifest)
        return cli_usage_error(QUERY_PROGRAM,
                               "which photos? Name files, folders, '-', or a --manifest");
    return check_files(operands->values + 1, operands->count - 1, options);
}

#define OWN_OPTIONS_MAX 16

/* What to look for and how. */
static size_t append_search_options(cli_option *to, query_options *out) {
    const cli_option own[] = {
        CLI_OPTION_FORMAT(&out->format, "table|jsonl|csv", format_names,
                          "how to print the results (default table)"),
        {'n',
         "top",
         "N",
         "most matches for each photo (default 5); more than 64 want --max-candidates, too",
         CLI_COUNT,
         {.count = &out->top},
         1,
         1000,
         NULL},
        {'s',
         "min-score",
         "X",
         "leave out matches with a score under X, 0 to 1 (default 0.5); variants by their shot "
         "score",
         CLI_FRACTION,
         {.fraction = &out->min_score},
         0,
         0,
         NULL},
        {0,
         "max-false-alerts",
         "N",
         "leave out matches at whose score more than N of a million photos that copy nothing may "
         "match; see 'imgmatch-index calibrate'",
         CLI_RATE,
         {.fraction = &out->max_false_alerts},
         0,
         1000000,
         NULL},
        {0,
         "effort",
         "fast|standard|thorough",
         "how hard to look: more finds more altered copies and takes longer (default standard)",
         CLI_CHOICE,
         {.choice = &out->effort},
         0,
         0,
         cli_effort_names},
    };
    memcpy(to, own, sizeof own);
    return sizeof own / sizeof *own;
}

/* What is read and written besides. */
static size_t append_run_options(cli_option *to, query_options *out) {
    const cli_option own[] = {
        {'c',
         "compare",
         NULL,
         "without a catalogue: is the first of two photos a copy of the second one?",
         CLI_FLAG,
         {.flag = &out->compare},
         0,
         0,
         NULL},
        {'l',
         "manifest",
         "FILE",
         "file that names photos, CSV when its name ends in .csv, else JSON Lines: column or key "
         "'path', and, if you like, 'id' and 'source', the photo's name in the answers ('-': "
         "standard input, JSON Lines when its first byte is '{', else CSV)",
         CLI_TEXT,
         {.text = &out->manifest},
         0,
         0,
         NULL},
        CLI_OPTION_ERRORS(&out->errors),
        {0,
         "skip",
         "N",
         "leave out the first N photos, and the head of a CSV table: goes on after a run that was "
         "interrupted",
         CLI_COUNT,
         {.count = &out->skip},
         0,
         UINT32_MAX,
         NULL},
        {'o',
         "overlay",
         "FILE|DIR",
         "draw the best match: query, reference, and the one laid onto the other; FILE (.png, "
         ".jpg) "
         "for one photo, in DIR, which is made, a picture for each, and a page of them, "
         "matches.html",
         CLI_TEXT,
         {.text = &out->overlay},
         0,
         0,
         NULL},
        CLI_OPTION_THREADS(&out->threads, 1024),
        CLI_OPTION_MODEL(&out->model),
        CLI_OPTION_QUIET(&out->quiet, "no progress"),
    };
    memcpy(to, own, sizeof own);
    return sizeof own / sizeof *own;
}

cli_exit query_options_parse(cli_operands *operands, query_options *out, int argc, char **argv) {
    const imgmatch_query_options defaults = IMGMATCH_QUERY_OPTIONS_INIT;
    memset(out, 0, sizeof *out);
    out->top = TOP_NOT_GIVEN;
    out->min_score = MIN_SCORE_NOT_GIVEN;
    out->effort = (uint32_t)defaults.effort;
    cli_option options[OWN_OPTIONS_MAX + CLI_INTAKE_OPTION_COUNT];
    size_t count = append_search_options(options, out);
    count += append_run_options(options + count, out);
    count = cli_intake_options_append(options, count, &out->intake);
    const cli_command command = {
        .program = QUERY_PROGRAM,
        .synopsis = "[OPTION...] CATALOGUE PHOTO...\n"
                    "[OPTION...] CATALOGUE --manifest=FILE\n"
                    "[OPTION...] --compare PHOTO REFERENCE",
        .summary = "Find the reference photos in a catalogue that photos were copied from, with a\n"
                   "score and the reasons. imgmatch-index makes catalogues.",
        .options = options,
        .option_count = count,
        .details = details,
        .min_operands = 0,
        .max_operands = SIZE_MAX};
    cli_exit step = cli_parse(operands, &command, argc, argv);
    if (step == CLI_GO_ON)
        step = check(operands, out);
    if (out->top == TOP_NOT_GIVEN)
        out->top = defaults.top;
    if (out->min_score < 0)
        out->min_score = defaults.min_score;
    return step == CLI_GO_ON ? query_overlay_check(operands, out) : step;
}
