#include "faults/library_faults.h"
#include "faults/trigger.h"

#include <sqlite3.h>
#include <stddef.h>

int __real_sqlite3_step(sqlite3_stmt *statement);
int __real_sqlite3_open_v2(const char *path, sqlite3 **out, int flags, const char *vfs);
int __real_sqlite3_prepare_v3(sqlite3 *inner, const char *text, int size, unsigned flags,
                              sqlite3_stmt **out, const char **tail);
int __real_sqlite3_exec(sqlite3 *inner, const char *text, sqlite3_callback each, void *user,
                        char **message);
int __real_sqlite3_wal_checkpoint_v2(sqlite3 *inner, const char *name, int mode, int *pages,
                                     int *done);
int __wrap_sqlite3_step(sqlite3_stmt *statement);
int __wrap_sqlite3_open_v2(const char *path, sqlite3 **out, int flags, const char *vfs);
int __wrap_sqlite3_prepare_v3(sqlite3 *inner, const char *text, int size, unsigned flags,
                              sqlite3_stmt **out, const char **tail);
int __wrap_sqlite3_exec(sqlite3 *inner, const char *text, sqlite3_callback each, void *user,
                        char **message);
int __wrap_sqlite3_wal_checkpoint_v2(sqlite3 *inner, const char *name, int mode, int *pages,
                                     int *done);

static int fault(void) {
    if (fault_now(LIBRARY_SQLITE_IO)) {
        return SQLITE_IOERR_WRITE;
    }
    return fault_now(LIBRARY_SQLITE_MEMORY) ? SQLITE_NOMEM : SQLITE_OK;
}

int __wrap_sqlite3_step(sqlite3_stmt *statement) {
    int code = fault();
    return code != SQLITE_OK ? code : __real_sqlite3_step(statement);
}

int __wrap_sqlite3_open_v2(const char *path, sqlite3 **out, int flags, const char *vfs) {
    int code = fault();
    *out = NULL;
    return code != SQLITE_OK ? code : __real_sqlite3_open_v2(path, out, flags, vfs);
}

int __wrap_sqlite3_prepare_v3(sqlite3 *inner, const char *text, int size, unsigned flags,
                              sqlite3_stmt **out, const char **tail) {
    int code = fault();
    *out = NULL;
    return code != SQLITE_OK ? code
                             : __real_sqlite3_prepare_v3(inner, text, size, flags, out, tail);
}

int __wrap_sqlite3_exec(sqlite3 *inner, const char *text, sqlite3_callback each, void *user,
                        char **message) {
    int code = fault();
    return code != SQLITE_OK ? code : __real_sqlite3_exec(inner, text, each, user, message);
}

int __wrap_sqlite3_wal_checkpoint_v2(sqlite3 *inner, const char *name, int mode, int *pages,
                                     int *done) {
    int code = fault();
    return code != SQLITE_OK ? code
                             : __real_sqlite3_wal_checkpoint_v2(inner, name, mode, pages, done);
}
