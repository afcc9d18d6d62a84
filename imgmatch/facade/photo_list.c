/*
 * Photo lists: one record at a time through a bounded window on the file (photo_list_source.c),
 * read as CSV or JSON (photo_list_csv.c, photo_list_json.c), made into an imgmatch_photo here.
 */
#include "facade/photo_list.h"

#include "base/diag.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/memory.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct imgmatch_photo_list {
    imx_list_source source;
    imgmatch_limits limits;
    char *name;   /* As messages show the list. */
    char *folder; /* Of the list, NULL for standard input: paths are taken as they are. */
    bool is_csv;
    imx_csv_record header;
    imx_csv_record record;
    uint64_t line;
    bool started; /* An entry was read, or one that is malformed. */
    imx_list_entry entry;
    char *resolved; /* The entry's path, from the folder of the list. */
    imgmatch_photo photo;
};

static const char *const known_keys[IMX_LIST_KNOWN_KEYS] = {"path", "id", "product", "brand",
                                                            "source"};

const char *imx_list_key_name(int known_key) { return known_keys[known_key]; }

int imx_list_known_key(const char *key) {
    for (int i = 0; i < IMX_LIST_KNOWN_KEYS; i++) {
        if (strcmp(key, known_keys[i]) == 0) {
            return i;
        }
    }
    return -1;
}

char **imx_list_entry_text(imx_list_entry *entry, int known_key) {
    char **const texts[IMX_LIST_KNOWN_KEYS] = {&entry->path, &entry->id, &entry->product,
                                               &entry->brand, &entry->source};
    return texts[known_key];
}

imgmatch_status imx_list_take_metadata(char **out, imx_buffer *buffer, bool none,
                                       const imgmatch_limits *limits, imgmatch_diag *diag) {
    size_t size = 0;
    *out = none ? NULL : (char *)imx_buffer_take(buffer, &size);
    imx_buffer_free(buffer);
    if (none) {
        return IMGMATCH_OK;
    }
    if (*out == NULL) {
        return imx_fail_memory(diag);
    }
    if (size > limits->max_metadata_bytes) {
        free(*out);
        *out = NULL;
        return imx_fail(diag, IMGMATCH_ERR_SYNTAX, "the metadata is longer than %u bytes",
                        limits->max_metadata_bytes);
    }
    return IMGMATCH_OK;
}

static void clear_entry(imgmatch_photo_list *list) {
    for (int i = 0; i < IMX_LIST_KNOWN_KEYS; i++) {
        free(*imx_list_entry_text(&list->entry, i));
    }
    free(list->entry.metadata);
    free(list->resolved);
    list->entry = (imx_list_entry){0};
    list->resolved = NULL;
    list->photo = (imgmatch_photo)IMGMATCH_PHOTO_INIT;
}

/* Fail with a message that names the list and the line. */
static imgmatch_status fail_at(const imgmatch_photo_list *list, imgmatch_status status,
                               const char *reason, imgmatch_diag *diag) {
    return imx_fail(diag, status, "%.200s, line %llu: %s", list->name,
                    (unsigned long long)list->line, reason);
}

static imgmatch_status fail_too_long(const imgmatch_photo_list *list, imgmatch_diag *diag) {
    return imx_fail(diag, IMGMATCH_ERR_SYNTAX, "%.200s, line %llu: longer than %u bytes",
                    list->name, (unsigned long long)list->line, list->limits.max_line_bytes);
}

/* Give the malformed record up and fail, unless something worse happens on the way. */
static imgmatch_status skip_and_fail(imgmatch_photo_list *list, imgmatch_status failure,
                                     imgmatch_diag *diag) {
    imgmatch_status status = imx_list_source_skip_line(&list->source, diag);
    return status == IMGMATCH_OK ? failure : status;
}

