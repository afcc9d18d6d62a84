/* Fields are cut out in place: a field is never longer than it is with its quotes. */
#include "eval/csv_file.h"

#include "common/diag.h"
#include "common/lines.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define MOST_BYTES ((size_t)1 << 30)

/* Behind `*size` bytes of text, which has room for them and a NUL. */
static imgmatch_status append(char **text, size_t *size, size_t *capacity, const cli_lines *line,
                              imgmatch_diag *diag) {
    size_t needed = *size + line->size + 1;
    if (needed > MOST_BYTES)
        return cli_fail(diag, IMGMATCH_ERR_SYNTAX, "%s is larger than 1 GiB", line->path);
    if (needed > *capacity) {
        char *more = realloc(*text, 2 * needed);
        if (!more)
            return IMGMATCH_ERR_MEMORY;
        *text = more;
        *capacity = 2 * needed;
    }
    memcpy(*text + *size, line->text, line->size + 1);
    *size += line->size;
    return IMGMATCH_OK;
}

/* "" when the file is empty. */
static imgmatch_status read_text(char **out, const char *path, uint32_t max_line_bytes,
                                 imgmatch_diag *diag) {
    size_t size = 0, capacity = 1;
    bool found = true;
    cli_lines lines;
    *out = calloc(capacity, 1);
    imgmatch_status status =
        *out ? cli_lines_open(&lines, path, true, max_line_bytes, diag) : IMGMATCH_ERR_MEMORY;
    if (status != IMGMATCH_OK)
        return status;
    while (status == IMGMATCH_OK && found) {
        status = cli_lines_next(&found, &lines, diag);
        if (status == IMGMATCH_OK && found)
            status = append(out, &size, &capacity, &lines, diag);
    }
    cli_lines_close(&lines);
    return status;
}

/* Cut the field at `*at` out; `*end` becomes the separator behind it: ',', '\n' or 0. */
static char *cut_field(char **at, char *end, bool *broken) {
    char *field = *at, *to = field, *from = field;
    bool quoted = *from == '"';
    if (quoted) {
        for (from++; *from && !(*from == '"' && from[1] != '"'); from++) {
            from += *from == '"';
            *to++ = *from;
        }
        *broken = *from != '"';
        from += !*broken;
    } else {
        from += strcspn(from, ",\r\n");
        to = from;
    }
    from += *from == '\r' && from[1] == '\n';
    *broken = *broken || (*from && !strchr(",\r\n", *from));
    *end = *from == '\r' ? '\n' : *from;
    *at = from + (*from != '\0');
    *to = '\0';
    return *field == '\'' && field[1] != '\0' && strchr("=+-@\t\r\n'", field[1]) ? field + 1
                                                                                 : field;
}

static imgmatch_status add_field(eval_csv *csv, size_t *count, size_t *capacity, char *field) {
    if (*count == *capacity) {
        char **more = realloc(csv->fields, 2 * (*capacity + 64) * sizeof *more);
        if (!more)
            return IMGMATCH_ERR_MEMORY;
        csv->fields = more;
        *capacity = 2 * (*capacity + 64);
    }
    csv->fields[(*count)++] = field;
    return IMGMATCH_OK;
}

/* A row of so many fields and bytes, which may be several lines. */
static imgmatch_status check_row(const eval_csv *csv, const char *path, size_t fields, size_t size,
                                 uint32_t max_bytes, imgmatch_diag *diag) {
    if (size > max_bytes)
        return cli_fail(diag, IMGMATCH_ERR_SYNTAX,
                        "%s: row %zu is longer than %u bytes (--max-line-bytes)", path,
                        csv->rows + 1 + (csv->columns > 0), max_bytes);
    if (csv->columns > 0 && fields != csv->columns)
        return cli_fail(diag, IMGMATCH_ERR_SYNTAX, "%s: row %zu has %zu fields, the header %zu",
                        path, csv->rows + 2, fields, csv->columns);
    return IMGMATCH_OK;
}

imgmatch_status eval_csv_read(eval_csv *out, const char *path, const imgmatch_limits *limits,
                              imgmatch_diag *diag) {
    size_t count = 0, capacity = 0, in_row = 0;
    memset(out, 0, sizeof *out);
    imgmatch_status status = read_text(&out->text, path, limits->max_line_bytes, diag);
    char *at = out->text, *row = at;
    while (status == IMGMATCH_OK && *at) {
        char end = '\0';
        bool broken = false;
        status = add_field(out, &count, &capacity, cut_field(&at, &end, &broken));
        in_row++;
        if (status == IMGMATCH_OK && broken)
            status = cli_fail(diag, IMGMATCH_ERR_SYNTAX, "%s: row %zu has a quote in a wrong place",
                              path, out->columns ? count / out->columns + 1 : 1);
        if (status != IMGMATCH_OK || (end == ',' && *at))
            continue;
        if (end == ',') { /* The file ends behind a comma. */
            status = add_field(out, &count, &capacity, at);
            in_row++;
        }
        if (status == IMGMATCH_OK)
            status = check_row(out, path, in_row, (size_t)(at - row), limits->max_line_bytes, diag);
        if (out->columns == 0)
            out->columns = in_row;
        else
            out->rows++;
        in_row = 0;
        row = at;
    }
    if (status == IMGMATCH_OK && out->columns == 0)
        status = cli_fail(diag, IMGMATCH_ERR_SYNTAX, "%s is empty", path);
    if (status != IMGMATCH_OK)
        eval_csv_free(out);
    return status;
}

size_t eval_csv_column(const eval_csv *csv, const char *name) {
    size_t column = 0;
    while (column < csv->columns && strcmp(csv->fields[column], name) != 0)
        column++;
    return column;
}

const char *eval_csv_field(const eval_csv *csv, size_t row, size_t column) {
    return column < csv->columns ? csv->fields[(row + 1) * csv->columns + column] : "";
}

void eval_csv_free(eval_csv *csv) {
    free(csv->text);
    free(csv->fields);
    memset(csv, 0, sizeof *csv);
}
