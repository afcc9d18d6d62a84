/*
 * Traces: the bytes of an id, of hashes, and of pieces of embeddings, sketch and SHA-256, in
 * whatever file of the folder they are.
 *
 * SQLite may split a long value over pages, and an index keeps centres as floats, of which one may
 * be of a single embedding: so embeddings are looked for piece by piece, as halves and as floats.
 * Pieces that are not distinctive (a run of zeros) are left out. What another item of the catalogue
 * has as well (the id within its source, the hash of the same photo) is there for good reason; it
 * is counted, not looked for.
 */
#include "catalogue/traces.h"

#include "catalogue/schema.h"
#include "catalogue/store_parts.h"

#include "base/diag.h"
#include "base/file.h"
#include "base/folder.h"
#include "base/half.h"
#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PIECE_BYTES 64u
#define PIECES 4u /* Of one value, spread over it. */
#define MIN_DISTINCT 12
#define MIN_ID_BYTES 4u
#define MAX_PATTERNS (2 + IMX_MAX_VIEWS * (1 + 2 * PIECES) + PIECES)
#define WINDOW_BYTES (1u << 20)
#define OVERLAP_BYTES 1024u /* Longer than any pattern. */

typedef enum trace_kind {
    TRACE_ID,
    TRACE_HASH,
    TRACE_VECTOR,
    TRACE_SKETCH,
    TRACE_SHA256
} trace_kind;
#define TRACE_KINDS 5

static const char *const kind_names[TRACE_KINDS] = {"id", "hash", "vector", "sketch", "SHA-256"};

typedef struct pattern {
    trace_kind kind;
    const uint8_t *bytes;
    size_t size;
} pattern;

typedef struct search {
    pattern patterns[MAX_PATTERNS];
    size_t count;
    uint8_t *window; /* OVERLAP_BYTES and WINDOW_BYTES. */
    float *floats;   /* Of all views. */
    imx_sql *sql;
    imgmatch_trace_report *report;
    void (*trace)(void *user, const char *line);
    void *user;
} search;

static void add_pattern(search *self, trace_kind kind, const void *bytes, size_t size) {
    self->patterns[self->count++] = (pattern){kind, bytes, size};
}

static bool is_distinctive(const uint8_t *bytes, size_t size) {
    bool seen[256] = {false};
    int distinct = 0;
    for (size_t i = 0; i < size; i++) {
        distinct += !seen[bytes[i]];
        seen[bytes[i]] = true;
    }
    return distinct >= MIN_DISTINCT;
}

static void add_pieces(search *self, trace_kind kind, const void *bytes, size_t size) {
    const uint8_t *at = bytes;
    size_t all = size / PIECE_BYTES;
    for (size_t i = 0; i < PIECES && i < all; i++) {
        const uint8_t *piece = at + i * all / (PIECES < all ? PIECES : all) * PIECE_BYTES;
        if (is_distinctive(piece, PIECE_BYTES)) {
            add_pattern(self, kind, piece, PIECE_BYTES);
        }
    }
}

static imgmatch_status add_prints(search *self, const imx_item_record *prints, uint32_t dimension,
                                  imgmatch_diag *diag) {
    self->floats = imx_new_array((size_t)prints->view_count * dimension, sizeof *self->floats);
    if (self->floats == NULL) {
        return imx_fail_memory(diag);
    }
    for (uint32_t i = 0; i < prints->view_count; i++) {
        const imx_view_record *view = &prints->views[i];
        float *floats = self->floats + (size_t)i * dimension;
        if (is_distinctive(view->pdq.hash, sizeof view->pdq.hash)) {
            add_pattern(self, TRACE_HASH, view->pdq.hash, sizeof view->pdq.hash);
        }
        if (view->embedding != NULL) {
            imx_half_to_float(floats, view->embedding, dimension);
            add_pieces(self, TRACE_VECTOR, view->embedding, dimension * sizeof *view->embedding);
            add_pieces(self, TRACE_VECTOR, floats, dimension * sizeof *floats);
        }
    }
    add_pieces(self, TRACE_SKETCH, prints->sketch, prints->sketch_size);
    if (prints->sha256[0] != '\0') {
        add_pattern(self, TRACE_SHA256, prints->sha256, strlen(prints->sha256));
    }
    return IMGMATCH_OK;
}