/* Bring the next CSV record into list->record; *found is false at the end of the file. */
static imgmatch_status next_record(bool *found, imgmatch_photo_list *list, imgmatch_diag *diag) {
    imgmatch_diag own = IMGMATCH_DIAG_INIT;
    imgmatch_status status =
        imx_list_next_record(found, &list->line, &list->record, &list->source, &own);
    if (status == IMGMATCH_ERR_SYNTAX) {
        return fail_at(list, status, own.message, diag);
    }
    return status == IMGMATCH_OK ? status : imx_fail(diag, status, "%s", own.message);
}

static bool is_blank(const uint8_t *text, size_t size) {
    size_t i = 0;
    while (i < size && (text[i] == ' ' || text[i] == '\t' || text[i] == '\r')) {
        i++;
    }
    return i == size;
}

/* Find the next line that is not blank: `*size` bytes at the window's start, without a line end.
 * *found is false at the end of the file. */
static imgmatch_status next_line(bool *found, size_t *size, imgmatch_photo_list *list,
                                 imgmatch_diag *diag) {
    imx_list_source *source = &list->source;
    *found = false;
    for (;;) {
        const uint8_t *at = imx_list_source_at(source);
        size_t available = imx_list_source_size(source);
        const uint8_t *newline = available == 0 ? NULL : memchr(at, '\n', available);
        list->line = source->line;
        if (newline != NULL || (source->at_end && available > 0)) {
            *size = newline == NULL ? available : (size_t)(newline - at);
            *found = !is_blank(at, *size);
            if (*found) {
                return IMGMATCH_OK;
            }
            imx_list_source_skip(source, *size + (newline == NULL ? 0 : 1));
            continue;
        }
        bool grown;
        imgmatch_status status = imx_list_source_grow(&grown, source, diag);
        if (status != IMGMATCH_OK || (available == 0 && source->at_end)) {
            return status;
        }
        if (!grown && !source->at_end) {
            return skip_and_fail(list, fail_too_long(list, diag), diag);
        }
    }
}

/* Make the photo out of the entry. */
static imgmatch_status finish_entry(imgmatch_photo_list *list, imgmatch_diag *diag) {
    imx_list_entry *entry = &list->entry;
    if (entry->path == NULL || entry->path[0] == '\0') {
        return imx_fail(diag, IMGMATCH_ERR_SYNTAX, "there is no path");
    }
    bool as_written = entry->path[0] == '/' || list->folder == NULL;
    list->resolved =
        as_written ? imx_copy_text(entry->path) : imx_file_join(list->folder, entry->path);
    if (list->resolved == NULL) {
        return imx_fail_memory(diag);
    }
    list->photo.path = list->resolved;
    list->photo.id = entry->id == NULL || entry->id[0] == '\0' ? entry->path : entry->id;
    list->photo.product = entry->product;
    list->photo.brand = entry->brand;
    list->photo.source = entry->source == NULL || entry->source[0] == '\0' ? NULL : entry->source;
    list->photo.metadata = entry->metadata;
    return IMGMATCH_OK;
}

/* Read the line of JSON at the window's start. A list that starts otherwise may be CSV under
 * another name. */
static imgmatch_status read_json_line(imgmatch_photo_list *list, size_t size, imgmatch_diag *diag) {
    const char *line = (const char *)imx_list_source_at(&list->source);
    imgmatch_diag own = IMGMATCH_DIAG_INIT;
    bool is_odd = !list->started && line[0] != '{';
    imgmatch_status status = imx_list_read_json(&list->entry, line, size, &list->limits, &own);
    list->started = true;
    if (status == IMGMATCH_OK) {
        return status;
    }
    return imx_fail(diag, status, "%s%s", own.message,
                    is_odd && status == IMGMATCH_ERR_SYNTAX
                        ? " (a list is read as CSV when its name ends in .csv, else as JSON Lines)"
                        : "");
}

