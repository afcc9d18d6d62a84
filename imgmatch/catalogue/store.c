/*
 * Opening and closing a catalogue's folder, and its current snapshot.
 *
 * Locks, in the order in which they may be taken: `changes`, `lookups`, `current`. A writer's
 * handle changes the database through `changes`; look-ups by seq or id go through `lookups` and see
 * what is committed; listing and verifying open connections of their own, since they take long.
 */
#include "catalogue/store_parts.h"

#include "base/diag.h"
#include "base/file.h"
#include "base/memory.h"
#include "catalogue/index_file.h"
#include "catalogue/tombstones.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static imgmatch_status open_connection(imx_connection **out, const char *path, bool writable,
                                       imgmatch_diag *diag) {
    imx_connection *connection = imx_new_array(1, sizeof *connection);
    if (connection == NULL) {
        return imx_fail_memory(diag);
    }
    imgmatch_status status =
        imx_sql_open(&connection->sql, path, writable ? IMX_SQL_WRITE : IMX_SQL_READ, diag);
    if (status != IMGMATCH_OK) {
        free(connection);
        return status;
    }
    (void)pthread_mutex_init(&connection->mutex, NULL);
    *out = connection;
    return IMGMATCH_OK;
}

static void close_connection(imx_connection *connection) {
    if (connection != NULL) {
        imx_sql_close(connection->sql);
        (void)pthread_mutex_destroy(&connection->mutex);
        free(connection);
    }
}

bool imx_settings_differ(const char *found, const char *expected) {
    return found[0] != '\0' && expected[0] != '\0' && strcmp(found, expected) != 0;
}

imgmatch_status imx_store_check_identity(const imx_identity *found, const imx_identity *expected,
                                         imgmatch_diag *diag) {
    if (strcmp(found->model_sha256, expected->model_sha256) != 0 ||
        found->dimension != expected->dimension) {
        return imx_fail(diag, IMGMATCH_ERR_MISMATCH,
                        "the catalogue was made with model %s (SHA-256 %.12s...), not with %s "
                        "(%.12s...): use that model, or 'imgmatch-index reindex'",
                        found->model_name, found->model_sha256, expected->model_name,
                        expected->model_sha256);
    }
    if (imx_settings_differ(found->model_settings, expected->model_settings)) {
        return imx_fail(diag, IMGMATCH_ERR_MISMATCH,
                        "the catalogue was made with model %s too, but its manifest.json said "
                        "something else of input, pooling or whitening: use that one, or "
                        "'imgmatch-index reindex'",
                        found->model_name);
    }
    if (found->hash_version != expected->hash_version ||
        found->preprocessing_version != expected->preprocessing_version ||
        found->sketch_version != expected->sketch_version) {
        return imx_fail(diag, IMGMATCH_ERR_MISMATCH,
                        "the catalogue was made by another version of imgmatch (hash %u, "
                        "preprocessing %u, sketch %u; this one has %u, %u, %u): make a new "
                        "catalogue from the photos",
                        found->hash_version, found->preprocessing_version, found->sketch_version,
                        expected->hash_version, expected->preprocessing_version,
                        expected->sketch_version);
    }
    return IMGMATCH_OK;
}

/* Which file the path leads to; also through symbolic links, which SQLite resolves once. */
static imgmatch_status find_place(imx_store *store, imgmatch_diag *diag) {
    struct stat found;
    if (stat(store->database, &found) != 0) {
        return imx_fail_errno(diag, errno, "open", store->database);
    }
    store->device = found.st_dev;
    store->inode = found.st_ino;
    return IMGMATCH_OK;
}

imgmatch_status imx_store_check_place(const imx_store *store, imgmatch_diag *diag) {
    struct stat found;
    if (stat(store->database, &found) == 0 && found.st_dev == store->device &&
        found.st_ino == store->inode) {
        return IMGMATCH_OK;
    }
    return imx_fail(diag, IMGMATCH_ERR_IO,
                    "%s was moved or replaced while it was open: open it again", store->folder);
}

