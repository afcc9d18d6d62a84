#include "jobs.h"
#include "overlay.h"
#include "print.h"

#include "common/failures.h"
#include "common/message.h"
#include "common/photo_source.h"

#include <stdio.h>

/* Both photos as a batch of two; the intake is the one of searches, so "-" works here, too. */
static cli_exit read_pair(cli_photo_batch *batch, cli_failures *failures,
                          const cli_operands *operands, const imgmatch_limits *limits) {
    const cli_photo_source_options options = {
        .paths = operands->values, .path_count = 2, .limits = limits};
    cli_photo_source *source = NULL;
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    imgmatch_status status = cli_photo_source_open(&source, &options, failures, &diag);
    if (status == IMGMATCH_OK)
        status = cli_photo_source_next(batch, source, 2, &diag);
    cli_photo_source_close(source);
    if (status != IMGMATCH_OK)
        return cli_failure(QUERY_PROGRAM, "reading the photos", status, &diag);
    /* What could not be read, as standard input, is a failure already. */
    return batch->count == 2 ? CLI_GO_ON : CLI_DONE;
}

/* Of the one photo of the two that could not be used. */
static void report_failure(const cli_photo_batch *pair, const imgmatch_result *result,
                           cli_failures *failures) {
    size_t which = imgmatch_result_reference_failed(result) ? 1 : 0;
    cli_failure_entry entry = cli_photo_failure(pair, which, imgmatch_result_failure(result),
                                                imgmatch_result_message(result));
    cli_failures_add(failures, &entry);
}

/* The answer, the picture if one is asked for, and the failures. */
static cli_exit report_pair(const cli_photo_batch *pair, const cli_operands *operands,
                            const query_options *options, imgmatch_result *result,
                            imgmatch_decoder_pool *decoders, cli_failures *failures) {
    query_printer printer = {.format = options->format, .file = stdout};
    query_overlay overlay;
    cli_exit step = query_overlay_start(&overlay, operands, options, decoders);
    query_print_fit(&printer, pair->photos, result);
    if (step == CLI_GO_ON)
        step = query_print(&printer, pair->photos, result);
    if (step == CLI_GO_ON && imgmatch_result_failure(result) != IMGMATCH_REASON_NONE) {
        report_failure(pair, result, failures);
    } else if (step == CLI_GO_ON) {
        const query_pair pictures = {1, &pair->photos[0], result};
        query_drawing drawing;
        query_overlay_draw(&drawing, &overlay, &pictures, NULL, &pair->photos[1]);
        step = query_overlay_report(&overlay, &pictures, &drawing, failures);
    }
    return query_overlay_end(&overlay, NULL, options, step);
}

static cli_exit compare_pair(const cli_photo_batch *pair, const cli_operands *operands,
                             const query_options *options, const imgmatch_model *model,
                             cli_failures *failures) {
    imgmatch_query_options query = IMGMATCH_QUERY_OPTIONS_INIT;
    imgmatch_result *result = NULL;
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    query.effort = (imgmatch_effort)options->effort;
    cli_exit step = cli_intake_pool(&query.decoders, QUERY_PROGRAM, &options->intake, 1);
    if (step != CLI_GO_ON)
        return step;
    imgmatch_status status = imgmatch_compare(&result, model, &pair->photos[0], &pair->photos[1],
                                              &query, &options->intake.limits, &diag);
    step = status == IMGMATCH_OK
               ? report_pair(pair, operands, options, result, query.decoders, failures)
               : cli_failure(QUERY_PROGRAM, "comparing", status, &diag);
    cli_intake_report(QUERY_PROGRAM, query.decoders);
    imgmatch_decoder_pool_free(query.decoders);
    imgmatch_result_free(result);
    return step;
}

cli_exit query_compare(const cli_operands *operands, const query_options *options,
                       const imgmatch_model *model) {
    cli_photo_batch pair = {0};
    cli_failures failures;
    cli_exit step = cli_failures_open(&failures, QUERY_PROGRAM, options->errors, false);
    if (step != CLI_GO_ON)
        return step;
    step = read_pair(&pair, &failures, operands, &options->intake.limits);
    if (step == CLI_GO_ON)
        step = compare_pair(&pair, operands, options, model, &failures);
    cli_photo_batch_free(&pair);
    cli_exit closed = cli_failures_close(&failures);
    return step == CLI_GO_ON || step == CLI_DONE ? closed : step;
}
