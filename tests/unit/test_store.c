/* What the catalogue promises its callers: what went in comes out, replaced and removed items are
 * gone at once, a handle sees whole changes only, and every refusal has its status. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "integration/catalogue/place.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* With the model's identity, as queries open it. */
static imx_store *open_reader(const place *self) {
    imx_store *reader = NULL;
    imx_identity identity = sample_identity();
    assert_int_equal(imx_store_open(&reader, self->path, &identity, false, NULL), IMGMATCH_OK);
    return reader;
}

static void add(place *self, uint32_t first, uint32_t count, uint32_t version) {
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    if (sample_add(self->writer, first, count, version, &diag) != IMGMATCH_OK) {
        fail_msg("%s", diag.message);
    }
}

static size_t remove_item(place *self, uint32_t number) {
    char id[32];
    const char *ids[] = {id, "never there"};
    size_t removed = 99;
    (void)snprintf(id, sizeof id, "item-%u", number);
    assert_int_equal(imx_store_remove(&removed, self->writer, ids, 2, NULL), IMGMATCH_OK);
    return removed;
}

static void test_empty_catalogue_answers(void **state) {
    place *self = *state;
    imgmatch_catalogue_stat stat;
    assert_int_equal(imx_store_stat(&stat, self->writer, NULL), IMGMATCH_OK);
    assert_string_equal(stat.name, "sample");
    assert_string_equal(stat.model_name, "sample");
    assert_int_equal(stat.items, 0);
    assert_int_equal(stat.indexed, 0);
    imx_snapshot *snapshot = imx_store_hold(self->writer);
    imx_hit hit;
    imgmatch_pdq pdq = {.quality = 0};
    float query[SAMPLE_DIMENSION] = {1};
    size_t count = 99;
    assert_int_equal(imx_snapshot_search_embedding(&hit, &count, snapshot, query, 1, NULL),
                     IMGMATCH_OK);
    assert_int_equal(count, 0);
    assert_int_equal(imx_snapshot_search_hash(&hit, &count, snapshot, &pdq, 1, 256, 1, NULL),
                     IMGMATCH_OK);
    assert_int_equal(count, 0);
    imx_snapshot_release(snapshot);
    assert_int_equal(imx_store_compact(self->writer, NULL), IMGMATCH_OK);
    assert_int_equal(sample_verify(self->writer), IMGMATCH_OK);
}

/* The life of items, before and after each compaction. */
static void test_items_come_out_as_they_went_in(void **state) {
    place *self = *state;
    for (int round = 0; round < 3; round++) {
        uint32_t base = (uint32_t)round * 100;
        add(self, base, 50, 1);
        add(self, base + 10, 5, 2);
        assert_int_equal(remove_item(self, base + 20), 1);
        assert_int_equal(remove_item(self, base + 20), 0);
        for (int compacted = 0; compacted < 2; compacted++) {
            imx_store *reader = open_reader(self);
            const imx_store *both[] = {self->writer, reader};
            for (size_t s = 0; s < 2; s++) {
                for (uint32_t i = 0; i < 50; i++) {
                    if (i == 20) {
                        assert_true(sample_is_absent(both[s], base + i));
                    } else {
                        assert_true(sample_is_stored(both[s], base + i, i / 5 == 2 ? 2 : 1));
                    }
                }
                assert_int_equal(sample_verify(both[s]), IMGMATCH_OK);
            }
            imx_store_close(reader);
            assert_int_equal(imx_store_compact(self->writer, NULL), IMGMATCH_OK);
        }
    }
    imgmatch_catalogue_stat stat;
    assert_int_equal(imx_store_stat(&stat, self->writer, NULL), IMGMATCH_OK);
    assert_int_equal(stat.items, 3 * 49);
    assert_int_equal(stat.indexed, 3 * 49);
    assert_true(stat.index_bytes > 4096 && stat.database_bytes > 4096);
}