/* What the last writer acknowledged has to be there. */
static imgmatch_status check_noted(const imx_store *store, uint64_t noted, imgmatch_diag *diag) {
    uint64_t found = store->current->snapshot->state.generation;
    if (found >= noted) {
        return IMGMATCH_OK;
    }
    return imx_fail(diag, IMGMATCH_ERR_CATALOGUE,
                    "%s is at generation %llu, but %llu was acknowledged: its -wal file is missing "
                    "or damaged; put it back from a copy, or go without the last changes (also "
                    "where this is an old copy on purpose): delete " IMX_LOCK_NAME " and verify",
                    store->database, (unsigned long long)found, (unsigned long long)noted);
}

static imgmatch_status open_parts(imx_store *store, const imx_identity *expected,
                                  imgmatch_diag *diag) {
    imgmatch_status status = IMGMATCH_OK;
    if (store->writable) {
        status = imx_lock_take(&store->lock, store->folder, diag);
    }
    bool damaged_note = false; /* Which `verify` reports. */
    uint64_t noted = 0;
    if (status == IMGMATCH_OK) {
        status = find_place(store, diag);
    }
    if (status == IMGMATCH_OK) {
        status = imx_lock_read_noted(&noted, &damaged_note, store->folder, diag);
    }
    if (status == IMGMATCH_OK) {
        status = open_connection(&store->changes, store->database, store->writable, diag);
    }
    if (status == IMGMATCH_OK) {
        status = imx_schema_read_identity(&store->identity, store->changes->sql, diag);
    }
    if (status == IMGMATCH_OK && expected != NULL) {
        status = imx_store_check_identity(&store->identity.made_by, expected, diag);
    }
    if (status == IMGMATCH_OK) {
        status = open_connection(&store->lookups, store->database, false, diag);
    }
    if (status == IMGMATCH_OK) {
        /* SQLite opens the log by its name when it first reads: now, while the folder is the one
         * whose database was opened. */
        imx_state state;
        status = imx_schema_read_state(&state, store->lookups->sql, diag);
    }
    if (status == IMGMATCH_OK) {
        status = imx_store_check_place(store, diag);
    }
    if (status == IMGMATCH_OK) {
        status = imx_snapshot_load(&store->current->snapshot, store->changes->sql, store->folder,
                                   &store->identity, NULL, store->tolerant, diag);
    }
    if (status == IMGMATCH_OK) {
        status = check_noted(store, noted, diag);
    }
    store->accepted = status == IMGMATCH_OK;
    if (status == IMGMATCH_OK && store->writable) {
        const imx_state *state = &store->current->snapshot->state;
        imx_lock_note(store->lock, state->generation);
        imx_index_file_collect(store->folder, state->main_generation);
    }
    return status;
}

imgmatch_status imx_store_open(imx_store **out, const char *path, const imx_identity *expected,
                               bool writable, imgmatch_diag *diag) {
    *out = NULL;
    imx_store *store = imx_new_array(1, sizeof *store);
    if (store == NULL) {
        return imx_fail_memory(diag);
    }
    store->writable = writable;
    store->tolerant = writable || expected == NULL;
    store->folder = imx_copy_text(path);
    store->database = imx_file_join(path, IMX_DATABASE_NAME);
    store->current = imx_new_array(1, sizeof *store->current);
    if (store->current != NULL) {
        (void)pthread_mutex_init(&store->current->mutex, NULL);
    }
    /* Before a lock is asked for that the parent may hold. */
    imgmatch_status status = imx_sql_check_process(path, diag);
    if (status == IMGMATCH_OK &&
        (store->folder == NULL || store->database == NULL || store->current == NULL)) {
        status = imx_fail_memory(diag);
    }
    if (status == IMGMATCH_OK && access(store->database, F_OK) != 0) {
        status = imx_fail(diag, IMGMATCH_ERR_NOT_FOUND, "there is no catalogue in %s", path);
    }
    if (status == IMGMATCH_OK) {
        status = open_parts(store, expected, diag);
    }
    if (status != IMGMATCH_OK) {
        imx_store_close(store);
        return status;
    }
    *out = store;
    return IMGMATCH_OK;
}

