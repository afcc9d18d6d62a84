/* Results in each of the formats. */
#ifndef IMGMATCH_TOOLS_QUERY_PRINT_H
#define IMGMATCH_TOOLS_QUERY_PRINT_H

#include "common/exit_status.h"

#include <imgmatch/query.h>

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

typedef struct query_printer {
    uint32_t format; /* enum query_format */
    FILE *file;
    bool started;
    /* Columns of the table, fitted to the first results. */
    size_t query_width;
    size_t reference_width;
    size_t why_width;
    bool calibrated; /* There is a column for false alerts per million. */
} query_printer;

/* Print `count` results in order; those that are NULL are left out. CLI_GO_ON, or CLI_FAILED, which
 * has been said. */
cli_exit query_print(query_printer *printer, const imgmatch_photo *photos,
                     imgmatch_result *const *results, size_t count);

/* What results call a photo: its source, else its path. */
const char *query_photo_name(const imgmatch_photo *photo);

/* The names of a match's alterations with `separator` between them, cut to `size` bytes. */
void query_join_alterations(char *out, size_t size, const imgmatch_match *match,
                            const char *separator);

void query_table_head(query_printer *printer, const imgmatch_photo *photos,
                      imgmatch_result *const *results, size_t count);
void query_table_result(const query_printer *printer, const imgmatch_photo *photo,
                        const imgmatch_result *result);

void query_csv_head(FILE *file);
void query_csv_result(FILE *file, const imgmatch_photo *photo, const imgmatch_result *result);

#endif
