/* The parts of a photo list: where lines come from, and the two formats. */
#ifndef IMX_FACADE_PHOTO_LIST_H
#define IMX_FACADE_PHOTO_LIST_H

#include "base/buffer.h"

#include <imgmatch/photo_list.h>

/*
 * A window on a file, [start, end) of `bytes`, that is moved forward record by record and grows up
 * to `max_bytes` for a long one.
 */
typedef struct imx_list_source {
    const char *name; /* As messages show it; borrowed. */
    int fd;
    bool owns_fd;
    bool at_end;  /* The file has nothing behind the window. */
    bool cr_ends; /* A CR alone ends a line, too: in CSV, not in JSON Lines. */
    uint8_t *bytes;
    size_t capacity;
    size_t start;
    size_t end;
    size_t max_bytes; /* Of a record, with its line end. */
    uint64_t line;    /* Of the window's start, from 1. */
} imx_list_source;

static inline const uint8_t *imx_list_source_at(const imx_list_source *source) {
    return source->bytes + source->start;
}

static inline size_t imx_list_source_size(const imx_list_source *source) {
    return source->end - source->start;
}

/* "-" is standard input. */
imgmatch_status imx_list_source_open(imx_list_source *source, const char *path, const char *name,
                                     size_t max_bytes, imgmatch_diag *diag);
void imx_list_source_close(imx_list_source *source);

/* Read more behind the window, which may move in memory: up to twice what it holds, or what comes
 * without waiting. *grown is false at the end of the file, and when the window holds max_bytes
 * already. */
imgmatch_status imx_list_source_grow(bool *grown, imx_list_source *source, imgmatch_diag *diag);

/* Reading more would have to wait for who writes to a pipe, or types. */
bool imx_list_source_waits(const imx_list_source *source);

/* Bytes of the line that starts at `at` in the window, with its line end; 0 when that is not there,
 * or may be one half of a longer one. */
size_t imx_list_source_line_size(const imx_list_source *source, const uint8_t *at);

/* Move the window's start by `size` bytes, counting lines. */
void imx_list_source_skip(imx_list_source *source, size_t size);

/* Move the window's start behind the next line end, however far that is. */
imgmatch_status imx_list_source_skip_line(imx_list_source *source, imgmatch_diag *diag);

/* At the start of the file: leave a byte order mark behind; IMGMATCH_ERR_SYNTAX when the file looks
 * like UTF-16. The window has the file's first byte then, unless there is none. */
imgmatch_status imx_list_source_skip_mark(imx_list_source *source, imgmatch_diag *diag);

/* Columns of a CSV list. */
#define IMX_LIST_MAX_COLUMNS 1024u

/* The fields of one CSV record, each ended by a NUL. */
typedef struct imx_csv_record {
    imx_buffer text;
    size_t offsets[IMX_LIST_MAX_COLUMNS];
    size_t count;
} imx_csv_record;

typedef enum imx_csv_found {
    IMX_CSV_RECORD = 0,     /* A record of *size bytes, with its line end. */
    IMX_CSV_UNFINISHED = 1, /* The bytes end within a record. */
    IMX_CSV_MALFORMED = 2,  /* *problem says why. */
    IMX_CSV_NO_MEMORY = 3
} imx_csv_found;

/* Read the record at the start of `bytes`. `at_end`: the file ends with them. A blank line is a
 * record of no fields. */
imx_csv_found imx_csv_read(imx_csv_record *record, size_t *size, const char **problem,
                           const uint8_t *bytes, size_t available, bool at_end);

static inline const char *imx_csv_field(const imx_csv_record *record, size_t index) {
    return (const char *)record->text.bytes + record->offsets[index];
}

/*
 * Bring the next record that is no blank line into `record`, and the line where it starts into
 * *line; *found is false at the end of the file.
 *
 * IMGMATCH_ERR_SYNTAX: it cannot be read, and is left behind at its first line end, not where the
 * reader gave up: a quote that is never closed then costs one line, not the rest of the file. The
 * message says why, and not where.
 */
imgmatch_status imx_list_next_record(bool *found, uint64_t *line, imx_csv_record *record,
                                     imx_list_source *source, imgmatch_diag *diag);

/* What an entry is made of before it becomes an imgmatch_photo. Texts are owned; NULL for none. */
typedef struct imx_list_entry {
    char *path; /* As written. */
    char *id;
    char *product;
    char *brand;
    char *source;
    char *metadata;
} imx_list_entry;

#define IMX_LIST_KNOWN_KEYS 5

/* The index 0..4 of a known key (path, id, product, brand, source); -1 for any other. */
int imx_list_known_key(const char *key);
const char *imx_list_key_name(int known_key);

/* The header's names are there, in UTF-8, different, and one of them is "path". `list` and `line`
 * are for messages. */
imgmatch_status imx_list_check_header(const imx_csv_record *header, const char *list, uint64_t line,
                                      imgmatch_diag *diag);

/* The entry's text for a known key. */
char **imx_list_entry_text(imx_list_entry *entry, int known_key);

/* Hand over metadata that was written to `buffer`, which is freed; NULL if `none`. */
imgmatch_status imx_list_take_metadata(char **out, imx_buffer *buffer, bool none,
                                       const imgmatch_limits *limits, imgmatch_diag *diag);

/* Fill an entry from one line of JSON (without its line end). The message does not name the line.
 * On failure the entry may be filled in part. */
imgmatch_status imx_list_read_json(imx_list_entry *entry, const char *line, size_t size,
                                   const imgmatch_limits *limits, imgmatch_diag *diag);

/* Fill an entry from a CSV record with as many fields as the header. */
imgmatch_status imx_list_read_record(imx_list_entry *entry, const imx_csv_record *header,
                                     const imx_csv_record *record, const imgmatch_limits *limits,
                                     imgmatch_diag *diag);

#endif