static void test_add_says_what_it_replaced(void **state) {
    place *self = *state;
    sample samples[4];
    imx_item_record records[4];
    bool replaced[4];
    add(self, 1, 1, 1);
    sample_fill(&samples[0], 0, 1);
    sample_fill(&samples[1], 1, 2);
    sample_fill(&samples[2], 2, 1);
    sample_fill(&samples[3], 2, 7); /* The same id again: the last one stays. */
    for (size_t i = 0; i < 4; i++) {
        records[i] = samples[i].record;
    }
    assert_int_equal(imx_store_add(replaced, self->writer, records, 4, NULL), IMGMATCH_OK);
    assert_false(replaced[0]);
    assert_true(replaced[1]);
    assert_false(replaced[2]);
    assert_true(replaced[3]);
    assert_true(sample_is_stored(self->writer, 2, 7));
    assert_int_equal(sample_verify(self->writer), IMGMATCH_OK);
    bool unchanged = false;
    assert_int_equal(imx_store_is_unchanged(&unchanged, self->writer, &records[3], NULL),
                     IMGMATCH_OK);
    assert_true(unchanged);
    assert_int_equal(imx_store_is_unchanged(&unchanged, self->writer, &records[2], NULL),
                     IMGMATCH_OK);
    assert_false(unchanged);
    records[3].brand = "Other";
    assert_int_equal(imx_store_is_unchanged(&unchanged, self->writer, &records[3], NULL),
                     IMGMATCH_OK);
    assert_false(unchanged);
}

typedef struct listing {
    const imx_store *store;
    char last[32];
    size_t count;
    size_t stop_at;
} listing;

static bool note_item(void *user, const imgmatch_item *item) {
    listing *self = user;
    /* Look-ups work from within a listing. */
    imgmatch_item *same = NULL;
    assert_int_equal(imx_store_get(&same, self->store, item->id, NULL), IMGMATCH_OK);
    free(same);
    assert_true(strcmp(self->last, item->id) < 0);
    (void)snprintf(self->last, sizeof self->last, "%s", item->id);
    return ++self->count != self->stop_at;
}

/* What fast queries read: everything but the sketch. */
static void test_prints_are_references_without_sketches(void **state) {
    place *self = *state;
    add(self, 0, 3, 1);
    sample one;
    imx_hit hit;
    size_t count = 0;
    sample_fill(&one, 1, 1);
    imx_snapshot *snapshot = imx_store_hold(self->writer);
    assert_int_equal(
        imx_snapshot_search_hash(&hit, &count, snapshot, &one.record.views[0].pdq, 1, 0, 1, NULL),
        IMGMATCH_OK);
    assert_int_equal(count, 1);
    imx_reference whole, prints;
    assert_int_equal(imx_store_read_reference(&whole, self->writer, snapshot, hit.seq, NULL),
                     IMGMATCH_OK);
    assert_int_equal(imx_store_read_prints(&prints, self->writer, snapshot, hit.seq, NULL),
                     IMGMATCH_OK);
    assert_non_null(whole.sketch);
    assert_null(prints.sketch);
    assert_string_equal(prints.id, whole.id);
    assert_string_equal(prints.sha256, whole.sha256);
    assert_int_equal(prints.view_count, whole.view_count);
    assert_memory_equal(prints.pdq, whole.pdq, whole.view_count * sizeof *whole.pdq);
    assert_memory_equal(prints.embeddings, whole.embeddings,
                        whole.view_count * SAMPLE_DIMENSION * sizeof *whole.embeddings);
    imx_reference_free(&whole);
    imx_reference_free(&prints);
    assert_int_equal(remove_item(self, 1), 1);
    assert_int_equal(imx_store_read_prints(&prints, self->writer, snapshot, hit.seq, NULL),
                     IMGMATCH_ERR_NOT_FOUND);
    imx_snapshot_release(snapshot);
}

static void test_list_is_in_the_order_of_ids(void **state) {
    place *self = *state;
    add(self, 0, 120, 1);
    listing all = {.store = self->writer};
    assert_int_equal(imx_store_list(self->writer, note_item, &all, NULL), IMGMATCH_OK);
    assert_int_equal(all.count, 120);
    listing some = {.store = self->writer, .stop_at = 7};
    assert_int_equal(imx_store_list(self->writer, note_item, &some, NULL), IMGMATCH_OK);
    assert_int_equal(some.count, 7);
}

