/*
 * CSV as RFC 4180 has it, with what occurs in the wild: lines that end with LF or CR alone, blank
 * lines, bytes that are no UTF-8. A quote belongs at the start and the end of a field and nowhere
 * else: guessing what a stray one means would shift columns in silence.
 */
#include "base/diag.h"
#include "base/json_writer.h"
#include "base/memory.h"
#include "facade/photo_list.h"

#include <string.h>

typedef struct cursor {
    const uint8_t *at;
    const uint8_t *end;
    bool at_end; /* The file ends at `end`. */
} cursor;

/* Bytes of a line end at the cursor: 0, 1 (LF, or the CR that "CSV (Macintosh)" ends lines with) or
 * 2 (CRLF). */
static size_t line_end_size(const cursor *in) {
    size_t left = (size_t)(in->end - in->at);
    if (left == 0 || (in->at[0] != '\n' && in->at[0] != '\r')) {
        return 0;
    }
    return left > 1 && in->at[0] == '\r' && in->at[1] == '\n' ? 2 : 1;
}

/* Append what lies between quotes. The cursor is behind the opening one. */
static imx_csv_found read_quoted(imx_buffer *text, cursor *in, const char **problem) {
    for (;;) {
        const uint8_t *quote =
            in->at == in->end ? NULL : memchr(in->at, '"', (size_t)(in->end - in->at));
        if (quote == NULL || (quote + 1 == in->end && !in->at_end)) {
            *problem = "a quote is opened and never closed";
            return in->at_end ? IMX_CSV_MALFORMED : IMX_CSV_UNFINISHED;
        }
        (void)imx_buffer_append(text, in->at, (size_t)(quote - in->at));
        in->at = quote + 1;
        if (in->at == in->end || *in->at != '"') {
            return IMX_CSV_RECORD;
        }
        (void)imx_buffer_append_byte(text, '"');
        in->at++;
    }
}

static imx_csv_found read_plain(imx_buffer *text, cursor *in, const char **problem) {
    const uint8_t *from = in->at;
    while (in->at < in->end && *in->at != ',' && line_end_size(in) == 0) {
        if (*in->at == '"') {
            *problem = "a quote within a field that does not start with one";
            return IMX_CSV_MALFORMED;
        }
        in->at++;
    }
    (void)imx_buffer_append(text, from, (size_t)(in->at - from));
    return IMX_CSV_RECORD;
}

static imx_csv_found read_field(imx_csv_record *record, cursor *in, const char **problem) {
    if (record->count == IMX_LIST_MAX_COLUMNS) {
        *problem = "there are more than 1024 columns";
        return IMX_CSV_MALFORMED;
    }
    size_t offset = record->text.size;
    record->offsets[record->count++] = offset;
    imx_csv_found found;
    if (in->at < in->end && *in->at == '"') {
        in->at++;
        found = read_quoted(&record->text, in, problem);
    } else {
        found = read_plain(&record->text, in, problem);
    }
    if (found == IMX_CSV_RECORD && record->text.size > offset &&
        memchr(record->text.bytes + offset, 0, record->text.size - offset) != NULL) {
        *problem = "there is a NUL byte in a field";
        return IMX_CSV_MALFORMED;
    }
    (void)imx_buffer_append_byte(&record->text, 0);
    return found;
}

/* A line end may still be cut in two, or the last field go on, where the file does. */
static bool may_go_on(const cursor *in) {
    size_t left = (size_t)(in->end - in->at);
    return !in->at_end && (left == 0 || (left == 1 && *in->at == '\r'));
}

imx_csv_found imx_csv_read(imx_csv_record *record, size_t *size, const char **problem,
                           const uint8_t *bytes, size_t available, bool at_end) {
    cursor in = {bytes, bytes + available, at_end};
    imx_buffer_clear(&record->text);
    record->count = 0;
    bool blank = line_end_size(&in) > 0;
    if (blank && may_go_on(&in)) {
        return IMX_CSV_UNFINISHED;
    }
    while (!blank) {
        imx_csv_found found = read_field(record, &in, problem);
        if (found != IMX_CSV_RECORD) {
            return record->text.failed ? IMX_CSV_NO_MEMORY : found;
        }
        if (may_go_on(&in)) {
            return record->text.failed ? IMX_CSV_NO_MEMORY : IMX_CSV_UNFINISHED;
        }
        if (in.at == in.end || line_end_size(&in) > 0) {
            break;
        }
        if (*in.at != ',') {
            *problem = "text behind a closing quote";
            return IMX_CSV_MALFORMED;
        }
        in.at++;
    }
    *size = (size_t)(in.at - bytes) + line_end_size(&in);
    return record->text.failed ? IMX_CSV_NO_MEMORY : IMX_CSV_RECORD;
}

