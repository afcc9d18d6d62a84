/* A byte of any catalogue file is changed, or the file is cut: opening either fails with an error
 * that names the file, or `verify` finds it, or the byte did not matter and every answer is as
 * before. Never a crash. The catalogue is one that was closed in good order, or one whose writer
 * was killed, so that acknowledged changes are in the log alone. Places are seeded;
 * IMGMATCH_CORRUPTION_PLACES asks for more of them than the usual number for each file,
 * IMGMATCH_CORRUPTION_FILE for files that begin so only, and IMGMATCH_CORRUPTION_TEST for the tests
 * whose names match (* is any text) only. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "integration/catalogue/place.h"

#include <dirent.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX_FILES 16
#define ITEMS 70u
#define REMOVED 11u
#define PAGE_BYTES 4096u /* Of the database. */
#define DEFAULT_PLACES 150u
#define DEFAULT_INDEX_PLACES 60u /* Of indexes that are not the usual ones. */
#define DEFAULT_LOG_PLACES 40u

typedef struct kept_file {
    char name[64];
    uint8_t *bytes;
    size_t size;
} kept_file;

typedef struct fixture {
    place place;
    kept_file files[MAX_FILES];
    size_t file_count;
    size_t refused; /* At opening. */
    size_t found;   /* By verify. */
    size_t harmless;
    imx_store *keeper; /* A reader that is open all along, or NULL. */
} fixture;

static bool is_whole(const imx_store *store) {
    for (uint32_t i = 0; i < ITEMS; i++) {
        if (i == REMOVED ? !sample_is_absent(store, i) : !sample_is_stored(store, i, 1)) {
            return false;
        }
    }
    char *value = NULL;
    bool kept = imx_store_get_value(&value, store, "calibration", NULL) == IMGMATCH_OK &&
                value != NULL && strcmp(value, "{}") == 0;
    free(value);
    return kept;
}

static void read_files(fixture *self) {
    DIR *entries = opendir(self->place.path);
    assert_non_null(entries);
    for (struct dirent *entry; (entry = readdir(entries)) != NULL;) {
        if (entry->d_name[0] == '.') {
            continue;
        }
        kept_file *file = &self->files[self->file_count++];
        char path[700];
        (void)snprintf(file->name, sizeof file->name, "%.60s", entry->d_name);
        (void)snprintf(path, sizeof path, "%s/%s", self->place.path, file->name);
        file->bytes = sample_read_file(&file->size, path);
        assert_non_null(file->bytes);
        assert_true(self->file_count < MAX_FILES);
    }
    (void)closedir(entries);
}

static void restore(const fixture *self) {
    for (size_t i = 0; i < self->file_count; i++) {
        char path[700];
        (void)snprintf(path, sizeof path, "%s/%s", self->place.path, self->files[i].name);
        assert_true(sample_write_file(path, self->files[i].bytes, self->files[i].size));
    }
}

static bool add_main_index(imx_store *store, imgmatch_index_kind kind) {
    return sample_add(store, 0, 50, 1, NULL) == IMGMATCH_OK &&
           imx_store_compact_as(store, kind, NULL) == IMGMATCH_OK;
}

/* A tail, a tombstone, a text. */
static bool change_it(imx_store *store) {
    size_t removed = 0;
    const char *id = "item-11";
    return sample_add(store, 50, ITEMS - 50, 1, NULL) == IMGMATCH_OK &&
           imx_store_remove(&removed, store, &id, 1, NULL) == IMGMATCH_OK &&
           imx_store_set_value(store, "calibration", "{}", NULL) == IMGMATCH_OK && is_whole(store);
}

/* Something of everything, closed in good order. */
static int set_up_kind(void **state, imgmatch_index_kind kind) {
    fixture *self = place_new(sizeof *self, SAMPLE_DIMENSION);
    *state = self;
    bool built = add_main_index(self->place.writer, kind) && change_it(self->place.writer);
    place_close(&self->place);
    read_files(self);
    return built ? 0 : -1;
}

