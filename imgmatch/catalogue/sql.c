#include "catalogue/sql.h"

#include "base/diag.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/process_key.h"
#include "catalogue/database_files.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#define MAX_STATEMENTS 40
/* Longer than recovering the log after a crash takes. */
#define BUSY_TIMEOUT_MS 10000
/* A reader in the midst of a listing is not waited for. */
#define CHECKPOINT_TIMEOUT_MS 100
/* Largest text or blob: sketch and metadata are bounded well below. */
#define MAX_VALUE_BYTES (16 << 20)

struct imx_statement {
    imx_sql *sql;
    const char *text;
    sqlite3_stmt *inner;
    int bind_error; /* The first one. */
    bool in_use;
};

struct imx_sql {
    sqlite3 *inner;
    char *path;
    bool left_over; /* A transaction that was to end may still be open. */
    size_t count;
    imx_statement statements[MAX_STATEMENTS];
};

static imgmatch_status status_of(int code) {
    switch (code & 0xff) {
    case SQLITE_NOMEM:
        return IMGMATCH_ERR_MEMORY;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return IMGMATCH_ERR_BUSY;
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
    case SQLITE_PROTOCOL:
        return IMGMATCH_ERR_IO;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_ERROR:      /* Our statements are right, so the schema is not ours. */
    case SQLITE_CONSTRAINT: /* We never write rows that break one. */
    case SQLITE_MISMATCH:
    case SQLITE_FORMAT:
    case SQLITE_SCHEMA:
    case SQLITE_TOOBIG:
        return IMGMATCH_ERR_CATALOGUE;
    default:
        return IMGMATCH_ERR_INTERNAL;
    }
}

/* SQLite's own descriptor; NULL while it has not opened the file. */
static sqlite3_file *open_file(const imx_sql *sql, imx_sql_file which) {
    sqlite3_file *file = NULL;
    int what = which == IMX_SQL_LOG ? SQLITE_FCNTL_JOURNAL_POINTER : SQLITE_FCNTL_FILE_POINTER;
    int code = sqlite3_file_control(sql->inner, NULL, what, &file);
    return code == SQLITE_OK && file != NULL && file->pMethods != NULL ? file : NULL;
}

/* What the disk said when one of the two files could last not be read; 0 if it always could. */
static int find_read_error(const imx_sql *sql) {
    static const imx_sql_file files[] = {IMX_SQL_DATABASE, IMX_SQL_LOG};
    int error = 0;
    for (size_t i = 0; error == 0 && i < sizeof files / sizeof *files; i++) {
        sqlite3_file *file = open_file(sql, files[i]);
        if (file != NULL &&
            file->pMethods->xFileControl(file, SQLITE_FCNTL_LAST_ERRNO, &error) != SQLITE_OK) {
            error = 0;
        }
    }
    return error;
}

static imgmatch_status fail_code(const imx_sql *sql, int code, imgmatch_diag *diag) {
    imgmatch_status status = status_of(code);
    if (status == IMGMATCH_ERR_MEMORY) {
        return imx_fail_memory(diag);
    }
    const char *reason = sql->inner != NULL ? sqlite3_errmsg(sql->inner) : sqlite3_errstr(code);
    int system_error = sql->inner != NULL ? sqlite3_system_errno(sql->inner) : 0;
    if ((code & 0xff) == SQLITE_CORRUPT && sql->inner != NULL) {
        /* To SQLite a file is damaged, too, that the disk did not give. */
        int error = find_read_error(sql);
        if (error == EIO || error == ENXIO) {
            return imx_fail_errno(diag, error, "read", sql->path);
        }
    }
    if (status == IMGMATCH_ERR_CATALOGUE) {
        (void)imx_fail(diag, status, "%s is damaged: %s", sql->path, reason);
    } else if (status == IMGMATCH_ERR_IO && system_error != 0) {
        (void)imx_fail(diag, status, "%s: %s (%s)", sql->path, reason, strerror(system_error));
    } else {
        (void)imx_fail(diag, status, "%s: %s", sql->path, reason);
    }
    return status; /* Which is never OK; what imx_fail returns is not known to static analysis. */
}

bool imx_sql_is_out_of_memory(const imx_sql *sql) {
    return sqlite3_errcode(sql->inner) == SQLITE_NOMEM;
}

