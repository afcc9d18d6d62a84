/* A byte of any catalogue file is changed, or the file is cut: opening either fails with an error
 * that names the file, or `verify` finds it, or the byte did not matter and every answer is as
 * before. Never a crash. Places are seeded; IMGMATCH_CORRUPTION_PLACES asks for more of them than
 * the usual number for each file, IMGMATCH_CORRUPTION_FILE for files that begin so only, and
 * IMGMATCH_CORRUPTION_TEST for the tests whose names match (* is any text) only. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "integration/catalogue/samples.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_FILES 16
#define ITEMS 70u
#define REMOVED 11u
#define DEFAULT_PLACES 150u
#define DEFAULT_INDEX_PLACES 60u /* Of indexes that are not the usual ones. */

typedef struct kept_file {
    char name[64];
    uint8_t *bytes;
    size_t size;
} kept_file;

typedef struct fixture {
    char *folder;
    char path[512];
    kept_file files[MAX_FILES];
    size_t file_count;
    size_t refused; /* At opening. */
    size_t found;   /* By verify. */
    size_t harmless;
} fixture;

static bool is_whole(const imx_store *store) {
    for (uint32_t i = 0; i < ITEMS; i++) {
        if (i == REMOVED ? !sample_is_absent(store, i) : !sample_is_stored(store, i, 1)) {
            return false;
        }
    }
    return true;
}

static void read_files(fixture *self) {
    DIR *entries = opendir(self->path);
    assert_non_null(entries);
    for (struct dirent *entry; (entry = readdir(entries)) != NULL;) {
        if (entry->d_name[0] == '.') {
            continue;
        }
        kept_file *file = &self->files[self->file_count++];
        char path[700];
        (void)snprintf(file->name, sizeof file->name, "%.60s", entry->d_name);
        (void)snprintf(path, sizeof path, "%s/%s", self->path, file->name);
        file->bytes = sample_read_file(&file->size, path);
        assert_non_null(file->bytes);
        assert_true(self->file_count < MAX_FILES);
    }
    (void)closedir(entries);
}

/* A main index, a tail, a tombstone, a text: something of everything, closed in good order. */
static int set_up_kind(void **state, imgmatch_index_kind kind) {
    fixture *self = calloc(1, sizeof *self);
    self->folder = sample_folder_new();
    if (self->folder == NULL) {
        return -1;
    }
    sample_catalogue_create(self->path, self->folder);
    *state = self;
    imx_store *store = NULL;
    size_t removed = 0;
    const char *id = "item-11";
    bool built = imx_store_open(&store, self->path, NULL, true, NULL) == IMGMATCH_OK &&
                 sample_add(store, 0, 50, 1, NULL) == IMGMATCH_OK &&
                 imx_store_compact_as(store, kind, NULL) == IMGMATCH_OK &&
                 sample_add(store, 50, ITEMS - 50, 1, NULL) == IMGMATCH_OK &&
                 imx_store_remove(&removed, store, &id, 1, NULL) == IMGMATCH_OK &&
                 imx_store_set_value(store, "calibration", "{}", NULL) == IMGMATCH_OK &&
                 is_whole(store);
    imx_store_close(store);
    read_files(self);
    return built ? 0 : -1;
}

static int set_up(void **state) { return set_up_kind(state, IMGMATCH_INDEX_AUTO); }

static int set_up_ivf(void **state) { return set_up_kind(state, IMGMATCH_INDEX_IVF); }

static int set_up_hnsw(void **state) { return set_up_kind(state, IMGMATCH_INDEX_HNSW); }

static int tear_down(void **state) {
    fixture *self = *state;
    for (size_t i = 0; i < self->file_count; i++) {
        free(self->files[i].bytes);
    }
    sample_folder_remove(self->folder);
    free(self->folder);
    free(self);
    return 0;
}

static void restore(const fixture *self) {
    for (size_t i = 0; i < self->file_count; i++) {
        char path[700];
        (void)snprintf(path, sizeof path, "%s/%s", self->path, self->files[i].name);
        assert_true(sample_write_file(path, self->files[i].bytes, self->files[i].size));
    }
}

