/* Pictures of the best matches, as --overlay asks for. */
#ifndef IMGMATCH_TOOLS_QUERY_OVERLAY_H
#define IMGMATCH_TOOLS_QUERY_OVERLAY_H

#include "options.h"
#include "page.h"

#include "common/failures.h"

#include <imgmatch/imgmatch.h>

typedef struct query_overlay {
    const char *path; /* NULL: none are asked for. */
    bool into_folder; /* `path` is a folder: a picture for each query. */
    bool quiet;       /* Do not say that there is nothing to draw. */
    uint64_t skipped; /* Queries before the first one. */
    query_page page;  /* Of a folder. */
    imgmatch_overlay_options drawing;
} query_overlay;

/* What is looked up, and what came out. */
typedef struct query_pair {
    uint64_t number; /* Of the query among those that are looked up, from 1. */
    const imgmatch_photo *photo;
    const imgmatch_result *result;
} query_pair;

/* What came of drawing one picture; all zero: none was drawn. */
typedef struct query_drawing {
    bool tried;
    imgmatch_status status;
    imgmatch_diag diag;
} query_drawing;

/* What the options ask for; a folder that is not there is made. `decoders` is borrowed. CLI_GO_ON,
 * or CLI_FAILED, which has been said; either way query_overlay_end ends it. */
cli_exit query_overlay_start(query_overlay *out, const cli_operands *operands,
                             const query_options *options, imgmatch_decoder_pool *decoders);

/* Write the page of a folder, of what was drawn so far. Returns `step`, or CLI_FAILED when that
 * cannot be written. `catalogue` is NULL for a comparison. */
cli_exit query_overlay_end(query_overlay *overlay, const char *catalogue,
                           const query_options *options, cli_exit step);

/* Whether --overlay fits what is looked up: a file takes one photo, and is named as a picture.
 * CLI_GO_ON or CLI_USAGE. */
cli_exit query_overlay_check(const cli_operands *operands, const query_options *options);

/* Draw the best match of a query, on any thread. `reference` is its photo; NULL takes the one that
 * the catalogue says. */
void query_overlay_draw(query_drawing *out, const query_overlay *overlay, const query_pair *pair,
                        const imgmatch_catalogue *catalogue, const imgmatch_photo *reference);

/* Say what came of it and put it on the page, query by query. A photo that cannot be used goes to
 * `failures`; CLI_FAILED, said, when the picture could not be written. */
cli_exit query_overlay_report(query_overlay *overlay, const query_pair *pair,
                              const query_drawing *drawing, cli_failures *failures);

#endif
