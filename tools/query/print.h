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
    bool
        unfitted; /* The table's columns are as wide as they may be: nothing is known beforehand. */
    /* Columns of the table, fitted to the first results. */
    size_t query_width;
    size_t reference_width;
    size_t why_width;
    bool calibrated; /* There is a column for false alerts per million. */
} query_printer;

/* Fit the table's columns to the first photo; call it for each of the first ones, before printing.
 */
void query_print_fit(query_printer *printer, const imgmatch_photo *photo,
                     const imgmatch_result *result);

/* Print the next result, and the head before the first one, and flush. CLI_GO_ON, or CLI_FAILED,
 * which has been said. */
cli_exit query_print(query_printer *printer, const imgmatch_photo *photo,
                     const imgmatch_result *result);

/* At the end: print the head when there was no result. As query_print. */
cli_exit query_print_end(query_printer *printer);

/* What results call a photo: its source, else its path. */
const char *query_photo_name(const imgmatch_photo *photo);

/* The names of a match's alterations with `separator` between them, cut to `size` bytes. */
void query_join_alterations(char *out, size_t size, const imgmatch_match *match,
                            const char *separator);

void query_table_fit(query_printer *printer, const imgmatch_photo *photo,
                     const imgmatch_result *result);
void query_table_head(query_printer *printer);
void query_table_result(const query_printer *printer, const imgmatch_photo *photo,
                        const imgmatch_result *result);

void query_csv_head(FILE *file);
void query_csv_result(FILE *file, const imgmatch_photo *photo, const imgmatch_result *result);

#endif
