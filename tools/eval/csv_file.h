/* A CSV file (RFC 4180, with a header) in memory. */
#ifndef IMGMATCH_TOOLS_EVAL_CSV_FILE_H
#define IMGMATCH_TOOLS_EVAL_CSV_FILE_H

#include <imgmatch/limits.h>
#include <imgmatch/status.h>

#include <stddef.h>

typedef struct eval_csv {
    char *text;
    char **fields; /* columns * (rows + 1) of them; the first ones are the header. */
    size_t columns;
    size_t rows;
} eval_csv;

/* IMGMATCH_ERR_IO, _SYNTAX (a row of another length or over max_line_bytes, an open quote, over
 * 1 GiB) or _MEMORY. An apostrophe that the tools put before a formula is taken away. */
imgmatch_status eval_csv_read(eval_csv *out, const char *path, const imgmatch_limits *limits,
                              imgmatch_diag *diag);

/* Place of a column; `columns` when there is none. */
size_t eval_csv_column(const eval_csv *csv, const char *name);

/* "" for a column that is not there. */
const char *eval_csv_field(const eval_csv *csv, size_t row, size_t column);

void eval_csv_free(eval_csv *csv);

#endif