void imx_store_forget(imx_store *store) {
    imx_lock_release(store->lock);
    store->lock = NULL;
}

void imx_store_close(imx_store *store) {
    if (store == NULL) {
        return;
    }
    close_connection(store->lookups); /* A read that could not be ended holds the log. */
    if (store->writable && store->accepted) {
        /* Best effort: a log that stays is read by the next open. What was not accepted stays as it
         * is: a damaged log still holds what is behind the damage. */
        (void)imx_sql_checkpoint(store->changes->sql, NULL);
    }
    close_connection(store->changes);
    imx_lock_release(store->lock);
    if (store->current != NULL) {
        imx_snapshot_release(store->current->snapshot);
        (void)pthread_mutex_destroy(&store->current->mutex);
        free(store->current);
    }
    free(store->database);
    free(store->folder);
    free(store);
}

const imx_identity *imx_store_identity(const imx_store *store) { return &store->identity.made_by; }

const char *imx_store_folder(const imx_store *store) { return store->folder; }

bool imx_store_is_writable(const imx_store *store) { return store->writable; }

imx_snapshot *imx_store_hold(const imx_store *store) {
    imx_publication *current = store->current;
    (void)pthread_mutex_lock(&current->mutex);
    imx_snapshot *snapshot = imx_snapshot_hold(current->snapshot);
    (void)pthread_mutex_unlock(&current->mutex);
    return snapshot;
}

uint64_t imx_store_generation(const imx_store *store) {
    imx_snapshot *snapshot = imx_store_hold(store);
    uint64_t generation = imx_snapshot_generation(snapshot);
    imx_snapshot_release(snapshot);
    return generation;
}

void imx_store_publish_take(imx_store *store, imx_snapshot *snapshot) {
    imx_publication *current = store->current;
    (void)pthread_mutex_lock(&current->mutex);
    imx_snapshot *old = current->snapshot;
    current->snapshot = snapshot;
    (void)pthread_mutex_unlock(&current->mutex);
    imx_snapshot_release(old);
}

/* Read the state, which is not before the one of `current`: a catalogue only goes forward. */
static imgmatch_status read_next_state(imx_state *out, const imx_store *store, imx_sql *sql,
                                       const imx_snapshot *current, imgmatch_diag *diag) {
    imgmatch_status status = imx_schema_read_state(out, sql, diag);
    if (status == IMGMATCH_OK && out->generation < current->state.generation) {
        status = imx_fail(diag, IMGMATCH_ERR_CATALOGUE,
                          "%s went back from generation %llu to %llu: it is damaged, or an older "
                          "copy was put in its place",
                          store->database, (unsigned long long)current->state.generation,
                          (unsigned long long)out->generation);
    }
    return status;
}

/* Read what is new; `changes` is locked. */
static imgmatch_status catch_up(bool *changed, imx_store *store, imgmatch_diag *diag) {
    /* Only this function and changes, both under `changes`, replace the snapshot. */
    const imx_snapshot *current = store->current->snapshot;
    imx_sql *sql = store->changes->sql;
    imx_state state;
    imgmatch_status status = read_next_state(&state, store, sql, current, diag);
    if (status != IMGMATCH_OK || state.generation == current->state.generation) {
        return status;
    }
    imx_snapshot *snapshot = NULL;
    status = imx_snapshot_load(&snapshot, sql, store->folder, &store->identity, current,
                               store->tolerant, diag);
    if (status == IMGMATCH_OK) {
        imx_store_publish_take(store, snapshot);
        *changed = true;
    }
    return status;
}

static imgmatch_status refresh(bool *changed, imx_store *store, imgmatch_diag *diag) {
    imgmatch_status status = imx_store_check_place(store, diag);
    return status == IMGMATCH_OK ? catch_up(changed, store, diag) : status;
}

imgmatch_status imx_store_catch_up(imx_store *store, imgmatch_diag *diag) {
    bool changed = false;
    (void)pthread_mutex_lock(&store->changes->mutex);
    imgmatch_status status = catch_up(&changed, store, diag);
    (void)pthread_mutex_unlock(&store->changes->mutex);
    return status;
}

