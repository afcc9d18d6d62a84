/*
 * Reindexing in several runs: whatever happens to the catalogue between two of them, the last one
 * leaves what a single run would have made of it. What else is in the folder is never lost.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "catalogue/record_source.h"
#include "facade/handle.h"
#include "integration/catalogue/samples.h"
#include "integration/facade/pictures.h"

#include <imgmatch/imgmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PHOTOS 6u
#define HASHES 5u

static void write_picture(const char *folder, const char *name, uint64_t seed) {
    char path[512];
    encoded picture = picture_png(seed);
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    assert_true(sample_write_file(path, picture.bytes, picture.size));
    imgmatch_free(picture.bytes);
}

static void add_photo(workplace *place, const char *id, const char *name, const char *brand,
                      const char *metadata) {
    char path[512];
    imgmatch_photo photo = IMGMATCH_PHOTO_INIT;
    imgmatch_outcome outcome;
    (void)snprintf(path, sizeof path, "%s/%s", place->folder, name);
    photo.id = id;
    photo.path = path;
    photo.brand = brand;
    photo.metadata = metadata;
    assert_int_equal(imgmatch_catalogue_add(&outcome, place->catalogue, &photo, 1, NULL, NULL),
                     IMGMATCH_OK);
    assert_int_not_equal(outcome.kind, IMGMATCH_OUTCOME_FAILED);
}

static void add_hash(workplace *place, const char *id, uint64_t seed, const char *added_at) {
    bool replaced = false;
    imx_random random = {seed};
    imx_item_record item = {
        .id = id, .product = "", .brand = "", .source = "", .metadata = "{}", .view_count = 1};
    sample_hash(&item.views[0].pdq, &random);
    (void)snprintf(item.added_at, sizeof item.added_at, "%s", added_at);
    assert_int_equal(imx_store_add(&replaced, place->catalogue->store, &item, 1, NULL),
                     IMGMATCH_OK);
}

static void remove_item(workplace *place, const char *id) {
    size_t removed = 0;
    assert_int_equal(imgmatch_catalogue_remove(&removed, place->catalogue, &id, 1, NULL),
                     IMGMATCH_OK);
    assert_int_equal(removed, 1);
}

static void make_items(workplace *place) {
    char name[32];
    for (uint32_t i = 0; i < PHOTOS; i++) {
        (void)snprintf(name, sizeof name, "p%u.png", i);
        write_picture(place->folder, name, 200 + i);
        add_photo(place, name, name, "Acme", NULL);
    }
    for (uint32_t i = 0; i < HASHES; i++) {
        (void)snprintf(name, sizeof name, "h%u", i);
        add_hash(place, name, 300 + i, "2024-05-06T07:08:09Z");
    }
}

static void reopen(workplace *place) {
    imgmatch_open_options options = IMGMATCH_OPEN_OPTIONS_INIT;
    options.model = place->model;
    options.writable = true;
    assert_int_equal(imgmatch_catalogue_open(&place->catalogue, place->path, &options, NULL),
                     IMGMATCH_OK);
}

static imgmatch_reindex_report reindex(const char *path, const imgmatch_model *model) {
    imgmatch_reindex_report report;
    imgmatch_reindex_options options = IMGMATCH_REINDEX_OPTIONS_INIT;
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    options.threads = 1;
    if (imgmatch_catalogue_reindex(&report, path, model, &options, &diag) != IMGMATCH_OK) {
        fail_msg("%s", diag.message);
    }
    return report;
}

/* All items alike, hashes with their times. */
static void expect_same(const char *path, const char *expected_path, uint64_t count) {
    imx_record_source *found = NULL, *expected = NULL;
    const imx_item_record *item = NULL, *wanted = NULL;
    assert_int_equal(imx_record_source_open(&found, path, NULL, NULL), IMGMATCH_OK);
    assert_int_equal(imx_record_source_open(&expected, expected_path, NULL, NULL), IMGMATCH_OK);
    assert_int_equal(imx_record_source_count(found), count);
    assert_int_equal(imx_record_source_count(expected), count);
    uint32_t dimension = imx_record_source_identity(expected)->dimension;
    assert_string_equal(imx_record_source_identity(found)->model_sha256,
                        imx_record_source_identity(expected)->model_sha256);
    for (uint64_t i = 0; i < count; i++) {
        assert_int_equal(imx_record_source_next(&item, found, NULL), IMGMATCH_OK);
        assert_int_equal(imx_record_source_next(&wanted, expected, NULL), IMGMATCH_OK);
        if (!imx_record_equals(item, wanted, dimension)) {
            fail_msg("%s differs from %s", item->id, wanted->id);
        }
        if (wanted->views[0].embedding == NULL) {
            assert_string_equal(item->added_at, wanted->added_at);
        }
    }
    imx_record_source_close(found);
    imx_record_source_close(expected);
}