static void note(search *self, const char *name, trace_kind kind, uint64_t offset) {
    char line[512];
    (void)snprintf(line, sizeof line, "%.300s, byte %llu: the %s", name, (unsigned long long)offset,
                   kind_names[kind]);
    self->report->traces++;
    if (self->trace != NULL) {
        self->trace(self->user, line);
    }
}

static void search_window(search *self, bool found[TRACE_KINDS], const char *name, size_t size,
                          uint64_t offset) {
    for (size_t i = 0; i < self->count; i++) {
        const pattern *wanted = &self->patterns[i];
        const uint8_t *place =
            found[wanted->kind] ? NULL : memmem(self->window, size, wanted->bytes, wanted->size);
        if (place != NULL) {
            found[wanted->kind] = true;
            note(self, name, wanted->kind, offset + (uint64_t)(place - self->window));
        }
    }
}

/* A file of the folder: one that was opened here, or one that SQLite has open. */
typedef struct source {
    const char *name;
    imx_sql *sql; /* NULL: read `fd`. */
    imx_sql_file file;
    int fd;
} source;

static imgmatch_status read_source(size_t *got, uint8_t *out, const source *from, uint64_t offset,
                                   imgmatch_diag *diag) {
    if (from->sql != NULL) {
        return imx_sql_read_file(got, out, WINDOW_BYTES, from->sql, from->file, offset, diag);
    }
    int error = imx_file_read_at(got, out, WINDOW_BYTES, from->fd, offset);
    return error == 0 ? IMGMATCH_OK : imx_fail_errno(diag, error, "read", from->name);
}

static imgmatch_status search_source(search *self, const source *from, imgmatch_diag *diag) {
    bool found[TRACE_KINDS] = {false};
    uint64_t offset = 0; /* Of the window's start. */
    size_t kept = 0, got = 0;
    for (;;) {
        imgmatch_status status = read_source(&got, self->window + kept, from, offset + kept, diag);
        if (status != IMGMATCH_OK || got == 0) {
            return status;
        }
        size_t size = kept + got;
        search_window(self, found, from->name, size, offset);
        kept = size < OVERLAP_BYTES ? size : OVERLAP_BYTES;
        memmove(self->window, self->window + size - kept, kept);
        offset += size - kept;
    }
}

/* The files that SQLite locks, and its log. None of them is opened here, under whatever name: when
 * it was closed again, all locks on it of this process would be gone (imx_sql_read_file). */
typedef enum role { ROLE_DATABASE, ROLE_LOG, ROLE_LOG_INDEX, ROLE_OTHER } role;

static const char *const role_names[ROLE_OTHER] = {IMX_DATABASE_NAME, IMX_DATABASE_NAME "-wal",
                                                   IMX_DATABASE_NAME "-shm"};

static role role_of(const char *name, const struct stat *info, int folder) {
    for (int i = 0; i < ROLE_OTHER; i++) {
        struct stat own;
        if (strcmp(name, role_names[i]) == 0 ||
            (fstatat(folder, role_names[i], &own, 0) == 0 && own.st_dev == info->st_dev &&
             own.st_ino == info->st_ino)) {
            return (role)i;
        }
    }
    return ROLE_OTHER;
}

static imgmatch_status search_other(search *self, int folder, const char *name,
                                    imgmatch_diag *diag) {
    struct stat info;
    imgmatch_status status = IMGMATCH_OK;
    source from = {.name = name,
                   .fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)};
    if (from.fd < 0) { /* A file that went away meanwhile holds nothing. */
        return errno == ENOENT ? IMGMATCH_OK : imx_fail_errno(diag, errno, "read", name);
    }
    if (fstat(from.fd, &info) == 0 && S_ISREG(info.st_mode)) {
        self->report->files++;
        status = search_source(self, &from, diag);
    }
    (void)close(from.fd);
    return status;
}

static imgmatch_status search_entry(void *user, int folder, const char *name, imgmatch_diag *diag) {
    search *self = user;
    struct stat info;
    if (fstatat(folder, name, &info, 0) != 0) {
        return errno == ENOENT ? IMGMATCH_OK : imx_fail_errno(diag, errno, "read", name);
    }
    if (!S_ISREG(info.st_mode)) {
        return IMGMATCH_OK;
    }
    role found = role_of(name, &info, folder);
    if (found == ROLE_OTHER) {
        return search_other(self, folder, name, diag);
    }
    if (found == ROLE_LOG_INDEX) { /* Numbers of pages and checksums, nothing of an item. */
        return IMGMATCH_OK;
    }
    self->report->files++;
    if (info.st_size == 0) { /* As a log that SQLite does without. */
        return IMGMATCH_OK;
    }
    source from = {
        .name = name, .sql = self->sql, .file = found == ROLE_LOG ? IMX_SQL_LOG : IMX_SQL_DATABASE};
    return search_source(self, &from, diag);
}

