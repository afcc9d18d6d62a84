/*
 * Reindexing in several runs: whatever happens to the catalogue between two of them, the last one
 * leaves what a single run would have made of it.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "catalogue/record_source.h"
#include "facade/handle.h"
#include "integration/catalogue/samples.h"
#include "integration/facade/reindexing.h"

#include <imgmatch/imgmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PHOTOS 6u
#define HASHES 5u

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
        reindexing_draw(place->folder, name, 200 + i);
        reindexing_add_photo(place, name, name, "Acme", NULL);
    }
    for (uint32_t i = 0; i < HASHES; i++) {
        (void)snprintf(name, sizeof name, "h%u", i);
        reindexing_add_hash(place, name, 300 + i, "2024-05-06T07:08:09Z");
    }
}

static void reopen(workplace *place) {
    imgmatch_open_options options = IMGMATCH_OPEN_OPTIONS_INIT;
    options.model = place->model;
    options.writable = true;
    assert_int_equal(imgmatch_catalogue_open(&place->catalogue, place->path, &options, NULL),
                     IMGMATCH_OK);
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
    imgmatch_reindex_report report = reindexing_run(place.path, next);
    assert_int_equal(report.done, PHOTOS - 1 + HASHES);
    assert_int_equal(report.failed, 1);
    assert_false(report.published);

    reopen(&place);
    reindexing_add_hash(&place, "h0", 400, "2024-05-06T07:08:09Z"); /* Another hash. */
    reindexing_add_hash(&place, "h1", 301, "2025-01-01T00:00:00Z"); /* The same, anew. */
    remove_item(&place, "h2");
    reindexing_draw(place.folder, "h3.png", 403);
    remove_item(&place, "h3");
    reindexing_add_photo(&place, "h3", "h3.png", NULL, NULL); /* A photo in place of a hash. */
    remove_item(&place, "p1.png");
    reindexing_add_hash(&place, "p1.png", 401,
                        "2025-01-01T00:00:00Z"); /* And the other way round. */
    reindexing_draw(place.folder, "other.png", 402);
    reindexing_add_photo(&place, "p2.png", "other.png", "Acme",
                         NULL); /* Another photo, elsewhere. */
    reindexing_draw(place.folder, "p3.png", 404);
    reindexing_add_photo(&place, "p3.png", "p3.png", "Acme",
                         NULL); /* Another one in the same file. */
    reindexing_add_photo(&place, "p4.png", "p4.png", "Bcme", "{\"a\":1}");
    remove_item(&place, "p5.png");
    reindexing_add_hash(&place, "new", 405, "2025-01-01T00:00:00Z");
    imgmatch_catalogue_close(place.catalogue);

    assert_int_equal(rename(hidden, missing), 0);
    (void)snprintf(once, sizeof once, "%s/once", place.folder);
    assert_true(sample_folder_copy(once, place.path));
    report = reindexing_run(once, next);
    assert_true(report.published);
    report = reindexing_run(place.path, next);
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
    reindexing_draw(place.folder, "a.png", 500);
    reindexing_draw(place.folder, "b.png", 501);
    reindexing_add_photo(&place, "a", "a.png", NULL, NULL);
    reindexing_add_photo(&place, "b", "b.png", NULL, NULL);
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
    assert_false(reindexing_run(place.path, next).published);
    reopen(&place);
    remove_item(&place, "a");
    reindexing_add_photo(&place, "a", "a.png", NULL, NULL);
    imgmatch_catalogue_close(place.catalogue);
    assert_int_equal(rename(away, there), 0);
    assert_true(reindexing_run(place.path, next).published);
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

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_changes_between_two_runs_are_kept),
        cmocka_unit_test(test_hash_of_the_same_photo_is_not_taken_for_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