imgmatch_status imx_sql_fail_damaged(imx_sql *sql, const char *what, imgmatch_diag *diag) {
    if (imx_sql_is_out_of_memory(sql)) {
        return imx_fail_memory(diag);
    }
    return imx_fail(diag, IMGMATCH_ERR_CATALOGUE, "%s is damaged: %s does not fit its checksum",
                    sql->path, what);
}

imgmatch_status imx_sql_fail_unsound(const imx_sql *sql, const char *what, imgmatch_diag *diag) {
    return imx_fail(diag, IMGMATCH_ERR_CATALOGUE, "%s is damaged: %s", sql->path, what);
}

/* A database file may be hostile: no code in its schema runs, no part of it is trusted. */
static int harden(sqlite3 *inner) {
    static const int switches[][2] = {{SQLITE_DBCONFIG_DEFENSIVE, 1},
                                      {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
                                      {SQLITE_DBCONFIG_ENABLE_TRIGGER, 0},
                                      {SQLITE_DBCONFIG_ENABLE_VIEW, 0},
                                      {SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0}};
    int code = SQLITE_OK;
    for (size_t i = 0; code == SQLITE_OK && i < sizeof switches / sizeof *switches; i++) {
        code = sqlite3_db_config(inner, switches[i][0], switches[i][1], (int *)NULL);
    }
    (void)sqlite3_limit(inner, SQLITE_LIMIT_LENGTH, MAX_VALUE_BYTES);
    (void)sqlite3_limit(inner, SQLITE_LIMIT_SQL_LENGTH, 1 << 16);
    (void)sqlite3_limit(inner, SQLITE_LIMIT_ATTACHED, 0);
    (void)sqlite3_extended_result_codes(inner, 1);
    return code == SQLITE_OK ? sqlite3_busy_timeout(inner, BUSY_TIMEOUT_MS) : code;
}

static imgmatch_status configure(imx_sql *sql, imx_sql_mode mode, imgmatch_diag *diag) {
    int code = harden(sql->inner);
    if (code != SQLITE_OK) {
        return fail_code(sql, code, diag);
    }
    imgmatch_status status = imx_sql_run(sql,
                                         "PRAGMA cell_size_check=ON;"
                                         "PRAGMA mmap_size=0;"
                                         "PRAGMA temp_store=MEMORY;"
                                         "PRAGMA foreign_keys=ON;",
                                         diag);
    if (status != IMGMATCH_OK || mode == IMX_SQL_READ) {
        return status;
    }
    if (mode == IMX_SQL_WRITE) {
        /* A log that turns out to be damaged must not be emptied by closing: what is behind the
         * damage would be lost for good. */
        code = sqlite3_db_config(sql->inner, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, (int *)NULL);
        if (code != SQLITE_OK) {
            return fail_code(sql, code, diag);
        }
    }
    /* secure_delete: what was removed is not to be found in the file. */
    return imx_sql_run(sql, "PRAGMA synchronous=FULL; PRAGMA secure_delete=ON;", diag);
}

/* Nobody can change the file, and there is no log beside it that had to be read with it. */
static bool is_immutable(const char *path) {
    struct statvfs system;
    if (statvfs(path, &system) != 0 || (system.f_flag & ST_RDONLY) == 0) {
        return false;
    }
    size_t size = strlen(path) + sizeof "-wal";
    char *log = imx_new_array(size, 1);
    if (log == NULL) {
        return false;
    }
    struct stat info;
    (void)snprintf(log, size, "%s-wal", path);
    bool empty = stat(log, &info) != 0 || info.st_size == 0;
    free(log);
    return empty;
}

/* SQLite may be built to take a path that begins with "file:" for a URI, of another file. */
static int open_path(sqlite3 **inner, const char *path, int flags) {
    if (strncmp(path, "file:", strlen("file:")) != 0) {
        return sqlite3_open_v2(path, inner, flags, NULL);
    }
    char *plain = imx_file_join(".", path);
    if (plain == NULL) {
        return SQLITE_NOMEM;
    }
    int code = sqlite3_open_v2(plain, inner, flags, NULL);
    free(plain);
    return code;
}

/* "file:PATH?immutable=1", "file://" before an absolute path, with what a URI keeps to itself
 * escaped. */
static char *immutable_uri(const char *path) {
    static const char tail[] = "?immutable=1", digits[] = "0123456789abcdef";
    /* An empty name of a machine, lest the start of "//PATH" is taken for one. */
    const char *head = path[0] == '/' ? "file://" : "file:";
    size_t size = strlen(path);
    if (size > 65536) {
        return NULL;
    }
    char *uri = imx_new_array(strlen(head) + 3 * size + sizeof tail, 1);
    if (uri == NULL) {
        return NULL;
    }
    size_t used = strlen(head);
    memcpy(uri, head, used);
    for (size_t i = 0; i < size; i++) {
        unsigned char byte = (unsigned char)path[i];
        if (byte == '?' || byte == '#' || byte == '%') {
            uri[used++] = '%';
            uri[used++] = digits[byte >> 4];
            uri[used++] = digits[byte & 15];
        } else {
            uri[used++] = (char)byte;
        }
    }
    memcpy(uri + used, tail, sizeof tail);
    return uri;
}

static int open_inner(imx_sql *sql, const char *path, imx_sql_mode mode) {
    int flags = SQLITE_OPEN_NOMUTEX;
    if (mode != IMX_SQL_READ) {
        flags |= SQLITE_OPEN_READWRITE | (mode == IMX_SQL_CREATE ? SQLITE_OPEN_CREATE : 0);
        return open_path(&sql->inner, path, flags);
    }
    flags |= SQLITE_OPEN_READONLY;
    if (!is_immutable(path)) {
        return open_path(&sql->inner, path, flags);
    }
    char *uri = immutable_uri(path);
    if (uri == NULL) {
        return SQLITE_NOMEM;
    }
    int code = sqlite3_open_v2(uri, &sql->inner, flags | SQLITE_OPEN_URI, NULL);
    free(uri);
    return code;
}

/* The key of the process that has connections, in the upper half, and how many. A child that is
 * forked then inherits what SQLite notes of its parent's locks, which are none of the child's: its
 * connections would read, and write, without. */
static _Atomic uint64_t connections;

static bool is_inherited(uint64_t seen) {
    return (uint32_t)(seen >> 32) != imx_process_key() && (uint32_t)seen > 0;
}

static imgmatch_status fail_inherited(const char *path, imgmatch_diag *diag) {
    return imx_fail(diag, IMGMATCH_ERR_UNSUPPORTED,
                    "%s: this process was forked while a catalogue was open, and locks do not "
                    "survive that: fork first, or start a program in the child",
                    path);
}

imgmatch_status imx_sql_check_process(const char *path, imgmatch_diag *diag) {
    return is_inherited(atomic_load(&connections)) ? fail_inherited(path, diag) : IMGMATCH_OK;
}

static bool count_in(void) {
    uint64_t seen = atomic_load(&connections), next;
    do {
        if (is_inherited(seen)) {
            return false;
        }
        next = ((uint64_t)imx_process_key() << 32) + (uint32_t)seen + 1;
    } while (!atomic_compare_exchange_weak(&connections, &seen, next));
    return true;
}

static void count_out(void) { (void)atomic_fetch_sub(&connections, 1); }

imgmatch_status imx_sql_open(imx_sql **out, const char *path, imx_sql_mode mode,
                             imgmatch_diag *diag) {
    *out = NULL;
    if (sqlite3_threadsafe() == 0) {
        return imx_fail(diag, IMGMATCH_ERR_UNSUPPORTED, "this SQLite is built without threads");
    }
    if (mode != IMX_SQL_CREATE) {
        imgmatch_status status = imx_database_files_check(path, diag);
        if (status != IMGMATCH_OK) {
            return status;
        }
    }
    imx_sql *sql = imx_new_array(1, sizeof *sql);
    if (sql == NULL || (sql->path = imx_copy_text(path)) == NULL) {
        free(sql);
        return imx_fail_memory(diag);
    }
    if (!count_in()) {
        free(sql->path);
        free(sql);
        return fail_inherited(path, diag);
    }
    int code = open_inner(sql, path, mode);
    imgmatch_status status =
        code == SQLITE_OK ? configure(sql, mode, diag) : fail_code(sql, code, diag);
    if (status == IMGMATCH_OK && mode != IMX_SQL_CREATE) {
        /* Keep the log's files for readers that may not make them. */
        int keep = 1;
        (void)sqlite3_file_control(sql->inner, NULL, SQLITE_FCNTL_PERSIST_WAL, &keep);
    }
    if (status != IMGMATCH_OK) {
        imx_sql_close(sql);
        return status;
    }
    *out = sql;
    return IMGMATCH_OK;
}

void imx_sql_close(imx_sql *sql) {
    if (sql == NULL) {
        return;
    }
    for (size_t i = 0; i < sql->count; i++) {
        (void)sqlite3_finalize(sql->statements[i].inner);
    }
    (void)sqlite3_close(sql->inner);
    count_out();
    free(sql->path);
    free(sql);
}

const char *imx_sql_path(const imx_sql *sql) { return sql->path; }

imgmatch_status imx_sql_read_file(size_t *got, void *out, size_t size, imx_sql *sql,
                                  imx_sql_file which, uint64_t offset, imgmatch_diag *diag) {
    const char *suffix = which == IMX_SQL_LOG ? "-wal" : "";
    *got = 0;
    sqlite3_file *file = open_file(sql, which);
    if (file == NULL) {
        return imx_fail(diag, IMGMATCH_ERR_IO, "%s%s: SQLite has not opened it", sql->path, suffix);
    }
    sqlite3_int64 end = 0;
    int code = file->pMethods->xFileSize(file, &end);
    if (code == SQLITE_OK && end > 0 && offset < (uint64_t)end) {
        uint64_t left = (uint64_t)end - offset;
        *got = left < size ? (size_t)left : size;
        code = file->pMethods->xRead(file, out, (int)*got, (sqlite3_int64)offset);
        /* The file was cut meanwhile, and what is missing reads as zeros. */
        code = code == SQLITE_IOERR_SHORT_READ ? SQLITE_OK : code;
    }
    if (code != SQLITE_OK) {
        *got = 0;
        return imx_fail(diag, status_of(code), "%s%s: %s", sql->path, suffix, sqlite3_errstr(code));
    }
    return IMGMATCH_OK;
}

static imgmatch_status execute_now(imx_sql *sql, const char *text, imgmatch_diag *diag) {
    int code = sqlite3_exec(sql->inner, text, NULL, NULL, NULL);
    return code == SQLITE_OK ? IMGMATCH_OK : fail_code(sql, code, diag);
}

bool imx_sql_is_in_transaction(const imx_sql *sql) {
    return sqlite3_get_autocommit(sql->inner) == 0;
}

static imgmatch_status end_transaction(imx_sql *sql, imgmatch_diag *diag) {
    imgmatch_status status =
        imx_sql_is_in_transaction(sql) ? execute_now(sql, "ROLLBACK", diag) : IMGMATCH_OK;
    sql->left_over = status != IMGMATCH_OK;
    return status;
}

/* Before each statement: in a transaction that is left over it would see the past, or join a change
 * that was given up. */
static imgmatch_status end_left_over(imx_sql *sql, imgmatch_diag *diag) {
    return sql->left_over ? end_transaction(sql, diag) : IMGMATCH_OK;
}

imgmatch_status imx_sql_checkpoint(imx_sql *sql, imgmatch_diag *diag) {
    imgmatch_status status = end_left_over(sql, diag);
    if (status != IMGMATCH_OK) {
        return status;
    }
    (void)sqlite3_busy_timeout(sql->inner, CHECKPOINT_TIMEOUT_MS);
    int code = sqlite3_wal_checkpoint_v2(sql->inner, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    (void)sqlite3_busy_timeout(sql->inner, BUSY_TIMEOUT_MS);
    return code == SQLITE_OK ? IMGMATCH_OK : fail_code(sql, code, diag);
}

imgmatch_status imx_sql_run(imx_sql *sql, const char *text, imgmatch_diag *diag) {
    imgmatch_status status = end_left_over(sql, diag);
    return status == IMGMATCH_OK ? execute_now(sql, text, diag) : status;
}

static imgmatch_status run_prepared(imx_sql *sql, const char *text, imgmatch_diag *diag) {
    imx_statement *statement = NULL;
    imgmatch_status status = imx_sql_prepare(&statement, sql, text, diag);
    return status == IMGMATCH_OK ? imx_sql_execute(statement, diag) : status;
}

static imgmatch_status begin(imx_sql *sql, const char *text, imgmatch_diag *diag) {
    imgmatch_status status = end_transaction(sql, diag);
    return status == IMGMATCH_OK ? run_prepared(sql, text, diag) : status;
}

imgmatch_status imx_sql_begin_read(imx_sql *sql, imgmatch_diag *diag) {
    return begin(sql, "BEGIN", diag);
}

imgmatch_status imx_sql_begin_write(imx_sql *sql, imgmatch_diag *diag) {
    return begin(sql, "BEGIN IMMEDIATE", diag);
}

imgmatch_status imx_sql_commit(imx_sql *sql, imgmatch_diag *diag) {
    return run_prepared(sql, "COMMIT", diag);
}

void imx_sql_rollback(imx_sql *sql) { (void)end_transaction(sql, NULL); }

imgmatch_status imx_sql_prepare(imx_statement **out, imx_sql *sql, const char *text,
                                imgmatch_diag *diag) {
    *out = NULL;
    imgmatch_status status = end_left_over(sql, diag);
    if (status != IMGMATCH_OK) {
        return status;
    }
    for (size_t i = 0; i < sql->count; i++) {
        imx_statement *known = &sql->statements[i];
        if (known->text == text || strcmp(known->text, text) == 0) {
            if (known->in_use) {
                return imx_fail(diag, IMGMATCH_ERR_INTERNAL, "a statement is used twice at a time");
            }
            known->in_use = true;
            *out = known;
            return IMGMATCH_OK;
        }
    }
    if (sql->count == MAX_STATEMENTS) {
        return imx_fail(diag, IMGMATCH_ERR_INTERNAL, "too many statements");
    }
    imx_statement *statement = &sql->statements[sql->count];
    int code = sqlite3_prepare_v3(sql->inner, text, -1, SQLITE_PREPARE_PERSISTENT,
                                  &statement->inner, NULL);
    if (code != SQLITE_OK) {
        return fail_code(sql, code, diag);
    }
    statement->sql = sql;
    statement->text = text;
    statement->in_use = true;
    sql->count++;
    *out = statement;
    return IMGMATCH_OK;
}

static void note_bind(imx_statement *statement, int code) {
    if (statement->bind_error == SQLITE_OK) {
        statement->bind_error = code;
    }
}

void imx_sql_bind_int(imx_statement *statement, int index, int64_t value) {
    note_bind(statement, sqlite3_bind_int64(statement->inner, index, value));
}

void imx_sql_bind_text(imx_statement *statement, int index, const char *text) {
    note_bind(statement, sqlite3_bind_text(statement->inner, index, text, -1, SQLITE_STATIC));
}

void imx_sql_bind_blob(imx_statement *statement, int index, const void *bytes, size_t size) {
    /* A NULL pointer would bind NULL. */
    note_bind(statement, sqlite3_bind_blob64(statement->inner, index, size == 0 ? "" : bytes, size,
                                             SQLITE_STATIC));
}

imgmatch_status imx_sql_step(bool *row, imx_statement *statement, imgmatch_diag *diag) {
    *row = false;
    if (statement->bind_error != SQLITE_OK) {
        return fail_code(statement->sql, statement->bind_error, diag);
    }
    int code = sqlite3_step(statement->inner);
    if (code != SQLITE_ROW && code != SQLITE_DONE) {
        return fail_code(statement->sql, code, diag);
    }
    *row = code == SQLITE_ROW;
    return IMGMATCH_OK;
}

imgmatch_status imx_sql_execute(imx_statement *statement, imgmatch_diag *diag) {
    bool row = false;
    imgmatch_status status = imx_sql_step(&row, statement, diag);
    imx_sql_done(statement);
    return status;
}

int64_t imx_sql_int(imx_statement *statement, int column) {
    return sqlite3_column_int64(statement->inner, column);
}

const char *imx_sql_text(size_t *size, imx_statement *statement, int column) {
    /* Text first, bytes second: the order that SQLite asks for. */
    const unsigned char *text = sqlite3_column_text(statement->inner, column);
    int bytes = sqlite3_column_bytes(statement->inner, column);
    size_t used = text == NULL || bytes < 0 ? 0 : (size_t)bytes;
    if (size != NULL) {
        *size = used;
    }
    return text == NULL ? "" : (const char *)text;
}

const uint8_t *imx_sql_blob(size_t *size, imx_statement *statement, int column) {
    static const uint8_t nothing[1] = {0};
    const void *bytes = sqlite3_column_blob(statement->inner, column);
    int count = sqlite3_column_bytes(statement->inner, column);
    *size = bytes == NULL || count < 0 ? 0 : (size_t)count;
    return bytes == NULL ? nothing : bytes;
}

void imx_sql_done(imx_statement *statement) {
    if (statement == NULL) {
        return;
    }
    /* The code repeats the last step's, which has been reported. */
    (void)sqlite3_reset(statement->inner);
    (void)sqlite3_clear_bindings(statement->inner);
    statement->bind_error = SQLITE_OK;
    statement->in_use = false;
}