static imgmatch_status count_rows(uint64_t *out, imx_sql *sql, const char *query, const char *id,
                                  const imgmatch_pdq *hash, imgmatch_diag *diag) {
    imx_statement *statement = NULL;
    imgmatch_status status = imx_sql_prepare(&statement, sql, query, diag);
    bool row = false;
    if (status == IMGMATCH_OK) {
        imx_sql_bind_text(statement, 1, id);
        if (hash != NULL) {
            imx_sql_bind_blob(statement, 2, hash->hash, sizeof hash->hash);
        }
        status = imx_sql_step(&row, statement, diag);
    }
    *out += row ? (uint64_t)imx_sql_int(statement, 0) : 0;
    imx_sql_done(statement);
    return status;
}

/* What the catalogue itself says of the item, and of others that have the same bytes. */
static imgmatch_status ask_database(imgmatch_trace_report *out, imx_sql *sql, const char *id,
                                    const imx_item_record *prints, imgmatch_diag *diag) {
    uint64_t itself = 0;
    imgmatch_status status =
        count_rows(&itself, sql, "SELECT count(*) FROM items WHERE id = ?1", id, NULL, diag);
    if (status == IMGMATCH_OK) {
        status = count_rows(&out->mentions, sql,
                            "SELECT count(*) FROM items WHERE id <> ?1 AND (instr(id, ?1) OR"
                            " instr(product, ?1) OR instr(brand, ?1) OR instr(source, ?1) OR"
                            " instr(metadata, ?1))",
                            id, NULL, diag);
    }
    for (uint32_t i = 0; prints != NULL && i < prints->view_count && status == IMGMATCH_OK; i++) {
        status = count_rows(&out->twins, sql,
                            "SELECT count(*) FROM views JOIN items ON items.seq = views.seq"
                            " WHERE id <> ?1 AND pdq = ?2",
                            id, &prints->views[i].pdq, diag);
    }
    out->in_catalogue = itself > 0;
    return status;
}

static imgmatch_status look_for(search *self, const imx_store *store, const char *id,
                                const imx_item_record *prints, imgmatch_diag *diag) {
    imgmatch_trace_report *out = self->report;
    imgmatch_status status = ask_database(out, self->sql, id, prints, diag);
    if (status != IMGMATCH_OK) {
        return status;
    }
    out->id_searched = out->mentions == 0 && strlen(id) >= MIN_ID_BYTES;
    out->prints_searched = prints != NULL && out->twins == 0;
    if (out->id_searched) {
        add_pattern(self, TRACE_ID, id, strlen(id));
    }
    if (out->prints_searched) {
        status = add_prints(self, prints, store->identity.made_by.dimension, diag);
    }
    return status == IMGMATCH_OK ? imx_folder_each(store->folder, search_entry, self, diag)
                                 : status;
}

imgmatch_status imx_store_find_traces(imgmatch_trace_report *out, const imx_store *store,
                                      const char *id, const imx_item_record *prints,
                                      void (*trace)(void *user, const char *line), void *user,
                                      imgmatch_diag *diag) {
    *out = (imgmatch_trace_report){.in_catalogue = false};
    search *self = imx_new_array(1, sizeof *self);
    if (self == NULL) {
        return imx_fail_memory(diag);
    }
    self->report = out;
    self->trace = trace;
    self->user = user;
    self->window = imx_new_array_raw(OVERLAP_BYTES + WINDOW_BYTES, 1);
    imgmatch_status status =
        self->window == NULL ? imx_fail_memory(diag) : imx_store_check_place(store, diag);
    if (status == IMGMATCH_OK) {
        status = imx_sql_open(&self->sql, store->database, IMX_SQL_READ, diag);
    }
    if (status == IMGMATCH_OK) {
        status = look_for(self, store, id, prints, diag);
    }
    imx_sql_close(self->sql);
    free(self->window);
    free(self->floats);
    free(self);
    return status;
}
