/*
 * A thin layer over SQLite: connections, statements that are compiled once, transactions, and
 * errors as our status and diag. The one place that includes sqlite3.h.
 *
 * A connection and its statements are used by one thread at a time; callers see to that.
 */
#ifndef IMX_CATALOGUE_SQL_H
#define IMX_CATALOGUE_SQL_H

#include <imgmatch/status.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct imx_sql imx_sql;             /* A connection. */
typedef struct imx_statement imx_statement; /* Owned by its connection. */

typedef enum imx_sql_mode {
    IMX_SQL_CREATE = 0, /* A new file, with a journal that is gone when it is closed. */
    IMX_SQL_WRITE = 1,
    IMX_SQL_READ = 2
} imx_sql_mode;

/* IMGMATCH_ERR_UNSUPPORTED in a process that was forked while a connection was open: it cannot open
 * any. `path` is for the message. imx_sql_open looks, too. */
imgmatch_status imx_sql_check_process(const char *path, imgmatch_diag *diag);

/*
 * Open a database file. Writers commit with synchronous=FULL to a write-ahead log. Readers need no
 * right to write: the log and its index stay in the folder when a writer closes. On a file system
 * that is mounted read-only a file without a log is taken to be immutable.
 *
 * IMGMATCH_ERR_NOT_FOUND when there is no file, IMGMATCH_ERR_CATALOGUE when it is no database.
 */
imgmatch_status imx_sql_open(imx_sql **out, const char *path, imx_sql_mode mode,
                             imgmatch_diag *diag);

/* Close; rolls back what is not committed. The log is left as it is. NULL is allowed. */
void imx_sql_close(imx_sql *sql);

/* The path of the database file; borrowed. */
const char *imx_sql_path(const imx_sql *sql);

/* The files of an open database that hold what is in it. The log's index (-shm) holds numbers of
 * pages and checksums only. */
typedef enum imx_sql_file { IMX_SQL_DATABASE = 0, IMX_SQL_LOG = 1 } imx_sql_file;

/*
 * Read up to `size` bytes (at most 1 GiB) of such a file as it is on the disk; *got is 0 at its
 * end. This is the only way to do so: POSIX takes all locks of a process off a file as soon as any
 * part of the process closes it, so whoever opens one of these files and closes it again takes
 * SQLite's locks away from every connection to it. SQLite opens the log when it first reads;
 * IMGMATCH_ERR_IO before.
 */
imgmatch_status imx_sql_read_file(size_t *got, void *out, size_t size, imx_sql *sql,
                                  imx_sql_file which, uint64_t offset, imgmatch_diag *diag);

/* Copy the log into the database file and empty it. Readers in the way are waited for briefly. */
imgmatch_status imx_sql_checkpoint(imx_sql *sql, imgmatch_diag *diag);

/* Run statements that give no rows and have no parameters. */
imgmatch_status imx_sql_run(imx_sql *sql, const char *text, imgmatch_diag *diag);

/*
 * Transactions. A read transaction sees one state of the database from its first statement on, and
 * may be ended by a statement that fails. To begin one rolls back the one that is open.
 *
 * ROLLBACK takes memory and may fail. The next begin, prepare, run or checkpoint tries it again,
 * and fails if that fails: no statement runs in a transaction that was to end.
 */
imgmatch_status imx_sql_begin_read(imx_sql *sql, imgmatch_diag *diag);
imgmatch_status imx_sql_begin_write(imx_sql *sql, imgmatch_diag *diag);
imgmatch_status imx_sql_commit(imx_sql *sql, imgmatch_diag *diag);
void imx_sql_rollback(imx_sql *sql); /* Also ends a read; nothing happens outside of one. */
bool imx_sql_is_in_transaction(const imx_sql *sql);

/* The statement for `text`, a string literal: compiled at its first use, then kept. It comes
 * without bindings; not to be asked for again before imx_sql_done. */
imgmatch_status imx_sql_prepare(imx_statement **out, imx_sql *sql, const char *text,
                                imgmatch_diag *diag);

/* Parameters, from 1. Bytes are borrowed until imx_sql_done. What goes wrong is reported by the
 * next step. */
void imx_sql_bind_int(imx_statement *statement, int index, int64_t value);
void imx_sql_bind_text(imx_statement *statement, int index, const char *text);
void imx_sql_bind_blob(imx_statement *statement, int index, const void *bytes, size_t size);

/* Go to the next row; *row is false at the end. */
imgmatch_status imx_sql_step(bool *row, imx_statement *statement, imgmatch_diag *diag);

/* Step a statement that gives no rows, and be done with it. */
imgmatch_status imx_sql_execute(imx_statement *statement, imgmatch_diag *diag);

/* Columns of the row, from 0. Never NULL: what cannot be had is 0 or empty, and the checksums of
 * the rows find it. Bytes are valid until the next step. */
int64_t imx_sql_int(imx_statement *statement, int column);
const char *imx_sql_text(size_t *size, imx_statement *statement, int column);
const uint8_t *imx_sql_blob(size_t *size, imx_statement *statement, int column);

/* Reset; NULL is allowed. Each statement must be done before its transaction ends. */
void imx_sql_done(imx_statement *statement);

/* Did the last call fail for want of memory? A column that cannot be had is empty then. */
bool imx_sql_is_out_of_memory(const imx_sql *sql);

/* What to say of a row that fails its checksum: IMGMATCH_ERR_CATALOGUE with the file's name, or
 * IMGMATCH_ERR_MEMORY when SQLite ran out of memory on the way. */
imgmatch_status imx_sql_fail_damaged(imx_sql *sql, const char *what, imgmatch_diag *diag);
/* Of a row that cannot be, whatever its checksum: IMGMATCH_ERR_CATALOGUE with the file's name. */
imgmatch_status imx_sql_fail_unsound(const imx_sql *sql, const char *what, imgmatch_diag *diag);

#endif