static bool ignore_item(void *user, const imgmatch_item *item) {
    (void)user;
    return strlen(item->id) < 1000;
}

static void count_problem(void *user, const char *line) {
    (void)line;
    ++*(size_t *)user;
}

/* Every way in, on whatever there is now. `what` says what was done to the files. */
static void examine(fixture *self, const char *name, const char *what) {
    imx_identity identity = sample_identity();
    imx_store *store = NULL;
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    imgmatch_status status = imx_store_open(&store, self->path, &identity, false, &diag);
    if (status != IMGMATCH_OK) {
        assert_null(store);
        if (strstr(diag.message, "catalogue.db") == NULL &&
            strstr(diag.message, "index-") == NULL) {
            fail_msg("%s, %s: no file is named: %s", name, what, diag.message);
        }
        self->refused++;
        /* What verifying a catalogue opens. */
        if (imx_store_open(&store, self->path, NULL, false, NULL) != IMGMATCH_OK) {
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
    /* A writer works or says why not. */
    if (imx_store_open(&store, self->path, NULL, true, NULL) == IMGMATCH_OK) {
        (void)!sample_add(store, 1000, 2, 1, NULL);
        (void)!imx_store_compact(store, NULL);
        imx_store_close(store);
    }
}

/* Damage one file, look, and put all back. */
static void try_damage(fixture *self, size_t file_index, size_t at, uint8_t mask) {
    const kept_file *file = &self->files[file_index];
    char path[700], what[80];
    uint8_t *bytes = malloc(file->size);
    assert_non_null(bytes);
    memcpy(bytes, file->bytes, file->size);
    (void)snprintf(path, sizeof path, "%s/%s", self->path, file->name);
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
    restore(self);
}

static bool is_index(const kept_file *file) { return strncmp(file->name, "index-", 6) == 0; }

static void damage_files(fixture *self, bool index_only, uint32_t places) {
    const char *asked = getenv("IMGMATCH_CORRUPTION_PLACES");
    const char *beginning = getenv("IMGMATCH_CORRUPTION_FILE");
    imx_random random = {11};
    places = asked != NULL ? (uint32_t)atoi(asked) : places;
    for (size_t i = 0; i < self->file_count; i++) {
        const char *name = self->files[i].name;
        if ((index_only && !is_index(&self->files[i])) ||
            (beginning != NULL && strncmp(name, beginning, strlen(beginning)) != 0)) {
            continue;
        }
        size_t size = self->files[i].size;
        self->refused = self->found = self->harmless = 0;
        for (uint32_t place = 0; size > 0 && place < places; place++) {
            size_t at = imx_random_below(&random, (uint32_t)size);
            uint8_t bit = (uint8_t)(1u << imx_random_below(&random, 8));
            try_damage(self, i, at, place % 5 == 0 ? (uint8_t)0 : bit);
        }
        print_message("%s: %zu refused, %zu found by verify, %zu harmless\n", name, self->refused,
                      self->found, self->harmless);
        if (is_index(&self->files[i]) || strcmp(name, "catalogue.db") == 0) {
            assert_true(self->refused + self->found > places / 4);
        }
    }
}

static void test_damage_is_refused_or_found_or_harmless(void **state) {
    damage_files(*state, false, DEFAULT_PLACES);
}

static void test_damage_of_lists(void **state) { damage_files(*state, true, DEFAULT_INDEX_PLACES); }

static void test_damage_of_graphs(void **state) {
    damage_files(*state, true, DEFAULT_INDEX_PLACES);
}

/* Files that are missing altogether. */
static void test_missing_files(void **state) {
    fixture *self = *state;
    for (size_t i = 0; i < self->file_count; i++) {
        char path[700];
        (void)snprintf(path, sizeof path, "%s/%s", self->path, self->files[i].name);
        assert_int_equal(unlink(path), 0);
        if (strcmp(self->files[i].name, "catalogue.db") == 0) {
            imx_store *store = NULL;
            assert_int_equal(imx_store_open(&store, self->path, NULL, false, NULL),
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
    };
    cmocka_set_test_filter(getenv("IMGMATCH_CORRUPTION_TEST")); /* NULL: all. */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