/* An acknowledged change is not undone by what the run before it made. */
static void test_changes_between_two_runs_are_kept(void **unused) {
    (void)unused;
    workplace place;
    imgmatch_model *next = NULL;
    char missing[512], hidden[512], once[512];
    workplace_open(&place);
    make_items(&place);
    imgmatch_catalogue_close(place.catalogue);
    assert_int_equal(imgmatch_model_open(&next, IMX_TEST_MODELS "/gem", NULL), IMGMATCH_OK);
    (void)snprintf(missing, sizeof missing, "%s/p0.png", place.folder);
    (void)snprintf(hidden, sizeof hidden, "%s/hidden", place.folder);
    assert_int_equal(rename(missing, hidden), 0);
    imgmatch_reindex_report report = reindex(place.path, next);
    assert_int_equal(report.done, PHOTOS - 1 + HASHES);
    assert_int_equal(report.failed, 1);
    assert_false(report.published);

    reopen(&place);
    add_hash(&place, "h0", 400, "2024-05-06T07:08:09Z"); /* Another hash. */
    add_hash(&place, "h1", 301, "2025-01-01T00:00:00Z"); /* The same, anew. */
    remove_item(&place, "h2");
    write_picture(place.folder, "h3.png", 403);
    remove_item(&place, "h3");
    add_photo(&place, "h3", "h3.png", NULL, NULL); /* A photo in place of a hash. */
    remove_item(&place, "p1.png");
    add_hash(&place, "p1.png", 401, "2025-01-01T00:00:00Z"); /* And the other way round. */
    write_picture(place.folder, "other.png", 402);
    add_photo(&place, "p2.png", "other.png", "Acme", NULL); /* Another photo, elsewhere. */
    write_picture(place.folder, "p3.png", 404);
    add_photo(&place, "p3.png", "p3.png", "Acme", NULL); /* Another one in the same file. */
    add_photo(&place, "p4.png", "p4.png", "Bcme", "{\"a\":1}");
    remove_item(&place, "p5.png");
    add_hash(&place, "new", 405, "2025-01-01T00:00:00Z");
    imgmatch_catalogue_close(place.catalogue);

    assert_int_equal(rename(hidden, missing), 0);
    (void)snprintf(once, sizeof once, "%s/once", place.folder);
    assert_true(sample_folder_copy(once, place.path));
    report = reindex(once, next);
    assert_true(report.published);
    report = reindex(place.path, next);
    assert_true(report.published);
    assert_int_equal(report.done, PHOTOS - 1 + HASHES);
    assert_int_equal(report.failed, 0);
    expect_same(place.path, once, PHOTOS - 1 + HASHES);

    place.catalogue = NULL;
    workplace_close(&place);
    imgmatch_model_close(next);
}

/* Items do not say so themselves when only a hash with their SHA-256 was there. */
static void test_hash_of_the_same_photo_is_not_taken_for_it(void **unused) {
    (void)unused;
    workplace place;
    imgmatch_model *next = NULL;
    imgmatch_item *item = NULL;
    bool replaced = false;
    workplace_open(&place);
    write_picture(place.folder, "a.png", 500);
    write_picture(place.folder, "b.png", 501);
    add_photo(&place, "a", "a.png", NULL, NULL);
    add_photo(&place, "b", "b.png", NULL, NULL);
    assert_int_equal(imgmatch_catalogue_get(&item, place.catalogue, "a", NULL), IMGMATCH_OK);
    /* As an export has it from which somebody took the embeddings. */
    imx_item_record bare = {.id = "a",
                            .product = item->product,
                            .brand = item->brand,
                            .source = item->source,
                            .metadata = item->metadata,
                            .view_count = 1};
    memcpy(bare.sha256, item->sha256, sizeof bare.sha256);
    assert_int_equal(imx_store_add(&replaced, place.catalogue->store, &bare, 1, NULL), IMGMATCH_OK);
    imgmatch_item_free(item);
    imgmatch_catalogue_close(place.catalogue);
    char away[512], there[512];
    (void)snprintf(there, sizeof there, "%s/b.png", place.folder);
    (void)snprintf(away, sizeof away, "%s/away", place.folder);
    assert_int_equal(rename(there, away), 0);
    assert_int_equal(imgmatch_model_open(&next, IMX_TEST_MODELS "/gem", NULL), IMGMATCH_OK);
    assert_false(reindex(place.path, next).published);
    reopen(&place);
    remove_item(&place, "a");
    add_photo(&place, "a", "a.png", NULL, NULL);
    imgmatch_catalogue_close(place.catalogue);
    assert_int_equal(rename(away, there), 0);
    assert_true(reindex(place.path, next).published);
    imgmatch_catalogue *reader = NULL;
    assert_int_equal(imgmatch_catalogue_open(&reader, place.path, NULL, NULL), IMGMATCH_OK);
    assert_int_equal(imgmatch_catalogue_get(&item, reader, "a", NULL), IMGMATCH_OK);
    assert_false(item->hash_only);
    imgmatch_item_free(item);
    imgmatch_catalogue_close(reader);
    place.catalogue = NULL;
    workplace_close(&place);
    imgmatch_model_close(next);
}