static void test_reader_goes_on_with_what_it_has_until_refreshed(void **state) {
    place *self = *state;
    add(self, 0, 20, 1);
    imx_store *reader = open_reader(self);
    imx_snapshot *old = imx_store_hold(reader);
    bool changed = true;
    assert_int_equal(imx_store_refresh(&changed, reader, NULL), IMGMATCH_OK);
    assert_false(changed);
    for (int step = 0; step < 4; step++) {
        add(self, 100 + 10 * (uint32_t)step, 10, 1);
        assert_int_equal(remove_item(self, (uint32_t)step), 1);
        if (step % 2 == 1) {
            assert_int_equal(imx_store_compact(self->writer, NULL), IMGMATCH_OK);
        }
        imx_snapshot *now = imx_store_hold(reader);
        assert_int_equal(imx_snapshot_item_count(now), 20 + 9 * step);
        imx_snapshot_release(now);
        assert_int_equal(imx_store_refresh(&changed, reader, NULL), IMGMATCH_OK);
        assert_true(changed);
        for (uint32_t i = 0; i < 10; i++) {
            assert_true(sample_is_stored(reader, 100 + 10 * (uint32_t)step + i, 1));
        }
        imx_snapshot *mine = imx_store_hold(reader), *its = imx_store_hold(self->writer);
        assert_int_equal(imx_snapshot_generation(mine), imx_snapshot_generation(its));
        imx_snapshot_release(mine);
        imx_snapshot_release(its);
    }
    /* What was held all along still finds what was removed since. */
    sample first;
    imx_hit hit;
    size_t count = 0;
    sample_fill(&first, 0, 1);
    assert_int_equal(
        imx_snapshot_search_hash(&hit, &count, old, &first.record.views[0].pdq, 1, 0, 1, NULL),
        IMGMATCH_OK);
    assert_int_equal(count, 1);
    imx_reference reference;
    assert_int_equal(imx_store_read_reference(&reference, reader, old, hit.seq, NULL),
                     IMGMATCH_ERR_NOT_FOUND);
    imx_snapshot_release(old);
    imx_store_close(reader);
}

static void test_second_writer_is_refused(void **state) {
    place *self = *state;
    imx_store *second = NULL;
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    assert_int_equal(imx_store_open(&second, self->path, NULL, true, &diag), IMGMATCH_ERR_BUSY);
    assert_null(second);
    assert_non_null(strstr(diag.message, "another writer"));
    imx_store_close(self->writer);
    assert_int_equal(imx_store_open(&self->writer, self->path, NULL, true, NULL), IMGMATCH_OK);
}

static void test_reader_cannot_change(void **state) {
    place *self = *state;
    imx_store *reader = open_reader(self);
    assert_int_equal(sample_add(reader, 0, 1, 1, NULL), IMGMATCH_ERR_ARGUMENT);
    assert_int_equal(imx_store_compact(reader, NULL), IMGMATCH_ERR_ARGUMENT);
    assert_int_equal(imx_store_set_value(reader, "a", "b", NULL), IMGMATCH_ERR_ARGUMENT);
    imx_store_close(reader);
}

static imgmatch_status open_as(const place *self, const imx_identity *identity,
                               imgmatch_diag *diag) {
    imx_store *store = NULL;
    imgmatch_status status = imx_store_open(&store, self->path, identity, false, diag);
    imx_store_close(store);
    return status;
}

static void test_foreign_fingerprints_are_refused(void **state) {
    place *self = *state;
    imx_identity right = sample_identity(), wrong = right;
    assert_int_equal(open_as(self, &right, NULL), IMGMATCH_OK);
    wrong.model_sha256[3] = 'b';
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    assert_int_equal(open_as(self, &wrong, &diag), IMGMATCH_ERR_MISMATCH);
    assert_non_null(strstr(diag.message, "sample"));
    wrong = right;
    wrong.preprocessing_version++;
    assert_int_equal(open_as(self, &wrong, NULL), IMGMATCH_ERR_MISMATCH);
    wrong = right;
    wrong.sketch_version++;
    assert_int_equal(open_as(self, &wrong, NULL), IMGMATCH_ERR_MISMATCH);
    wrong = right;
    wrong.hash_version++;
    assert_int_equal(open_as(self, &wrong, NULL), IMGMATCH_ERR_MISMATCH);
    assert_int_equal(open_as(self, NULL, NULL), IMGMATCH_OK);
}

