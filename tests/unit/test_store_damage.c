/* What a damaged or incomplete folder leads to: an error that names the file, never a wrong answer,
 * and a way back where the database is whole. And that what was removed is gone from the files. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "base/half.h"
#include "catalogue/ivf.h"
#include "catalogue/rows.h"
#include "integration/catalogue/place.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct fixture {
    place place;
    char index[600]; /* The main index file. */
} fixture;

static bool find_index(fixture *self) {
    DIR *entries = opendir(self->place.path);
    size_t found = 0;
    for (struct dirent *entry; entries != NULL && (entry = readdir(entries)) != NULL;) {
        if (strncmp(entry->d_name, "index-", 6) == 0) {
            (void)snprintf(self->index, sizeof self->index, "%s/%.60s", self->place.path,
                           entry->d_name);
            found++;
        }
    }
    (void)closedir(entries);
    return found == 1;
}

/* 40 items in the main index, 10 in the tail, item 5 removed; closed. */
static int set_up(void **state) {
    fixture *self = place_new(sizeof *self, SAMPLE_DIMENSION);
    *state = self;
    imx_store *writer = self->place.writer;
    size_t removed = 0;
    const char *id = "item-5";
    assert_int_equal(sample_add(writer, 0, 40, 1, NULL), IMGMATCH_OK);
    assert_int_equal(imx_store_compact(writer, NULL), IMGMATCH_OK);
    assert_int_equal(sample_add(writer, 40, 10, 1, NULL), IMGMATCH_OK);
    assert_int_equal(imx_store_remove(&removed, writer, &id, 1, NULL), IMGMATCH_OK);
    assert_int_equal(removed, 1);
    place_close(&self->place);
    assert_true(find_index(self));
    return 0;
}

static imx_store *open_writer(fixture *self) {
    place_open(&self->place);
    return self->place.writer;
}

static void expect_whole(const imx_store *store) {
    for (uint32_t i = 0; i < 50; i++) {
        assert_true(i == 5 ? sample_is_absent(store, i) : sample_is_stored(store, i, 1));
    }
    assert_int_equal(sample_verify(store), IMGMATCH_OK);
}

static void count_problem(void *user, const char *line) {
    size_t *count = user;
    assert_true(strlen(line) > 0);
    ++*count;
}

static imgmatch_status search(const imx_store *store, imgmatch_diag *diag) {
    float query[SAMPLE_DIMENSION] = {1};
    imx_hit hit;
    size_t count = 99;
    imx_snapshot *snapshot = imx_store_hold(store);
    imgmatch_status status = imx_snapshot_search_embedding(&hit, &count, snapshot, query, 1, diag);
    assert_int_equal(count, status == IMGMATCH_OK ? 1 : 0);
    imx_snapshot_release(snapshot);
    return status;
}

/* The index file is unusable: a query's open fails, other uses go on, compaction repairs. */
static void expect_repairable(fixture *self) {
    imx_identity identity = sample_identity();
    imx_store *store = NULL;
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    assert_int_equal(imx_store_open(&store, self->place.path, &identity, false, &diag),
                     IMGMATCH_ERR_CATALOGUE);
    assert_null(store);
    assert_non_null(strstr(diag.message, self->index));
    assert_non_null(strstr(diag.message, "compact"));

    size_t problems = 0;
    assert_int_equal(imx_store_open(&store, self->place.path, NULL, false, NULL), IMGMATCH_OK);
    assert_int_equal(imx_store_verify(store, count_problem, &problems, NULL),
                     IMGMATCH_ERR_CATALOGUE);
    assert_true(problems > 0);
    imx_store_close(store);

    store = open_writer(self);
    diag = (imgmatch_diag)IMGMATCH_DIAG_INIT;
    assert_int_equal(search(store, &diag), IMGMATCH_ERR_CATALOGUE);
    assert_non_null(strstr(diag.message, self->index));
    /* Adding works meanwhile, and searching still does not give half an answer. */
    assert_int_equal(sample_add(store, 45, 5, 1, NULL), IMGMATCH_OK);
    assert_int_equal(search(store, NULL), IMGMATCH_ERR_CATALOGUE);
    assert_int_equal(imx_store_compact(store, NULL), IMGMATCH_OK);
    expect_whole(store);
    place_close(&self->place);
}

static void test_missing_index_is_named_and_rebuilt(void **state) {
    fixture *self = *state;
    assert_int_equal(unlink(self->index), 0);
    expect_repairable(self);
}

static void test_flipped_index_is_named_and_rebuilt(void **state) {
    fixture *self = *state;
    size_t size = 0;
    uint8_t *bytes = sample_read_file(&size, self->index);
    assert_non_null(bytes);
    bytes[size - 100] ^= 1; /* Among FAISS's vectors. */
    assert_true(sample_write_file(self->index, bytes, size));
    free(bytes);
    expect_repairable(self);
}

