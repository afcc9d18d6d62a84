/* What the log, the lock file and the place of an open catalogue can do to it: a log that lost
 * acknowledged changes is refused and left as it is, a row that is missing without having been
 * removed is an error, and a handle whose folder was replaced, or whose lock was taken away,
 * neither goes on as if nothing had happened nor touches what is there now. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "catalogue/record_source.h"
#include "catalogue/schema.h"
#include "integration/catalogue/place.h"

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define ITEMS 30u
#define REMOVED 7u

/* 20 items in the main index, 10 in the tail, one removed. */
static int set_up(void **state) {
    place *self = place_new(sizeof *self, SAMPLE_DIMENSION);
    *state = self;
    size_t removed = 0;
    const char *id = "item-7";
    assert_int_equal(sample_add(self->writer, 0, 20, 1, NULL), IMGMATCH_OK);
    assert_int_equal(imx_store_compact(self->writer, NULL), IMGMATCH_OK);
    assert_int_equal(sample_add(self->writer, 20, ITEMS - 20, 1, NULL), IMGMATCH_OK);
    assert_int_equal(imx_store_remove(&removed, self->writer, &id, 1, NULL), IMGMATCH_OK);
    return 0;
}

static bool is_whole(const imx_store *store) {
    for (uint32_t i = 0; i < ITEMS; i++) {
        if (i == REMOVED ? !sample_is_absent(store, i) : !sample_is_stored(store, i, 1)) {
            return false;
        }
    }
    return sample_verify(store) == IMGMATCH_OK;
}

/* A writer adds item 100 and is gone without closing, so that the item is in the log alone. */
static void add_and_die(place *self) {
    place_close(self);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        imx_store *writer = NULL;
        bool added = imx_store_open(&writer, self->path, NULL, true, NULL) == IMGMATCH_OK &&
                     sample_add(writer, 100, 1, 1, NULL) == IMGMATCH_OK;
        _exit(added ? 0 : 1);
    }
    int result = 0;
    assert_int_equal(waitpid(child, &result, 0), child);
    assert_int_equal(result, 0);
}