static void test_folders_that_are_no_place_for_a_catalogue(void **state) {
    place *self = *state;
    imx_identity identity = sample_identity();
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    char path[600];
    assert_int_equal(imx_store_create(self->path, NULL, &identity, NULL), IMGMATCH_ERR_EXISTS);
    assert_int_equal(imx_store_create(self->folder, NULL, &identity, NULL), IMGMATCH_ERR_EXISTS);
    (void)snprintf(path, sizeof path, "%s/no/such", self->folder);
    assert_int_equal(imx_store_create(path, NULL, &identity, &diag), IMGMATCH_ERR_NOT_FOUND);
    assert_non_null(strstr(diag.message, path));
    (void)snprintf(path, sizeof path, "%s/file", self->folder);
    assert_true(sample_write_file(path, "x", 1));
    assert_int_not_equal(imx_store_create(path, NULL, &identity, NULL), IMGMATCH_OK);
    imx_store *store = NULL;
    assert_int_equal(imx_store_open(&store, self->folder, NULL, false, NULL),
                     IMGMATCH_ERR_NOT_FOUND);
    /* An empty folder will do, with what an interrupted attempt left; its name is the default. */
    (void)snprintf(path, sizeof path, "%s/empty", self->folder);
    assert_int_equal(mkdir(path, 0777), 0);
    (void)snprintf(path, sizeof path, "%s/empty/catalogue.db.new", self->folder);
    assert_true(sample_write_file(path, "half a database", 15));
    (void)snprintf(path, sizeof path, "%s/empty/", self->folder);
    assert_int_equal(imx_store_create(path, NULL, &identity, NULL), IMGMATCH_OK);
    assert_int_equal(imx_store_open(&store, path, &identity, false, NULL), IMGMATCH_OK);
    imgmatch_catalogue_stat stat;
    assert_int_equal(imx_store_stat(&stat, store, NULL), IMGMATCH_OK);
    assert_string_equal(stat.name, "empty");
    imx_store_close(store);
}

/* SQLite may be built to take such paths for URIs, which lead to other files, or to none. */
static void test_paths_are_no_uris(void **state) {
    place *self = *state;
    static const char *const paths[] = {"file:victim", "file:victim?mode=memory", "file:%76ictim"};
    imx_identity identity = sample_identity();
    struct stat there;
    int before = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(before >= 0);
    assert_int_equal(chdir(self->folder), 0);
    assert_int_equal(mkdir("victim", 0777), 0);
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        char database[100];
        imx_store *store = NULL;
        assert_int_equal(imx_store_create(paths[i], NULL, &identity, NULL), IMGMATCH_OK);
        (void)snprintf(database, sizeof database, "%s/catalogue.db", paths[i]);
        assert_int_equal(stat(database, &there), 0);
        assert_int_equal(imx_store_open(&store, paths[i], &identity, true, NULL), IMGMATCH_OK);
        assert_int_equal(sample_add(store, 0, 1, 1, NULL), IMGMATCH_OK);
        imx_store_close(store);
        assert_int_equal(imx_store_open(&store, paths[i], &identity, false, NULL), IMGMATCH_OK);
        assert_true(sample_is_stored(store, 0, 1));
        imx_store_close(store);
    }
    assert_int_equal(rmdir("victim"), 0); /* Which is empty still. */
    assert_int_equal(fchdir(before), 0);
    (void)close(before);
}

/* Results show the name in JSON, so it is UTF-8; but a folder may be called as it likes. */
static void test_names_are_utf8(void **state) {
    static const char *const folders[] = {"b\xff\xfe", "gr\xc3\xb6\xc3\x9f\x65", "cut\xe5\xaf"};
    static const char *const names[] = {"b__", "gr\xc3\xb6\xc3\x9f\x65", "cut__"};
    place *self = *state;
    imx_identity identity = sample_identity();
    imgmatch_catalogue_stat stat;
    imx_store *store = NULL;
    char path[600];
    (void)snprintf(path, sizeof path, "%s/named", self->folder);
    assert_int_equal(imx_store_create(path, "\xff", &identity, NULL), IMGMATCH_ERR_ARGUMENT);
    assert_int_equal(imx_store_create(path, "\xe5\xaf", &identity, NULL), IMGMATCH_ERR_ARGUMENT);
    assert_int_equal(access(path, F_OK), -1);
    for (size_t i = 0; i < 3; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", self->folder, folders[i]);
        assert_int_equal(imx_store_create(path, NULL, &identity, NULL), IMGMATCH_OK);
        assert_int_equal(imx_store_open(&store, path, &identity, false, NULL), IMGMATCH_OK);
        assert_int_equal(imx_store_stat(&stat, store, NULL), IMGMATCH_OK);
        assert_string_equal(stat.name, names[i]);
        imx_store_close(store);
    }
    /* 201 bytes, of which the last two are one character. */
    size_t start = (size_t)snprintf(path, sizeof path, "%s/", self->folder);
    memset(path + start, 'x', 199);
    memcpy(path + start + 199, "\xc3\xb6", 3);
    assert_int_equal(imx_store_create(path, NULL, &identity, NULL), IMGMATCH_OK);
    assert_int_equal(imx_store_open(&store, path, &identity, false, NULL), IMGMATCH_OK);
    assert_int_equal(imx_store_stat(&stat, store, NULL), IMGMATCH_OK);
    assert_int_equal(strlen(stat.name), 199);
    imx_store_close(store);
}