static void test_index_of_another_catalogue_is_refused(void **state) {
    fixture *self = *state;
    /* The same history, so the same counts and generation. */
    void *state_of_other = NULL;
    assert_int_equal(set_up(&state_of_other), 0);
    const fixture *other = state_of_other;
    size_t size = 0;
    uint8_t *bytes = sample_read_file(&size, other->index);
    assert_non_null(bytes);
    assert_true(sample_write_file(self->index, bytes, size));
    free(bytes);
    assert_int_equal(place_tear_down(&state_of_other), 0);
    expect_repairable(self);
}

static void test_old_files_are_swept_up(void **state) {
    fixture *self = *state;
    char stray[700];
    (void)snprintf(stray, sizeof stray, "%s/index-999.imx.tmp", self->place.path);
    assert_true(sample_write_file(stray, "half", 4));
    imx_store *writer = open_writer(self);
    assert_int_not_equal(access(stray, F_OK), 0);
    assert_int_equal(imx_store_compact(writer, NULL), IMGMATCH_OK);
    place_close(&self->place);
    assert_true(find_index(self));
}

/* Killed after an acknowledged add, then the log is lost: the add must not just be forgotten. */
static void test_lost_log_is_noticed(void **state) {
    fixture *self = *state;
    char log[700];
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        imx_store *writer = NULL;
        bool added = imx_store_open(&writer, self->place.path, NULL, true, NULL) == IMGMATCH_OK &&
                     sample_add(writer, 100, 3, 1, NULL) == IMGMATCH_OK;
        _exit(added ? 0 : 1);
    }
    int result = 0;
    assert_int_equal(waitpid(child, &result, 0), child);
    assert_int_equal(result, 0);
    imx_store *store = open_writer(self);
    assert_true(sample_is_stored(store, 102, 1));
    place_close(&self->place);

    child = fork();
    if (child == 0) {
        imx_store *writer = NULL;
        bool added = imx_store_open(&writer, self->place.path, NULL, true, NULL) == IMGMATCH_OK &&
                     sample_add(writer, 200, 3, 1, NULL) == IMGMATCH_OK;
        _exit(added ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &result, 0), child);
    assert_int_equal(result, 0);
    (void)snprintf(log, sizeof log, "%s/catalogue.db-wal", self->place.path);
    assert_int_equal(truncate(log, 0), 0);
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    assert_int_equal(imx_store_open(&store, self->place.path, NULL, false, &diag),
                     IMGMATCH_ERR_CATALOGUE);
    assert_non_null(strstr(diag.message, "-wal"));
    assert_int_equal(imx_store_open(&store, self->place.path, NULL, true, NULL),
                     IMGMATCH_ERR_CATALOGUE);
    /* The way out that the message names. */
    char lock[700];
    (void)snprintf(lock, sizeof lock, "%s/catalogue.lock", self->place.path);
    assert_int_equal(unlink(lock), 0);
    store = open_writer(self);
    assert_true(sample_is_absent(store, 200));
    place_close(&self->place);
}

static void test_database_that_is_none_is_named(void **state) {
    fixture *self = *state;
    char database[700];
    (void)snprintf(database, sizeof database, "%s/catalogue.db", self->place.path);
    assert_true(sample_write_file(database,
                                  "this is no database, but long enough to be looked at "
                                  "as if it were one, at least by its first bytes.....",
                                  105));
    imx_store *store = NULL;
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    assert_int_equal(imx_store_open(&store, self->place.path, NULL, false, &diag),
                     IMGMATCH_ERR_CATALOGUE);
    assert_non_null(strstr(diag.message, database));
    /* An empty file is a database to SQLite, but not a catalogue. */
    assert_true(sample_write_file(database, "", 0));
    assert_int_equal(imx_store_open(&store, self->place.path, NULL, false, NULL),
                     IMGMATCH_ERR_CATALOGUE);
    assert_int_equal(imx_store_open(&store, self->place.path, NULL, true, NULL),
                     IMGMATCH_ERR_CATALOGUE);
}

static bool contains(const uint8_t *bytes, size_t size, const void *needle, size_t needle_size) {
    return memmem(bytes, size, needle, needle_size) != NULL;
}

static bool folder_contains(const char *path, const void *needle, size_t needle_size) {
    DIR *entries = opendir(path);
    bool found = false;
    assert_non_null(entries);
    for (struct dirent *entry; (entry = readdir(entries)) != NULL;) {
        char file[900];
        size_t size = 0;
        (void)snprintf(file, sizeof file, "%s/%s", path, entry->d_name);
        uint8_t *bytes = entry->d_name[0] == '.' ? NULL : sample_read_file(&size, file);
        found = found || (bytes != NULL && contains(bytes, size, needle, needle_size));
        free(bytes);
    }
    (void)closedir(entries);
    return found;
}