static void expect_text(const char *folder, const char *name, const char *text) {
    char path[600];
    size_t size = 0;
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    uint8_t *bytes = sample_read_file(&size, path);
    assert_non_null(bytes);
    assert_int_equal(size, strlen(text));
    assert_memory_equal(bytes, text, size);
    free(bytes);
}

static void write_text(const char *folder, const char *name, const char *text) {
    char path[600];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    assert_true(sample_write_file(path, text, strlen(text)));
}

/* Files of the user. Some have names that are nearly imgmatch's. */
static const char *const others[] = {"NOTES.txt",  "catalogue.db.bak", "catalogue.db-old",
                                     "index-.imx", "index-7.imx.old",  ".hidden"};

/* A small catalogue, closed, with those and a folder. */
static void open_small(workplace *place) {
    char path[600];
    workplace_open(place);
    write_picture(place->folder, "a.png", 600);
    add_photo(place, "a", "a.png", NULL, NULL);
    add_hash(place, "h", 601, "2024-05-06T07:08:09Z");
    /* So that there is an index file to delete. */
    assert_int_equal(imgmatch_catalogue_compact(place->catalogue, NULL), IMGMATCH_OK);
    imgmatch_catalogue_close(place->catalogue);
    place->catalogue = NULL;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        write_text(place->path, others[i], others[i]);
    }
    (void)snprintf(path, sizeof path, "%s/photos", place->path);
    assert_int_equal(mkdir(path, 0777), 0);
    write_text(path, "b.txt", "b");
}

static void expect_others(const char *path) {
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        expect_text(path, others[i], others[i]);
    }
    expect_text(path, "photos/b.txt", "b");
}

/* They are where they were, and nothing is left in the other folder. */
static void test_files_of_others_stay(void **unused) {
    (void)unused;
    workplace place;
    imgmatch_model *next = NULL;
    char beside[600];
    open_small(&place);
    assert_int_equal(imgmatch_model_open(&next, IMX_TEST_MODELS "/gem", NULL), IMGMATCH_OK);
    assert_true(reindex(place.path, next).published);
    expect_others(place.path);
    (void)snprintf(beside, sizeof beside, "%s.reindex", place.path);
    assert_int_not_equal(access(beside, F_OK), 0);
    workplace_close(&place);
    imgmatch_model_close(next);
}

/* Of two files with one name neither is lost, and the message names the one that has to go. */
static void test_a_namesake_is_not_overwritten(void **unused) {
    (void)unused;
    workplace place;
    imgmatch_model *next = NULL;
    imgmatch_reindex_report report;
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    char beside[600], name[700];
    open_small(&place);
    assert_int_equal(imgmatch_model_open(&next, IMX_TEST_MODELS "/gem", NULL), IMGMATCH_OK);
    (void)snprintf(beside, sizeof beside, "%s.reindex", place.path);
    assert_int_equal(imgmatch_catalogue_create(beside, NULL, next, NULL), IMGMATCH_OK);
    write_text(beside, "NOTES.txt", "of the new one");
    assert_int_equal(imgmatch_catalogue_reindex(&report, place.path, next, NULL, &diag),
                     IMGMATCH_ERR_IO);
    assert_true(report.published);
    (void)snprintf(name, sizeof name, "%s/NOTES.txt: ", beside);
    assert_non_null(strstr(diag.message, name));
    expect_text(place.path, "NOTES.txt", "of the new one");
    expect_text(beside, "NOTES.txt", "NOTES.txt");
    workplace_close(&place);
    imgmatch_model_close(next);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_changes_between_two_runs_are_kept),
        cmocka_unit_test(test_hash_of_the_same_photo_is_not_taken_for_it),
        cmocka_unit_test(test_files_of_others_stay),
        cmocka_unit_test(test_a_namesake_is_not_overwritten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