static void expect_refused(place *self, const imx_item_record *record) {
    bool replaced = true;
    assert_int_equal(imx_store_add(&replaced, self->writer, record, 1, NULL),
                     IMGMATCH_ERR_ARGUMENT);
    assert_false(replaced);
}

static void test_incomplete_items_are_refused(void **state) {
    place *self = *state;
    char long_id[514];
    memset(long_id, 'x', sizeof long_id - 1);
    long_id[513] = '\0';
    sample good;
    sample_fill(&good, 1, 1);
    imx_item_record bad = good.record;
    bad.id = "";
    expect_refused(self, &bad);
    bad.id = long_id;
    expect_refused(self, &bad);
    bad = good.record;
    bad.view_count = 0;
    expect_refused(self, &bad);
    bad.view_count = IMX_MAX_VIEWS + 1;
    expect_refused(self, &bad);
    bad = good.record;
    bad.metadata = NULL;
    expect_refused(self, &bad);
    bad = good.record;
    uint16_t halves[SAMPLE_DIMENSION] = {0x7e00}; /* NaN */
    bad.views[0].embedding = halves;
    expect_refused(self, &bad);
    halves[0] = 0x4000; /* 2 */
    expect_refused(self, &bad);
    imx_item_record dated = good.record;
    memcpy(dated.added_at, "2026-02-29T00:00:00Z", sizeof dated.added_at);
    expect_refused(self, &dated);
    memset(dated.added_at, '2', sizeof dated.added_at); /* Without an end. */
    expect_refused(self, &dated);
    /* One bad item keeps the good ones of its batch out. */
    imx_item_record batch[2] = {good.record, bad};
    bool replaced[2];
    assert_int_equal(imx_store_add(replaced, self->writer, batch, 2, NULL), IMGMATCH_ERR_ARGUMENT);
    assert_true(sample_is_absent(self->writer, 1));
    halves[0] = 0; /* A zero vector is let in: it is near to nothing. */
    assert_int_equal(imx_store_add(replaced, self->writer, &bad, 1, NULL), IMGMATCH_OK);
}

static void test_times_of_adding(void **state) {
    static const char *const good[] = {"2024-02-29T00:00:00Z", "2000-02-29T23:59:60Z",
                                       "1999-12-31T12:00:00Z"};
    static const char *const bad[] = {
        "",
        "yesterday",
        "2026-02-29T00:00:00Z",
        "1900-02-29T00:00:00Z",
        "2026-13-01T00:00:00Z",
        "2026-00-01T00:00:00Z",
        "2026-04-31T00:00:00Z",
        "2026-04-00T00:00:00Z",
        "2026-04-01T24:00:00Z",
        "2026-04-01T00:60:00Z",
        "2026-04-01T00:00:61Z",
        "2026-04-01T00:00:00",
        "2026-04-01 00:00:00Z",
        "2026-04-01T00:00:00Z ",
        "2026-04-01T00:00:-1Z",
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        assert_true(imx_added_at_is_valid(good[i]));
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_false(imx_added_at_is_valid(bad[i]));
    }
    char now[IMX_ADDED_AT_BYTES];
    imx_added_at_now(now);
    assert_true(imx_added_at_is_valid(now));

    /* An item has the one that it comes with, else that of the change. */
    place *self = *state;
    sample item;
    sample_fill(&item, 1, 1);
    bool replaced;
    imgmatch_item *found = NULL;
    memcpy(item.record.added_at, good[0], sizeof item.record.added_at);
    assert_int_equal(imx_store_add(&replaced, self->writer, &item.record, 1, NULL), IMGMATCH_OK);
    assert_int_equal(imx_store_get(&found, self->writer, item.id, NULL), IMGMATCH_OK);
    assert_string_equal(found->added_at, good[0]);
    free(found);
    item.record.added_at[0] = '\0';
    assert_int_equal(imx_store_add(&replaced, self->writer, &item.record, 1, NULL), IMGMATCH_OK);
    assert_int_equal(imx_store_get(&found, self->writer, item.id, NULL), IMGMATCH_OK);
    assert_true(imx_added_at_is_valid(found->added_at) && strcmp(found->added_at, now) >= 0);
    free(found);
}