static int set_up(void **state) { return set_up_kind(state, IMGMATCH_INDEX_AUTO); }

static int set_up_ivf(void **state) { return set_up_kind(state, IMGMATCH_INDEX_IVF); }

static int set_up_hnsw(void **state) { return set_up_kind(state, IMGMATCH_INDEX_HNSW); }

/* Copies the log into the database, which leaves the log to be written over from its start. */
static bool copy_log(const char *path) {
    char database[600];
    sqlite3 *sql = NULL;
    int frames = 0, copied = -1;
    (void)snprintf(database, sizeof database, "%s/catalogue.db", path);
    bool done = sqlite3_open_v2(database, &sql, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK &&
                sqlite3_exec(sql, "SELECT 1 FROM state", NULL, NULL, NULL) == SQLITE_OK &&
                sqlite3_wal_checkpoint_v2(sql, NULL, SQLITE_CHECKPOINT_PASSIVE, &frames, &copied) ==
                    SQLITE_OK &&
                frames > 0 && copied == frames;
    /* Not closed, which would copy and empty the log again: this process ends soon. */
    return done;
}

/* The last changes are in the log alone, as a writer that was killed leaves them. With `again`, the
 * log has frames of an earlier round behind them, and the database the changes of that round. */
static int set_up_killed(void **state, bool again) {
    fixture *self = place_new(sizeof *self, SAMPLE_DIMENSION);
    *state = self;
    bool built = add_main_index(self->place.writer, IMGMATCH_INDEX_AUTO);
    place_close(&self->place);
    pid_t child = fork();
    if (child == 0) {
        imx_store *store = NULL;
        bool changed = imx_store_open(&store, self->place.path, NULL, true, NULL) == IMGMATCH_OK;
        for (uint32_t i = 0; again && i < 6; i++) {
            changed = changed && sample_add(store, 50, 15, 2 + i, NULL) == IMGMATCH_OK;
        }
        changed = changed && (!again || copy_log(self->place.path)) && change_it(store);
        _exit(changed ? 0 : 1);
    }
    int result = 1;
    built = built && child > 0 && waitpid(child, &result, 0) == child && result == 0;
    read_files(self);
    return built ? 0 : -1;
}

static int set_up_log(void **state) { return set_up_killed(state, false); }

static int set_up_second_log(void **state) { return set_up_killed(state, true); }

static kept_file *find_kept(fixture *self, const char *name) {
    for (size_t i = 0; i < self->file_count; i++) {
        if (strcmp(self->files[i].name, name) == 0) {
            return &self->files[i];
        }
    }
    fail_msg("there is no %s", name);
    return NULL;
}

/* Killed while the log was being copied: the first half of the database's pages are as the log has
 * them, the others as they were before. */
static int set_up_half_copied(void **state) {
    if (set_up_log(state) != 0) {
        return -1;
    }
    fixture *self = *state;
    char path[700];
    (void)snprintf(path, sizeof path, "%s/catalogue.db", self->place.path);
    place_open(&self->place);
    place_close(&self->place); /* Which copies all of it. */
    size_t size = 0;
    uint8_t *bytes = sample_read_file(&size, path);
    kept_file *database = find_kept(self, "catalogue.db");
    size_t half = database->size / 2 / PAGE_BYTES * PAGE_BYTES;
    bool copied = bytes != NULL && half > PAGE_BYTES && size >= half;
    if (copied) {
        memcpy(database->bytes, bytes, half);
    }
    free(bytes);
    restore(self);
    return copied ? 0 : -1;
}

static int tear_down(void **state) {
    fixture *self = *state;
    for (size_t i = 0; i < self->file_count; i++) {
        free(self->files[i].bytes);
    }
    place_free(&self->place);
    return 0;
}

static bool ignore_item(void *user, const imgmatch_item *item) {
    (void)user;
    return strlen(item->id) < 1000;
}

static void count_problem(void *user, const char *line) {
    (void)line;
    ++*(size_t *)user;
}

/* A writer works or says why not; one that says why not leaves the files as they are. */
static void examine_writer(const fixture *self, const char *name) {
    char path[700];
    size_t size = 0, size_after = 0;
    (void)snprintf(path, sizeof path, "%s/%s", self->place.path, name);
    uint8_t *bytes = sample_read_file(&size, path);
    imx_store *store = NULL;
    if (imx_store_open(&store, self->place.path, NULL, true, NULL) == IMGMATCH_OK) {
        (void)!sample_add(store, 1000, 2, 1, NULL);
        (void)!imx_store_compact(store, NULL);
        imx_store_close(store);
    } else if (bytes != NULL && strcmp(name, "catalogue.db-shm") != 0) {
        uint8_t *after = sample_read_file(&size_after, path);
        assert_int_equal(size_after, size);
        assert_memory_equal(after, bytes, size);
        free(after);
    }
    free(bytes);
}

/* Every way in, on whatever there is now. `what` says what was done to the files. */
static void examine(fixture *self, const char *name, const char *what) {
    imx_identity identity = sample_identity();
    imx_store *store = NULL;
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    imgmatch_status status = imx_store_open(&store, self->place.path, &identity, false, &diag);
    if (status != IMGMATCH_OK) {
        assert_null(store);
        if (strstr(diag.message, "catalogue.db") == NULL &&
            strstr(diag.message, "index-") == NULL) {
            fail_msg("%s, %s: no file is named: %s", name, what, diag.message);
        }
        self->refused++;
        /* What verifying a catalogue opens. */
        if (imx_store_open(&store, self->place.path, NULL, false, NULL) != IMGMATCH_OK) {
            examine_writer(self, name);
            return;
        }
    }
    /* Whatever they say: no crash. */
    (void)!imx_store_list(store, ignore_item, NULL, NULL);
    bool whole = is_whole(store);
    size_t problems = 0;
    imgmatch_status verified = imx_store_verify(store, count_problem, &problems, NULL);
    assert_int_equal(verified != IMGMATCH_OK, problems > 0);
    if (status == IMGMATCH_OK && verified == IMGMATCH_OK && !whole) {
        fail_msg("%s, %s: wrong answers, and verify finds nothing", name, what);
    }
    if (status != IMGMATCH_OK && verified == IMGMATCH_OK) {
        fail_msg("%s, %s: refused (%s), but verify finds nothing", name, what, diag.message);
    }
    self->found += status == IMGMATCH_OK && verified != IMGMATCH_OK;
    self->harmless += status == IMGMATCH_OK && verified == IMGMATCH_OK;
    imx_store_close(store);
    if (self->keeper == NULL) {
        examine_writer(self, name);
    }
}

/* Damage one file, look, and put all back. */
static void try_damage(fixture *self, size_t file_index, size_t at, uint8_t mask) {
    const kept_file *file = &self->files[file_index];
    char path[700], what[80];
    uint8_t *bytes = malloc(file->size);
    assert_non_null(bytes);
    memcpy(bytes, file->bytes, file->size);
    (void)snprintf(path, sizeof path, "%s/%s", self->place.path, file->name);
    size_t size = file->size;
    if (mask != 0) {
        bytes[at] ^= mask;
        (void)snprintf(what, sizeof what, "byte %zu of %zu ^ %u", at, size, mask);
    } else {
        (void)snprintf(what, sizeof what, "cut at %zu of %zu", at, size);
        size = at;
    }
    assert_true(sample_write_file(path, bytes, size));
    free(bytes);
    examine(self, file->name, what);
    if (self->keeper == NULL) {
        restore(self);
    } else { /* The others are in use, and were only read. */
        assert_true(sample_write_file(path, file->bytes, file->size));
    }
}

static bool is_index(const kept_file *file) { return strncmp(file->name, "index-", 6) == 0; }

/* `only` NULL: every file. */
static void damage_files(fixture *self, const char *only, uint32_t places) {
    const char *asked = getenv("IMGMATCH_CORRUPTION_PLACES");
    const char *beginning = getenv("IMGMATCH_CORRUPTION_FILE");
    imx_random random = {11};
    places = asked != NULL ? (uint32_t)atoi(asked) : places;
    for (size_t i = 0; i < self->file_count; i++) {
        const char *name = self->files[i].name;
        if ((only != NULL && strncmp(name, only, strlen(only)) != 0) ||
            (beginning != NULL && strncmp(name, beginning, strlen(beginning)) != 0)) {
            continue;
        }
        size_t size = self->files[i].size;
        self->refused = self->found = self->harmless = 0;
        for (uint32_t tried = 0; size > 0 && tried < places; tried++) {
            size_t at = imx_random_below(&random, (uint32_t)size);
            uint8_t bit = (uint8_t)(1u << imx_random_below(&random, 8));
            try_damage(self, i, at, tried % 5 == 0 ? (uint8_t)0 : bit);
        }
        print_message("%s: %zu refused, %zu found by verify, %zu harmless\n", name, self->refused,
                      self->found, self->harmless);
        if (is_index(&self->files[i]) || strcmp(name, "catalogue.db") == 0) {
            assert_true(self->refused + self->found > places / 4);
        } else if (strcmp(name, "catalogue.db-wal") == 0 && size > 0) {
            /* Old frames may make up most of it. */
            assert_true(self->refused + self->found > places / 10);
        }
    }
}

static void test_damage_is_refused_or_found_or_harmless(void **state) {
    damage_files(*state, NULL, DEFAULT_PLACES);
}

static void test_damage_of_lists(void **state) {
    damage_files(*state, "index-", DEFAULT_INDEX_PLACES);
}

static void test_damage_of_graphs(void **state) {
    damage_files(*state, "index-", DEFAULT_INDEX_PLACES);
}

static void test_damage_after_a_kill(void **state) {
    damage_files(*state, "catalogue.db", DEFAULT_LOG_PLACES);
}

static void test_damage_of_log(void **state) {
    damage_files(*state, "catalogue.db-wal", DEFAULT_LOG_PLACES);
}

/* SQLite checks the log's checksums when it opens the log, and not while somebody has it open. */
static void test_damage_of_log_in_use(void **state) {
    fixture *self = *state;
    assert_int_equal(imx_store_open(&self->keeper, self->place.path, NULL, false, NULL),
                     IMGMATCH_OK);
    damage_files(self, "catalogue.db-wal", DEFAULT_LOG_PLACES);
    assert_true(is_whole(self->keeper));
    imx_store_close(self->keeper);
}

/* Files that are missing altogether. */
static void test_missing_files(void **state) {
    fixture *self = *state;
    for (size_t i = 0; i < self->file_count; i++) {
        char path[700];
        (void)snprintf(path, sizeof path, "%s/%s", self->place.path, self->files[i].name);
        assert_int_equal(unlink(path), 0);
        if (strcmp(self->files[i].name, "catalogue.db") == 0) {
            imx_store *store = NULL;
            assert_int_equal(imx_store_open(&store, self->place.path, NULL, false, NULL),
                             IMGMATCH_ERR_NOT_FOUND);
        } else {
            examine(self, self->files[i].name, "missing");
        }
        restore(self);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_damage_is_refused_or_found_or_harmless, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_damage_of_lists, set_up_ivf, tear_down),
        cmocka_unit_test_setup_teardown(test_damage_of_graphs, set_up_hnsw, tear_down),
        cmocka_unit_test_setup_teardown(test_missing_files, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_missing_files, set_up_log, tear_down),
        cmocka_unit_test_setup_teardown(test_damage_after_a_kill, set_up_log, tear_down),
        cmocka_unit_test_setup_teardown(test_damage_of_log, set_up_second_log, tear_down),
        cmocka_unit_test_setup_teardown(test_damage_of_log, set_up_half_copied, tear_down),
        cmocka_unit_test_setup_teardown(test_damage_of_log_in_use, set_up_log, tear_down),
    };
    cmocka_set_test_filter(getenv("IMGMATCH_CORRUPTION_TEST")); /* NULL: all. */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