/* Read the next record into the entry. Its line is behind the window whatever comes out. */
static imgmatch_status read_entry(bool *found, imgmatch_photo_list *list, imgmatch_diag *diag) {
    imgmatch_diag inner = IMGMATCH_DIAG_INIT;
    imgmatch_status status;
    if (list->is_csv) {
        status = next_record(found, list, diag);
        if (status != IMGMATCH_OK || !*found) {
            return status;
        }
        status =
            imx_list_read_record(&list->entry, &list->header, &list->record, &list->limits, &inner);
    } else {
        size_t size = 0;
        status = next_line(found, &size, list, diag);
        if (status != IMGMATCH_OK || !*found) {
            return status;
        }
        status = read_json_line(list, size, &inner);
        imgmatch_status skipped = imx_list_source_skip_line(&list->source, &inner);
        status = status == IMGMATCH_OK ? skipped : status;
    }
    if (status == IMGMATCH_OK) {
        status = finish_entry(list, &inner);
    }
    return status == IMGMATCH_OK ? status : fail_at(list, status, inner.message, diag);
}

imgmatch_status imgmatch_photo_list_next(const imgmatch_photo **photo, imgmatch_photo_list *list,
                                         imgmatch_diag *diag) {
    if (photo == NULL || list == NULL) {
        return imx_fail(diag, IMGMATCH_ERR_ARGUMENT, "photo or list is NULL");
    }
    *photo = NULL;
    clear_entry(list);
    bool found = false;
    imgmatch_status status = read_entry(&found, list, diag);
    if (status != IMGMATCH_OK) {
        clear_entry(list);
    } else if (found) {
        *photo = &list->photo;
    }
    return status;
}

/* The window holds the whole of the next entry, or something malformed with its line end, which is
 * as good: reading on does not wait. */
static bool has_entry(imgmatch_photo_list *list) {
    const uint8_t *at = imx_list_source_at(&list->source);
    size_t left = imx_list_source_size(&list->source);
    while (left > 0) {
        size_t line = imx_list_source_line_size(&list->source, at);
        size_t size = line;
        const char *problem = "";
        if (list->is_csv) {
            imx_csv_found what = imx_csv_read(&list->record, &size, &problem, at, left, false);
            if (what != IMX_CSV_RECORD) {
                return what == IMX_CSV_NO_MEMORY || (what == IMX_CSV_MALFORMED && line > 0);
            }
            if (list->record.count > 0) {
                return true;
            }
        } else if (line == 0 || !is_blank(at, line - 1)) {
            return line > 0;
        }
        at += size;
        left -= size;
    }
    return false;
}

bool imgmatch_photo_list_waits(int *fd, imgmatch_photo_list *list) {
    if (fd != NULL) {
        *fd = list != NULL ? list->source.fd : -1;
    }
    bool grown = fd != NULL && list != NULL;
    while (grown && !has_entry(list)) {
        if (imx_list_source_waits(&list->source)) {
            return true;
        }
        if (imx_list_source_grow(&grown, &list->source, NULL) != IMGMATCH_OK) {
            return false;
        }
    }
    return false;
}

uint64_t imgmatch_photo_list_line(const imgmatch_photo_list *list) {
    return list != NULL ? list->line : 0;
}

static imgmatch_status read_header(imgmatch_photo_list *list, imgmatch_diag *diag) {
    bool found;
    imgmatch_status status = next_record(&found, list, diag);
    if (status != IMGMATCH_OK) {
        return status;
    }
    if (!found) {
        return fail_at(list, IMGMATCH_ERR_SYNTAX, "there is no header", diag);
    }
    list->header = list->record;
    imx_buffer_init(&list->record.text, SIZE_MAX / 4); /* The header keeps the other one. */
    return imx_list_check_header(&list->header, list->name, list->line, diag);
}