static void test_removed_items_leave_the_files(void **state) {
    fixture *self = *state;
    sample gone;
    float vector[SAMPLE_DIMENSION];
    sample_fill(&gone, 17, 1);
    int8_t code[SAMPLE_DIMENSION];
    imx_half_to_float(vector, gone.halves[0], SAMPLE_DIMENSION);
    (void)imx_ivf_encode(code, vector, SAMPLE_DIMENSION);
    const struct {
        const void *bytes;
        size_t size;
    } traces[] = {{gone.record.source, strlen(gone.record.source)},
                  {gone.record.sha256, 64},
                  {gone.record.views[0].pdq.hash, 32},
                  {gone.halves[0], sizeof gone.halves[0]},
                  {code, sizeof code},
                  {gone.sketch, gone.record.sketch_size}};
    size_t trace_count = sizeof traces / sizeof *traces;
    for (size_t i = 0; i < trace_count; i++) {
        assert_true(folder_contains(self->place.path, traces[i].bytes, traces[i].size));
    }
    imx_store *writer = open_writer(self);
    size_t removed = 0;
    const char *id = gone.id;
    assert_int_equal(imx_store_remove(&removed, writer, &id, 1, NULL), IMGMATCH_OK);
    assert_true(sample_is_absent(writer, 17));
    assert_int_equal(imx_store_compact(writer, NULL), IMGMATCH_OK);
    for (size_t i = 0; i < trace_count; i++) {
        assert_false(folder_contains(self->place.path, traces[i].bytes, traces[i].size));
    }
    place_close(&self->place);
}

/* A search needs bytes of a file that somebody cuts while it is mapped: an error, not a signal. */
static void cut_in_use(fixture *self, imgmatch_index_kind kind, bool used_before) {
    imx_store *store = open_writer(self);
    assert_int_equal(imx_store_compact_as(store, kind, NULL), IMGMATCH_OK);
    assert_true(find_index(self));
    place_close(&self->place);
    imx_identity identity = sample_identity();
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    assert_int_equal(imx_store_open(&store, self->place.path, &identity, false, NULL), IMGMATCH_OK);
    if (used_before) {
        assert_int_equal(search(store, NULL), IMGMATCH_OK);
    }
    assert_int_equal(truncate(self->index, 5000), 0);
    assert_int_equal(search(store, &diag), IMGMATCH_ERR_CATALOGUE);
    assert_non_null(strstr(diag.message, self->index));
    assert_non_null(strstr(diag.message, "cut off"));
    imx_hit hit;
    size_t count = 0;
    imgmatch_pdq pdq = {.quality = 100};
    imx_snapshot *snapshot = imx_store_hold(store);
    assert_int_equal(imx_snapshot_search_hash(&hit, &count, snapshot, &pdq, 1, 256, 1, NULL),
                     IMGMATCH_ERR_CATALOGUE);
    imx_snapshot_release(snapshot);
    assert_int_equal(imx_store_verify(store, NULL, NULL, NULL), IMGMATCH_ERR_CATALOGUE);
    imx_store_close(store);
}

static void test_index_that_is_cut_in_use_is_named(void **state) {
    fixture *self = *state;
    for (int used_before = 0; used_before < 2; used_before++) {
        cut_in_use(self, IMGMATCH_INDEX_EXACT, used_before == 1);
        cut_in_use(self, IMGMATCH_INDEX_IVF, used_before == 1);
        cut_in_use(self, IMGMATCH_INDEX_HNSW, used_before == 1);
    }
}

#define MANY 700u

/* Is an item found, or the catalogue said to be damaged? Never that there is no such item. */
static bool is_found_or_damaged(imx_sql *sql, const char *id, bool *damaged) {
    int64_t seq = 0;
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    imgmatch_status status = imx_rows_find(&seq, sql, id, &diag);
    *damaged = *damaged || status == IMGMATCH_ERR_CATALOGUE;
    unsigned number = (unsigned)strtoul(id + strlen("item-"), NULL, 10);
    return status == IMGMATCH_ERR_CATALOGUE
               ? strstr(diag.message, "catalogue.db is damaged: ") != NULL
               : status == IMGMATCH_OK && seq == number + 1;
}

