/* The page beside the pictures of --overlay: what was matched with what, and on what evidence. */
#ifndef IMGMATCH_TOOLS_QUERY_PAGE_H
#define IMGMATCH_TOOLS_QUERY_PAGE_H

#include "options.h"

#include <imgmatch/query.h>

#include <stdio.h>

/* A page that is being written; all zero: none. Its entries wait in a file without a name, so that
 * a reader of the folder never sees half a page. */
typedef struct query_page {
    FILE *entries;
    uint64_t photos;   /* All that were looked up, */
    uint64_t matched;  /* of these with a match, */
    uint64_t unusable; /* and those that could not be used. */
} query_page;

/* CLI_GO_ON, or CLI_FAILED, which has been said. */
cli_exit query_page_begin(query_page *page);

/* The next photo; one without a match is only counted. `picture` is the file's name in the page's
 * folder, or NULL, and then `why_none` is a text for a person. */
void query_page_add(query_page *page, const imgmatch_photo *photo, const imgmatch_result *result,
                    const char *picture, const char *why_none);

/* Write "matches.html" into the folder, "matches-N.html" for a run that began with photo N, and end
 * the page. `catalogue` as it was named, NULL for a comparison. CLI_GO_ON, or CLI_FAILED, which has
 * been said. */
cli_exit query_page_end(query_page *page, const char *folder, const char *catalogue,
                        const query_options *options);

#endif
