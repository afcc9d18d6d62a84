#include "command.h"

#include "common/effort_names.h"
#include "common/escape.h"
#include "common/message.h"
#include "common/open.h"
#include "common/option.h"
#include "common/shared_options.h"

#include <math.h>
#include <stdio.h>

#define EFFORTS 3

enum stat_format { STAT_TEXT, STAT_JSON };

static const char *kind_name(imgmatch_index_kind kind) {
    switch (kind) {
    case IMGMATCH_INDEX_EXACT:
        return "exact";
    case IMGMATCH_INDEX_HNSW:
        return "hnsw";
    case IMGMATCH_INDEX_IVF:
        return "ivf";
    case IMGMATCH_INDEX_AUTO:
    default:
        return "none";
    }
}

/* What there is for each effort; efforts that were not calibrated have the state NONE. */
static imgmatch_status read_calibrations(imgmatch_calibration out[EFFORTS],
                                         const imgmatch_catalogue *catalogue, imgmatch_diag *diag) {
    imgmatch_status status = IMGMATCH_OK;
    for (int i = 0; i < EFFORTS && status == IMGMATCH_OK; i++)
        status = imgmatch_catalogue_get_calibration(&out[i], catalogue, (imgmatch_effort)i, diag);
    return status;
}

static void print_calibrations_text(const imgmatch_calibration *calibrations) {
    bool any = false;
    for (int i = 0; i < EFFORTS; i++) {
        const imgmatch_calibration *one = &calibrations[i];
        if (one->state == IMGMATCH_CALIBRATION_NONE)
            continue;
        any = true;
        printf("calibrated  %s, %s: %llu photos (%llu of its own) against %llu items",
               cli_effort_names[i], one->made_at, (unsigned long long)one->negatives,
               (unsigned long long)one->own, (unsigned long long)one->items);
        if (one->state == IMGMATCH_CALIBRATION_CURRENT)
            printf(", supports %.0f false alerts per million\n", ceil(one->least_per_million));
        else
            printf("; not used (%s): calibrate anew\n",
                   imgmatch_calibration_state_name(one->state));
    }
    if (!any)
        puts("calibrated  no");
}

static void print_calibrations_json(const imgmatch_calibration *calibrations) {
    const char *separator = "";
    fputs(",\"calibrations\":[", stdout);
    for (int i = 0; i < EFFORTS; i++) {
        const imgmatch_calibration *one = &calibrations[i];
        if (one->state == IMGMATCH_CALIBRATION_NONE)
            continue;
        printf("%s{\"effort\":\"%s\",\"state\":\"%s\",\"negatives\":%llu,\"own\":%llu,"
               "\"items\":%llu,\"made_at\":\"%s\",\"least_per_million\":",
               separator, cli_effort_names[i], imgmatch_calibration_state_name(one->state),
               (unsigned long long)one->negatives, (unsigned long long)one->own,
               (unsigned long long)one->items, one->made_at);
        if (isnan(one->least_per_million))
            fputs("null}", stdout);
        else
            printf("%.3f}", one->least_per_million);
        separator = ",";
    }
    fputs("]", stdout);
}

static void print_text(const imgmatch_catalogue_stat *stat,
                       const imgmatch_calibration *calibrations) {
    fputs("name        ", stdout);
    cli_print_visible(stdout, stat->name);
    fputs("\nmodel       ", stdout);
    cli_print_visible(stdout, stat->model_name);
    printf("\nsha256      %s (of the model)\n", stat->model_sha256);
    printf("dimension   %u\n", stat->dimension);
    printf("format      %u\n", stat->format);
    printf("generation  %llu\n", (unsigned long long)stat->generation);
    printf("items       %llu\n", (unsigned long long)stat->items);
    printf("hash only   %llu\n", (unsigned long long)stat->hash_only);
    printf("indexed     %llu\n", (unsigned long long)stat->indexed);
    printf("database    %llu bytes\n", (unsigned long long)stat->database_bytes);
    printf("index       %llu bytes\n", (unsigned long long)stat->index_bytes);
    printf("kind        %s (of the index)\n", kind_name(stat->index_kind));
    print_calibrations_text(calibrations);
}

static void print_json(const imgmatch_catalogue_stat *stat,
                       const imgmatch_calibration *calibrations) {
    fputs("{\"name\":", stdout);
    cli_print_json(stdout, stat->name);
    fputs(",\"model\":", stdout);
    cli_print_json(stdout, stat->model_name);
    printf(",\"model_sha256\":\"%s\",\"dimension\":%u,\"format\":%u,\"generation\":%llu,"
           "\"items\":%llu,\"hash_only\":%llu,\"indexed\":%llu,\"database_bytes\":%llu,"
           "\"index_bytes\":%llu,\"index_kind\":\"%s\"",
           stat->model_sha256, stat->dimension, stat->format, (unsigned long long)stat->generation,
           (unsigned long long)stat->items, (unsigned long long)stat->hash_only,
           (unsigned long long)stat->indexed, (unsigned long long)stat->database_bytes,
           (unsigned long long)stat->index_bytes, kind_name(stat->index_kind));
    print_calibrations_json(calibrations);
    fputs("}\n", stdout);
}

cli_exit index_stat(int argc, char **argv) {
    static const char *const formats[] = {"text", "json", NULL};
    uint32_t format = STAT_TEXT;
    const cli_option options[] = {
        CLI_OPTION_FORMAT(&format, "text|json", formats, "how to print them (default text)"),
    };
    const cli_command command = {
        .program = "imgmatch-index stat",
        .synopsis = "[OPTION...] CATALOGUE",
        .summary = "Print figures on a catalogue: its model, size, generation and calibrations.",
        .options = options,
        .option_count = sizeof options / sizeof *options,
        .min_operands = 1,
        .max_operands = 1};
    cli_operands operands;
    imgmatch_catalogue *catalogue;
    cli_exit step = cli_parse_and_open(&catalogue, &operands, &command, argc, argv, false);
    if (step != CLI_GO_ON)
        return step;
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    imgmatch_catalogue_stat stat;
    imgmatch_calibration calibrations[EFFORTS];
    imgmatch_status status = imgmatch_catalogue_get_stat(&stat, catalogue, &diag);
    if (status == IMGMATCH_OK)
        status = read_calibrations(calibrations, catalogue, &diag);
    if (status != IMGMATCH_OK)
        step = cli_failure(command.program, "reading the figures", status, &diag);
    else if (format == STAT_JSON)
        print_json(&stat, calibrations);
    else
        print_text(&stat, calibrations);
    imgmatch_catalogue_close(catalogue);
    return cli_finish_output(command.program, step == CLI_GO_ON ? CLI_DONE : step);
}