/* With one bit of the file flipped at `at`. */
static void look_up_all(const char *database, uint8_t *bytes, size_t size, size_t at, uint8_t bit) {
    imx_sql *sql = NULL;
    char id[32];
    bool damaged = false;
    bytes[at] ^= bit;
    assert_true(sample_write_file(database, bytes, size));
    bytes[at] ^= bit;
    assert_int_equal(imx_sql_open(&sql, database, IMX_SQL_READ, NULL), IMGMATCH_OK);
    for (uint32_t i = 0; i < MANY; i++) {
        (void)snprintf(id, sizeof id, "item-%u", i);
        if (!is_found_or_damaged(sql, id, &damaged)) {
            fail_msg("%s is not found, byte %zu", id, at);
        }
    }
    assert_true(damaged);
    imx_sql_close(sql);
}

/* SQLite keeps no checksums, and an entry of its index that changed makes an item unfindable by its
 * id, whichever way the search goes astray: in a leaf, or in a page above the leaves. */
static void test_changed_index_of_ids_is_noticed(void **state) {
    enum { PAGE = 4096, ABOVE_LEAVES = 2, LEAF = 10 };
    (void)state;
    place *self = place_new(sizeof *self, SAMPLE_DIMENSION);
    assert_int_equal(sample_add(self->writer, 0, MANY, 1, NULL), IMGMATCH_OK);
    place_close(self);
    char database[600];
    size_t size = 0, tried[LEAF + 1] = {0};
    (void)snprintf(database, sizeof database, "%s/catalogue.db", self->path);
    uint8_t *bytes = sample_read_file(&size, database);
    assert_non_null(bytes);
    for (size_t at = PAGE; at + 8 < size; at++) { /* The ids are of 6 to 8 bytes. */
        int kind = bytes[at / PAGE * PAGE];
        if (memcmp(bytes + at, "item-", 5) == 0 && (kind == ABOVE_LEAVES || kind == LEAF) &&
            (tried[kind]++ % 50 == 0 || kind == ABOVE_LEAVES)) {
            look_up_all(database, bytes, size, at, 0x10);     /* Before all others, */
            look_up_all(database, bytes, size, at, 0x02);     /* behind all others, */
            look_up_all(database, bytes, size, at + 5, 0x01); /* and among them. */
        }
    }
    assert_true(tried[ABOVE_LEAVES] >= 2 && tried[LEAF] > MANY / 2);
    free(bytes);
    place_free(self);
}

/* With one bit of the entry of item-17 flipped. */
static void expect_no_change_by_id(fixture *self, size_t offset, uint8_t bit) {
    char database[600];
    size_t size = 0, at = 0;
    (void)snprintf(database, sizeof database, "%s/catalogue.db", self->place.path);
    uint8_t *bytes = sample_read_file(&size, database);
    assert_non_null(bytes);
    /* In its row, the id is followed by the product. */
    while (at + 8 < size && (memcmp(bytes + at, "item-17", 7) != 0 || bytes[at + 7] == 'p')) {
        at++;
    }
    assert_true(at + 8 < size);
    bytes[at + offset] ^= bit;
    assert_true(sample_write_file(database, bytes, size));
    imx_store *store = open_writer(self);
    imgmatch_item *item = NULL;
    const char *id = "item-17";
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    assert_int_equal(imx_store_get(&item, store, id, &diag), IMGMATCH_ERR_CATALOGUE);
    assert_non_null(strstr(diag.message, database));
    assert_int_equal(imx_store_remove(NULL, store, &id, 1, NULL), IMGMATCH_ERR_CATALOGUE);
    assert_int_equal(sample_add(store, 17, 1, 2, NULL), IMGMATCH_ERR_CATALOGUE);
    place_close(&self->place);
    bytes[at + offset] ^= bit;
    assert_true(sample_write_file(database, bytes, size));
    free(bytes);
    expect_whole(open_writer(self));
    place_close(&self->place);
}

static void test_changed_index_of_ids_changes_no_items(void **state) {
    fixture *self = *state;
    expect_no_change_by_id(self, 6, 0x08); /* The id. */
    expect_no_change_by_id(self, 7, 0x01); /* The item that it leads to. */
}

#define BUNDLE(test) cmocka_unit_test_setup_teardown(test, set_up, place_tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        BUNDLE(test_missing_index_is_named_and_rebuilt),
        BUNDLE(test_flipped_index_is_named_and_rebuilt),
        BUNDLE(test_index_of_another_catalogue_is_refused),
        BUNDLE(test_old_files_are_swept_up),
        BUNDLE(test_lost_log_is_noticed),
        BUNDLE(test_database_that_is_none_is_named),
        BUNDLE(test_removed_items_leave_the_files),
        BUNDLE(test_index_that_is_cut_in_use_is_named),
        cmocka_unit_test(test_changed_index_of_ids_is_noticed),
        BUNDLE(test_changed_index_of_ids_changes_no_items),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