/* See the first bytes: leave a byte order mark behind, and tell the format of standard input. */
static imgmatch_status look_at_start(imgmatch_photo_list *list, bool is_stdin,
                                     imgmatch_diag *diag) {
    imx_list_source *source = &list->source;
    imgmatch_status status = imx_list_source_skip_mark(source, diag);
    if (status != IMGMATCH_OK) {
        return status;
    }
    if (is_stdin) {
        list->is_csv = imx_list_source_size(source) == 0 || imx_list_source_at(source)[0] != '{';
    }
    source->cr_ends = list->is_csv;
    return list->is_csv ? read_header(list, diag) : IMGMATCH_OK;
}

static bool ends_with(const char *path, const char *suffix) {
    size_t size = strlen(path), length = strlen(suffix);
    return size >= length && strcasecmp(path + size - length, suffix) == 0;
}

/* Spreadsheets' other formats would be read as JSON Lines, of which each line is told to be none.
 */
static imgmatch_status check_name(const imgmatch_photo_list *list, imgmatch_diag *diag) {
    static const char *const tables[] = {".tsv", ".tab", ".xls", ".xlsx", ".ods"};
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        if (ends_with(list->name, tables[i])) {
            return imx_fail(diag, IMGMATCH_ERR_SYNTAX,
                            "%.200s: a list is CSV, with commas and a name that ends in .csv, or "
                            "JSON Lines; save it as one of these",
                            list->name);
        }
    }
    return IMGMATCH_OK;
}

static imgmatch_status open_list(imgmatch_photo_list *list, const char *path, imgmatch_diag *diag) {
    bool is_stdin = strcmp(path, "-") == 0;
    const char *slash = is_stdin ? NULL : strrchr(path, '/');
    list->is_csv = ends_with(path, ".csv");
    list->name = imx_copy_text(is_stdin ? "standard input" : slash == NULL ? path : slash + 1);
    if (slash != NULL) {
        list->folder = imx_copy_bytes(path, (size_t)(slash - path) + 1);
    }
    if (list->name == NULL || (slash != NULL && list->folder == NULL)) {
        return imx_fail_memory(diag);
    }
    imx_buffer_init(&list->record.text, SIZE_MAX / 4); /* The window bounds a record. */
    imgmatch_status status = check_name(list, diag);
    if (status == IMGMATCH_OK) {
        status = imx_list_source_open(&list->source, path, list->name, list->limits.max_line_bytes,
                                      diag);
    }
    return status == IMGMATCH_OK ? look_at_start(list, is_stdin, diag) : status;
}

imgmatch_status imgmatch_photo_list_open(imgmatch_photo_list **out, const char *path,
                                         const imgmatch_limits *limits, imgmatch_diag *diag) {
    if (out == NULL || path == NULL) {
        return imx_fail(diag, IMGMATCH_ERR_ARGUMENT, "out or path is NULL");
    }
    *out = NULL;
    if (imx_limits_check(&limits, diag) != IMGMATCH_OK) {
        return IMGMATCH_ERR_ARGUMENT;
    }
    if (limits->max_line_bytes < 16) {
        return imx_fail(diag, IMGMATCH_ERR_ARGUMENT, "max_line_bytes is %u, less than 16",
                        limits->max_line_bytes);
    }
    imgmatch_photo_list *list = imx_new_array(1, sizeof *list);
    if (list == NULL) {
        return imx_fail_memory(diag);
    }
    list->limits = *limits;
    list->source.fd = -1;
    imgmatch_status status = open_list(list, path, diag);
    if (status != IMGMATCH_OK) {
        imgmatch_photo_list_close(list);
        return status;
    }
    *out = list;
    return IMGMATCH_OK;
}

void imgmatch_photo_list_close(imgmatch_photo_list *list) {
    if (list == NULL) {
        return;
    }
    clear_entry(list);
    imx_list_source_close(&list->source);
    imx_buffer_free(&list->header.text);
    imx_buffer_free(&list->record.text);
    free(list->name);
    free(list->folder);
    free(list);
}