imgmatch_status imx_store_has_newer(bool *newer, const imx_store *store, imgmatch_diag *diag) {
    imx_state state = {.generation = 0};
    *newer = false;
    /* Held before the database is looked at, which cannot be older then. */
    imx_snapshot *snapshot = imx_store_hold(store);
    (void)pthread_mutex_lock(&store->lookups->mutex);
    imgmatch_status status = imx_store_check_place(store, diag);
    if (status == IMGMATCH_OK) {
        status = read_next_state(&state, store, store->lookups->sql, snapshot, diag);
    }
    (void)pthread_mutex_unlock(&store->lookups->mutex);
    *newer = status == IMGMATCH_OK && state.generation > imx_snapshot_generation(snapshot);
    imx_snapshot_release(snapshot);
    return status;
}

imgmatch_status imx_store_refresh(bool *changed, imx_store *store, imgmatch_diag *diag) {
    bool own = false;
    changed = changed != NULL ? changed : &own;
    *changed = false;
    (void)pthread_mutex_lock(&store->changes->mutex);
    imgmatch_status status = refresh(changed, store, diag);
    (void)pthread_mutex_unlock(&store->changes->mutex);
    return status;
}

/* Within the write transaction nobody else can change anything. Somebody did in between when the
 * lock holds nobody off, as where a file system is shared by machines that do not share locks. */
static imgmatch_status check_alone(imx_store *store, imgmatch_diag *diag) {
    imx_state state;
    imgmatch_status status = imx_schema_read_state(&state, store->changes->sql, diag);
    if (status == IMGMATCH_OK && state.generation != store->current->snapshot->state.generation) {
        status = imx_fail(diag, IMGMATCH_ERR_BUSY,
                          "%s was changed by another writer, although this one holds its lock",
                          store->folder);
    }
    return status;
}

imgmatch_status imx_store_begin_change(const imx_snapshot **base, imx_store *store,
                                       imgmatch_diag *diag) {
    *base = NULL;
    if (!store->writable) {
        return imx_fail(diag, IMGMATCH_ERR_ARGUMENT, "%s was not opened for writing",
                        store->folder);
    }
    /* After a commit that failed half-way (an error of the disk) the database says what holds. */
    bool changed = false;
    imgmatch_status status = refresh(&changed, store, diag);
    if (status == IMGMATCH_OK) {
        status = imx_lock_check(store->lock, diag);
    }
    if (status == IMGMATCH_OK) {
        status = imx_sql_begin_write(store->changes->sql, diag);
    }
    if (status == IMGMATCH_OK) {
        status = check_alone(store, diag);
    }
    if (status == IMGMATCH_OK) {
        *base = store->current->snapshot;
    } else {
        imx_sql_rollback(store->changes->sql);
    }
    return status;
}

imgmatch_status imx_store_commit_change_take(imx_store *store, imx_snapshot *snapshot,
                                             imgmatch_diag *diag) {
    imx_sql *sql = store->changes->sql;
    /* What could not be read again is not acknowledged. */
    imgmatch_status status =
        imx_state_is_sound(&snapshot->state)
            ? imx_schema_write_state(sql, &snapshot->state, diag)
            : imx_fail(diag, IMGMATCH_ERR_CATALOGUE,
                       "%s is damaged: its numbers of generations or items are at their end",
                       store->database);
    if (status == IMGMATCH_OK) {
        status = imx_tombstones_seal(sql, &snapshot->gone, snapshot->state.generation, diag);
    }
    if (status == IMGMATCH_OK) {
        /* Once more: building an index takes its time. */
        status = imx_lock_check(store->lock, diag);
    }
    if (status == IMGMATCH_OK) {
        status = imx_sql_commit(sql, diag);
    }
    if (status != IMGMATCH_OK) {
        imx_sql_rollback(sql);
        imx_snapshot_release(snapshot);
        return status;
    }
    imx_lock_note(store->lock, snapshot->state.generation);
    imx_store_publish_take(store, snapshot);
    return IMGMATCH_OK;
}