/* Give the record up and fail, unless something worse happens on the way. */
static imgmatch_status skip_and_fail(imx_list_source *source, const char *problem,
                                     imgmatch_diag *diag) {
    imgmatch_status status = imx_list_source_skip_line(source, diag);
    if (status != IMGMATCH_OK) {
        return status;
    }
    return problem[0] != '\0'
               ? imx_fail(diag, IMGMATCH_ERR_SYNTAX, "%s", problem)
               : imx_fail(diag, IMGMATCH_ERR_SYNTAX, "longer than %zu bytes", source->max_bytes);
}

imgmatch_status imx_list_next_record(bool *found, uint64_t *line, imx_csv_record *record,
                                     imx_list_source *source, imgmatch_diag *diag) {
    *found = false;
    for (;;) {
        size_t size = 0;
        const char *problem = "";
        bool empty = imx_list_source_size(source) == 0;
        *line = source->line;
        imx_csv_found what = empty
                                 ? IMX_CSV_UNFINISHED
                                 : imx_csv_read(record, &size, &problem, imx_list_source_at(source),
                                                imx_list_source_size(source), source->at_end);
        if (what == IMX_CSV_RECORD) {
            imx_list_source_skip(source, size);
            *found = record->count > 0;
            if (*found) {
                return IMGMATCH_OK;
            }
            continue;
        }
        if (what == IMX_CSV_NO_MEMORY) {
            return imx_fail_memory(diag);
        }
        if (what == IMX_CSV_MALFORMED) {
            return skip_and_fail(source, problem, diag);
        }
        bool grown;
        imgmatch_status status = imx_list_source_grow(&grown, source, diag);
        if (status != IMGMATCH_OK || (empty && source->at_end)) {
            return status;
        }
        if (!grown && !source->at_end) {
            return skip_and_fail(source, problem, diag);
        }
    }
}

/* The columns that are not known, as a JSON object. NULL without a failure when there are none. */
static imgmatch_status read_metadata(char **out, const imx_csv_record *header,
                                     const imx_csv_record *record, const imgmatch_limits *limits,
                                     imgmatch_diag *diag) {
    imx_buffer buffer;
    imx_json_writer writer;
    size_t extra = 0;
    imx_buffer_init(&buffer, SIZE_MAX / 4); /* A record is bounded, and so is this. */
    imx_json_begin(&writer, &buffer);
    imx_json_open_object(&writer);
    for (size_t i = 0; i < header->count; i++) {
        const char *key = imx_csv_field(header, i);
        if (imx_list_known_key(key) < 0) {
            imx_json_key(&writer, key);
            imx_json_text(&writer, imx_csv_field(record, i));
            extra++;
        }
    }
    imx_json_close_object(&writer);
    return imx_list_take_metadata(out, &buffer, extra == 0, limits, diag);
}

imgmatch_status imx_list_read_record(imx_list_entry *entry, const imx_csv_record *header,
                                     const imx_csv_record *record, const imgmatch_limits *limits,
                                     imgmatch_diag *diag) {
    if (record->count != header->count) {
        return imx_fail(diag, IMGMATCH_ERR_SYNTAX, "%zu columns, the header has %zu", record->count,
                        header->count);
    }
    for (size_t i = 0; i < header->count; i++) {
        int known = imx_list_known_key(imx_csv_field(header, i));
        if (known >= 0) {
            char **text = imx_list_entry_text(entry, known);
            *text = imx_copy_text(imx_csv_field(record, i));
            if (*text == NULL) {
                return imx_fail_memory(diag);
            }
        }
    }
    return read_metadata(&entry->metadata, header, record, limits, diag);
}
