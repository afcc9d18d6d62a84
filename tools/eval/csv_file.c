/* Fields are cut out in place: a field is never longer than it is with its quotes. Of long paths
 * the start is said, so that there is room for what is wrong. */
#include "eval/csv_file.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_BYTES ((size_t)1 << 30)

static imgmatch_status fail(imgmatch_diag *diag, imgmatch_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static imgmatch_status fail(imgmatch_diag *diag, imgmatch_status status, const char *format, ...) {
    if (diag && diag->status == IMGMATCH_OK) {
        va_list arguments;
        diag->status = status;
        va_start(arguments, format);
        (void)vsnprintf(diag->message, sizeof diag->message, format, arguments);
        va_end(arguments);
    }
    return status;
}

static imgmatch_status read_text(char **out, const char *path, imgmatch_diag *diag) {
    FILE *file = fopen(path, "re");
    size_t size = 0, capacity = 1 << 16;
    if (!file)
        return fail(diag, IMGMATCH_ERR_IO, "%.300s: %s", path, strerror(errno));
    char *text = malloc(capacity);
    imgmatch_status status = text ? IMGMATCH_OK : IMGMATCH_ERR_MEMORY;
    while (status == IMGMATCH_OK) {
        size += fread(text + size, 1, capacity - size - 1, file);
        if (size < capacity - 1)
            break;
        char *more = capacity < MOST_BYTES ? realloc(text, capacity * 2) : NULL;
        if (!more)
            status = capacity < MOST_BYTES
                         ? IMGMATCH_ERR_MEMORY
                         : fail(diag, IMGMATCH_ERR_SYNTAX, "%.300s is larger than 1 GiB", path);
        else
            text = more;
        capacity *= 2;
    }
    if (status == IMGMATCH_OK && ferror(file))
        status = fail(diag, IMGMATCH_ERR_IO, "%.300s: %s", path, strerror(errno));
    (void)fclose(file);
    if (status == IMGMATCH_OK && memchr(text, 0, size))
        status = fail(diag, IMGMATCH_ERR_SYNTAX, "%.300s holds a zero byte", path);
    if (status != IMGMATCH_OK) {
        free(text);
        return status;
    }
    text[size] = '\0';
    *out = text;
    return IMGMATCH_OK;
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

imgmatch_status eval_csv_read(eval_csv *out, const char *path, imgmatch_diag *diag) {
    size_t count = 0, capacity = 0, in_row = 0;
    memset(out, 0, sizeof *out);
    imgmatch_status status = read_text(&out->text, path, diag);
    char *at = out->text;
    if (status == IMGMATCH_OK && strncmp(at, "\xef\xbb\xbf", 3) == 0)
        at += 3;
    while (status == IMGMATCH_OK && *at) {
        char end = '\0';
        bool broken = false;
        status = add_field(out, &count, &capacity, cut_field(&at, &end, &broken));
        in_row++;
        if (status == IMGMATCH_OK && broken)
            status = fail(diag, IMGMATCH_ERR_SYNTAX, "%.300s: row %zu has a quote in a wrong place",
                          path, out->columns ? count / out->columns + 1 : 1);
        if (status != IMGMATCH_OK || (end == ',' && *at))
            continue;
        if (end == ',') { /* The file ends behind a comma. */
            status = add_field(out, &count, &capacity, at);
            in_row++;
        }
        if (out->columns == 0)
            out->columns = in_row;
        else if (in_row != out->columns && status == IMGMATCH_OK)
            status =
                fail(diag, IMGMATCH_ERR_SYNTAX, "%.300s: row %zu has %zu fields, the header %zu",
                     path, out->rows + 2, in_row, out->columns);
        else
            out->rows++;
        in_row = 0;
    }
    if (status == IMGMATCH_OK && out->columns == 0)
        status = fail(diag, IMGMATCH_ERR_SYNTAX, "%.300s is empty", path);
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