static void flip(const char *path, off_t at) {
    uint8_t byte = 0;
    int fd = open(path, O_RDWR | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(pread(fd, &byte, 1, at), 1);
    byte ^= 0x20;
    assert_int_equal(pwrite(fd, &byte, 1, at), 1);
    assert_int_equal(close(fd), 0);
}

/* Whoever opens it must not empty the log, in which the damaged change may yet be mended. */
static void test_damaged_log_is_left_as_it_is(void **state) {
    place *self = *state;
    char log[600];
    add_and_die(self);
    (void)snprintf(log, sizeof log, "%s/catalogue.db-wal", self->path);
    flip(log, 32 + 24 + 100); /* In the first frame's page. */
    for (int writable = 0; writable < 2; writable++) {
        imx_store *store = NULL;
        imgmatch_diag diag = IMGMATCH_DIAG_INIT;
        assert_int_equal(imx_store_open(&store, self->path, NULL, writable == 1, &diag),
                         IMGMATCH_ERR_CATALOGUE);
        assert_non_null(strstr(diag.message, "catalogue.db"));
        assert_non_null(strstr(diag.message, "-wal"));
    }
    imx_record_source *source = NULL;
    assert_int_equal(imx_record_source_open(&source, self->path, NULL, NULL),
                     IMGMATCH_ERR_CATALOGUE);
    flip(log, 32 + 24 + 100);
    place_open(self);
    assert_true(sample_is_stored(self->writer, 100, 1));
    assert_true(is_whole(self->writer));
}

/* ---- rows that are gone or changed ---- */

/* Change the database behind the store's back. */
static void run_sql(place *self, const char *text) {
    char database[600];
    imx_sql *sql = NULL;
    (void)snprintf(database, sizeof database, "%s/catalogue.db", self->path);
    assert_int_equal(imx_sql_open(&sql, database, IMX_SQL_WRITE, NULL), IMGMATCH_OK);
    assert_int_equal(imx_sql_run(sql, text, NULL), IMGMATCH_OK);
    imx_sql_close(sql);
}

static bool ignore_item(void *user, const imgmatch_item *item) {
    (void)user;
    return item != NULL;
}

static void expect_damaged(imgmatch_status status, const imgmatch_diag *diag) {
    assert_int_equal(status, IMGMATCH_ERR_CATALOGUE);
    assert_non_null(strstr(diag->message, "catalogue.db"));
}

static void test_missing_row_is_no_removal(void **state) {
    place *self = *state;
    sample expected;
    imx_hit hit;
    size_t count = 0;
    imx_store *reader = place_open_reader(self);
    imx_snapshot *snapshot = imx_store_hold(reader);
    sample_fill(&expected, 3, 1);
    run_sql(self, "DELETE FROM items WHERE id = 'item-3'");
    assert_int_equal(imx_snapshot_search_hash(&hit, &count, snapshot, &expected.record.views[0].pdq,
                                              1, 0, 1, NULL),
                     IMGMATCH_OK);
    assert_int_equal(count, 1);
    imx_reference reference;
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    expect_damaged(imx_store_read_reference(&reference, reader, snapshot, hit.seq, &diag), &diag);
    diag = (imgmatch_diag)IMGMATCH_DIAG_INIT;
    expect_damaged(imx_store_list(reader, ignore_item, NULL, &diag), &diag);
    /* Nor does an export or a merge end as if it had read everything. */
    imx_record_source *source = NULL;
    const imx_item_record *record = NULL;
    assert_int_equal(imx_record_source_open(&source, self->path, NULL, NULL), IMGMATCH_OK);
    imgmatch_status status = IMGMATCH_OK;
    diag = (imgmatch_diag)IMGMATCH_DIAG_INIT;
    do {
        status = imx_record_source_next(&record, source, &diag);
    } while (record != NULL);
    expect_damaged(status, &diag);
    imx_record_source_close(source);
    imx_snapshot_release(snapshot);
    imx_store_close(reader);
}

/* Else item 7 would be back, and another one gone. */
static void test_changed_tombstone_is_noticed(void **state) {
    place *self = *state;
    place_close(self);
    run_sql(self, "UPDATE tombstones SET seq = seq + 1");
    imx_store *store = NULL;
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    expect_damaged(imx_store_open(&store, self->path, NULL, false, &diag), &diag);
    run_sql(self, "UPDATE tombstones SET seq = seq - 1");
    place_open(self);
    assert_true(is_whole(self->writer));
}

/* As catalogues are that were made before there was a checksum of tombstones. */
static void test_tombstones_without_a_checksum(void **state) {
    place *self = *state;
    place_close(self);
    run_sql(self, "DELETE FROM texts WHERE key = 'tombstones'");
    place_open(self);
    assert_true(is_whole(self->writer));
    assert_int_equal(sample_add(self->writer, 3, 1, 1, NULL), IMGMATCH_OK);
    assert_true(is_whole(self->writer));
    char *seal = NULL;
    assert_int_equal(imx_store_get_value(&seal, self->writer, "tombstones", NULL), IMGMATCH_OK);
    assert_non_null(seal);
    free(seal);
}

/* ---- the place ---- */

static void swap(const place *self, const char *with) {
    char old[600];
    (void)snprintf(old, sizeof old, "%s/old", self->folder);
    assert_int_equal(rename(self->path, old), 0);
    assert_int_equal(rename(with, self->path), 0);
}

static size_t count_indexes(const char *path) {
    size_t count = 0;
    DIR *entries = opendir(path);
    assert_non_null(entries);
    for (struct dirent *entry; (entry = readdir(entries)) != NULL;) {
        count += strncmp(entry->d_name, "index-", 6) == 0;
    }
    (void)closedir(entries);
    return count;
}

/* mv catalogue old; mv new catalogue: handles of the old one say so, and leave the new one alone.
 */
static void test_replaced_folder_is_noticed(void **state) {
    place *self = *state;
    char other[600];
    imx_identity identity = sample_identity();
    imx_store *store = NULL, *reader = place_open_reader(self);
    (void)snprintf(other, sizeof other, "%s/new", self->folder);
    assert_int_equal(imx_store_create(other, NULL, &identity, NULL), IMGMATCH_OK);
    assert_int_equal(imx_store_open(&store, other, NULL, true, NULL), IMGMATCH_OK);
    assert_int_equal(sample_add(store, 500, 5, 1, NULL), IMGMATCH_OK);
    assert_int_equal(imx_store_compact(store, NULL), IMGMATCH_OK);
    imx_store_close(store);
    swap(self, other);

    bool newer = true;
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    assert_int_equal(imx_store_has_newer(&newer, reader, &diag), IMGMATCH_ERR_IO);
    if (strstr(diag.message, "open it again") == NULL) {
        fail_msg("%s", diag.message);
    }
    assert_int_equal(imx_store_refresh(NULL, reader, NULL), IMGMATCH_ERR_IO);
    assert_int_equal(sample_add(self->writer, 200, 1, 1, NULL), IMGMATCH_ERR_IO);
    assert_int_equal(imx_store_compact(self->writer, NULL), IMGMATCH_ERR_IO);
    assert_int_equal(imx_store_list(reader, ignore_item, NULL, NULL), IMGMATCH_ERR_IO);
    assert_int_equal(imx_store_verify(reader, NULL, NULL, NULL), IMGMATCH_ERR_IO);
    /* What was opened still answers. */
    imx_snapshot *snapshot = imx_store_hold(reader);
    assert_int_equal(imx_snapshot_item_count(snapshot), ITEMS - 1);
    imx_snapshot_release(snapshot);
    assert_true(sample_is_stored(reader, 3, 1));
    imx_store_close(reader);
    place_close(self);

    assert_int_equal(count_indexes(self->path), 1);
    place_open(self);
    assert_true(sample_is_stored(self->writer, 504, 1));
    assert_int_equal(sample_verify(self->writer), IMGMATCH_OK);
}

/* The same with a symbolic link that is led elsewhere, which SQLite does not look at again. */
static void test_link_that_leads_elsewhere_is_noticed(void **state) {
    place *self = *state;
    char alias[600], other[600];
    imx_identity identity = sample_identity();
    imx_store *reader = NULL;
    place_close(self);
    (void)snprintf(alias, sizeof alias, "%s/link", self->folder);
    (void)snprintf(other, sizeof other, "%s/other", self->folder);
    assert_int_equal(imx_store_create(other, NULL, &identity, NULL), IMGMATCH_OK);
    assert_int_equal(symlink(self->path, alias), 0);
    assert_int_equal(imx_store_open(&reader, alias, NULL, false, NULL), IMGMATCH_OK);
    assert_int_equal(imx_store_refresh(NULL, reader, NULL), IMGMATCH_OK);
    assert_int_equal(unlink(alias), 0);
    assert_int_equal(symlink(other, alias), 0);
    bool newer = false;
    assert_int_equal(imx_store_has_newer(&newer, reader, NULL), IMGMATCH_ERR_IO);
    assert_int_equal(imx_store_list(reader, ignore_item, NULL, NULL), IMGMATCH_ERR_IO);
    assert_true(sample_is_stored(reader, 3, 1));
    imx_store_close(reader);
}

/* The second writer has a lock of its own then: the first one must not go on. */
static void test_lock_file_that_is_taken_away(void **state) {
    place *self = *state;
    char lock[600];
    (void)snprintf(lock, sizeof lock, "%s/catalogue.lock", self->path);
    assert_int_equal(unlink(lock), 0);
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    assert_int_equal(sample_add(self->writer, 200, 1, 1, &diag), IMGMATCH_ERR_IO);
    assert_non_null(strstr(diag.message, "catalogue.lock"));
    imx_store *second = NULL;
    assert_int_equal(imx_store_open(&second, self->path, NULL, true, NULL), IMGMATCH_OK);
    assert_int_equal(sample_add(second, 100, 1, 1, NULL), IMGMATCH_OK);
    assert_int_equal(sample_add(self->writer, 200, 1, 1, NULL), IMGMATCH_ERR_IO);
    assert_true(sample_is_absent(second, 200));
    assert_true(is_whole(second));
    imx_store_close(second);
}

/* Holds the database's own write lock for a while and makes the next generation meanwhile, as a
 * writer does whom the lock file does not hold off. */
static void *change_unlocked(void *user) {
    imx_sql *sql = user;
    imx_state state;
    (void)usleep(300000);
    bool done = imx_schema_read_state(&state, sql, NULL) == IMGMATCH_OK;
    state.generation++;
    done = done && imx_schema_write_state(sql, &state, NULL) == IMGMATCH_OK &&
           imx_sql_run(sql, "DELETE FROM texts WHERE key = 'tombstones'", NULL) == IMGMATCH_OK &&
           imx_sql_commit(sql, NULL) == IMGMATCH_OK;
    return done ? user : NULL;
}

static void test_change_in_between_is_noticed(void **state) {
    place *self = *state;
    char database[600];
    imx_sql *sql = NULL;
    void *done = NULL;
    pthread_t thread;
    (void)snprintf(database, sizeof database, "%s/catalogue.db", self->path);
    assert_int_equal(imx_sql_open(&sql, database, IMX_SQL_WRITE, NULL), IMGMATCH_OK);
    assert_int_equal(imx_sql_begin_write(sql, NULL), IMGMATCH_OK);
    assert_int_equal(pthread_create(&thread, NULL, change_unlocked, sql), 0);
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    assert_int_equal(sample_add(self->writer, 200, 1, 1, &diag), IMGMATCH_ERR_BUSY);
    assert_non_null(strstr(diag.message, "another writer"));
    assert_int_equal(pthread_join(thread, &done), 0);
    assert_non_null(done);
    imx_sql_close(sql);
    /* The next one starts from what the other one made. */
    assert_int_equal(sample_add(self->writer, 3, 1, 1, NULL), IMGMATCH_OK);
    assert_true(is_whole(self->writer));
}

/* An older copy of the files under an open handle: it must not answer from them as from its own. */
static void test_going_back_is_noticed(void **state) {
    place *self = *state;
    imx_store *reader = place_open_reader(self);
    char database[600];
    imx_sql *sql = NULL;
    imx_state old;
    (void)snprintf(database, sizeof database, "%s/catalogue.db", self->path);
    assert_int_equal(imx_sql_open(&sql, database, IMX_SQL_WRITE, NULL), IMGMATCH_OK);
    assert_int_equal(imx_schema_read_state(&old, sql, NULL), IMGMATCH_OK);
    old.generation--;
    assert_int_equal(imx_schema_write_state(sql, &old, NULL), IMGMATCH_OK);
    imx_sql_close(sql);
    bool newer = true;
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    expect_damaged(imx_store_has_newer(&newer, reader, &diag), &diag);
    assert_false(newer);
    diag = (imgmatch_diag)IMGMATCH_DIAG_INIT;
    expect_damaged(imx_store_refresh(NULL, reader, &diag), &diag);
    imx_store_close(reader);
}

#define BUNDLE(test) cmocka_unit_test_setup_teardown(test, set_up, place_tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        BUNDLE(test_damaged_log_is_left_as_it_is),
        BUNDLE(test_missing_row_is_no_removal),
        BUNDLE(test_changed_tombstone_is_noticed),
        BUNDLE(test_tombstones_without_a_checksum),
        BUNDLE(test_replaced_folder_is_noticed),
        BUNDLE(test_link_that_leads_elsewhere_is_noticed),
        BUNDLE(test_lock_file_that_is_taken_away),
        BUNDLE(test_change_in_between_is_noticed),
        BUNDLE(test_going_back_is_noticed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