static void test_odd_texts_survive(void **state) {
    place *self = *state;
    sample odd;
    sample_fill(&odd, 1, 1);
    odd.record.id = "\xff\xfe no UTF-8 '\"; \n";
    odd.record.product = "";
    odd.record.brand = "\xc3\xa9t\xc3\xa9";
    bool replaced;
    assert_int_equal(imx_store_add(&replaced, self->writer, &odd.record, 1, NULL), IMGMATCH_OK);
    imgmatch_item *item = NULL;
    assert_int_equal(imx_store_get(&item, self->writer, odd.record.id, NULL), IMGMATCH_OK);
    assert_string_equal(item->id, odd.record.id);
    assert_string_equal(item->product, "");
    assert_string_equal(item->brand, odd.record.brand);
    free(item);
}

static void test_values_are_kept(void **state) {
    place *self = *state;
    char *value = (char *)self;
    assert_int_equal(imx_store_get_value(&value, self->writer, "calibration", NULL), IMGMATCH_OK);
    assert_null(value);
    assert_int_equal(imx_store_set_value(self->writer, "calibration", "{}", NULL), IMGMATCH_OK);
    assert_int_equal(imx_store_set_value(self->writer, "calibration", "{\"a\":1}", NULL),
                     IMGMATCH_OK);
    imx_store *reader = open_reader(self);
    assert_int_equal(imx_store_get_value(&value, reader, "calibration", NULL), IMGMATCH_OK);
    assert_string_equal(value, "{\"a\":1}");
    free(value);
    imx_store_close(reader);
    assert_int_equal(sample_verify(self->writer), IMGMATCH_OK);
}

static void test_large_tail_is_compacted(void **state) {
    place *self = *state;
    imgmatch_catalogue_stat stat;
    for (uint32_t i = 0; i < 10; i++) {
        add(self, 256 * i, 256, 1);
    }
    assert_int_equal(imx_store_stat(&stat, self->writer, NULL), IMGMATCH_OK);
    assert_int_equal(stat.items, 2560);
    assert_true(stat.indexed >= 2000);
    assert_true(sample_is_stored(self->writer, 0, 1));
    assert_true(sample_is_stored(self->writer, 2559, 1));
    assert_int_equal(sample_verify(self->writer), IMGMATCH_OK);
}

#define BUNDLE(test) cmocka_unit_test_setup_teardown(test, place_set_up, place_tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        BUNDLE(test_empty_catalogue_answers),
        BUNDLE(test_items_come_out_as_they_went_in),
        BUNDLE(test_add_says_what_it_replaced),
        BUNDLE(test_prints_are_references_without_sketches),
        BUNDLE(test_list_is_in_the_order_of_ids),
        BUNDLE(test_reader_goes_on_with_what_it_has_until_refreshed),
        BUNDLE(test_second_writer_is_refused),
        BUNDLE(test_reader_cannot_change),
        BUNDLE(test_foreign_fingerprints_are_refused),
        BUNDLE(test_folders_that_are_no_place_for_a_catalogue),
        BUNDLE(test_paths_are_no_uris),
        BUNDLE(test_names_are_utf8),
        BUNDLE(test_incomplete_items_are_refused),
        BUNDLE(test_times_of_adding),
        BUNDLE(test_odd_texts_survive),
        BUNDLE(test_values_are_kept),
        BUNDLE(test_large_tail_is_compacted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
