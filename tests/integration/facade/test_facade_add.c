/*
 * What becomes of photos that are added: the outcome of each, what is stored, and that a broken
 * photo, a bad argument or a stop never costs the others.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "integration/facade/pictures.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PHOTOS 12

static int open_place(void **state) {
    static workplace place;
    workplace_open(&place);
    *state = &place;
    return 0;
}

static int close_place(void **state) {
    workplace_close(*state);
    return 0;
}

static void add_one(workplace *place, const imgmatch_photo *photo, imgmatch_outcome *outcome) {
    assert_int_equal(imgmatch_catalogue_add(outcome, place->catalogue, photo, 1, NULL, NULL),
                     IMGMATCH_OK);
}

static uint64_t count_items(const workplace *place) {
    imgmatch_catalogue_stat stat;
    assert_int_equal(imgmatch_catalogue_get_stat(&stat, place->catalogue, NULL), IMGMATCH_OK);
    return stat.items;
}

static void test_added_unchanged_replaced(void **state) {
    workplace *place = *state;
    encoded one = picture_png(1), two = picture_png(2);
    imgmatch_photo photo = photo_of(&one, "sku-1");
    imgmatch_outcome outcome;
    photo.metadata = "{\"colour\":\"red\"}";
    add_one(place, &photo, &outcome);
    assert_int_equal(outcome.kind, IMGMATCH_OUTCOME_ADDED);
    add_one(place, &photo, &outcome);
    assert_int_equal(outcome.kind, IMGMATCH_OUTCOME_UNCHANGED);
    photo.brand = "Acme";
    add_one(place, &photo, &outcome);
    assert_int_equal(outcome.kind, IMGMATCH_OUTCOME_REPLACED);
    photo.data = two.bytes;
    photo.size_bytes = two.size;
    add_one(place, &photo, &outcome);
    assert_int_equal(outcome.kind, IMGMATCH_OUTCOME_REPLACED);
    assert_int_equal(count_items(place), 1);

    imgmatch_item *item = NULL;
    assert_int_equal(imgmatch_catalogue_get(&item, place->catalogue, "sku-1", NULL), IMGMATCH_OK);
    assert_string_equal(item->brand, "Acme");
    assert_string_equal(item->metadata, "{\"colour\":\"red\"}");
    assert_int_equal(item->size_bytes, two.size);
    assert_int_equal(item->width, 320);
    assert_true(item->features > 20);
    imgmatch_item_free(item);

    photo.metadata = ""; /* None, as of the other texts. */
    add_one(place, &photo, &outcome);
    assert_int_equal(outcome.kind, IMGMATCH_OUTCOME_REPLACED);
    assert_int_equal(imgmatch_catalogue_get(&item, place->catalogue, "sku-1", NULL), IMGMATCH_OK);
    assert_string_equal(item->metadata, "{}");
    imgmatch_item_free(item);
    imgmatch_free(one.bytes);
    imgmatch_free(two.bytes);
}

/* Every kind of refusal in one batch, and the good ones go in all the same. */
static void test_bad_photos_do_not_cost_the_good_ones(void **state) {
    workplace *place = *state;
    encoded one = picture_png(3), two = picture_png(4);
    char long_id[600];
    memset(long_id, 'x', sizeof long_id - 1);
    long_id[sizeof long_id - 1] = '\0';
    imgmatch_photo photos[9];
    for (int i = 0; i < 9; i++) {
        photos[i] = photo_of(&one, "good-1");
    }
    photos[1].id = "cut";
    photos[1].size_bytes = one.size / 2;
    photos[2].id = "empty";
    photos[2].size_bytes = 0;
    photos[3].id = NULL;
    photos[4].id = long_id;
    photos[5].id = "metadata";
    photos[5].metadata = "[1, 2]";
    photos[6] = photo_of(&two, "good-1"); /* Again. */
    photos[7] = (imgmatch_photo)IMGMATCH_PHOTO_INIT;
    photos[7].id = "nothing";
    photos[8] = photo_of(&two, "good-2");
    imgmatch_outcome outcomes[9];
    assert_int_equal(imgmatch_catalogue_add(outcomes, place->catalogue, photos, 9, NULL, NULL),
                     IMGMATCH_OK);
    static const imgmatch_reason reasons[9] = {
        IMGMATCH_REASON_NONE,         IMGMATCH_REASON_TRUNCATED, IMGMATCH_REASON_EMPTY,
        IMGMATCH_REASON_BAD_ENTRY,    IMGMATCH_REASON_BAD_ENTRY, IMGMATCH_REASON_BAD_ENTRY,
        IMGMATCH_REASON_DUPLICATE_ID, IMGMATCH_REASON_BAD_ENTRY, IMGMATCH_REASON_NONE};
    for (int i = 0; i < 9; i++) {
        assert_int_equal(outcomes[i].reason, reasons[i]);
        assert_int_equal(outcomes[i].kind, reasons[i] == IMGMATCH_REASON_NONE
                                               ? IMGMATCH_OUTCOME_ADDED
                                               : IMGMATCH_OUTCOME_FAILED);
        assert_int_equal(outcomes[i].message[0] != '\0', reasons[i] != IMGMATCH_REASON_NONE);
    }
    assert_int_equal(count_items(place), 2);
    imgmatch_free(one.bytes);
    imgmatch_free(two.bytes);
}

static bool write_to_file(void *user, const char *bytes, size_t size) {
    return fwrite(bytes, 1, size, user) == size;
}

/* What is in the catalogue goes out to a file and in again: all of it is known. The export's lines.
 */
static int export_and_import(const workplace *place, uint64_t items) {
    char path[600];
    (void)snprintf(path, sizeof path, "%s/export.jsonl", place->folder);
    FILE *file = fopen(path, "w+");
    assert_non_null(file);
    assert_int_equal(imgmatch_catalogue_export(place->catalogue, IMGMATCH_EXPORT_JSONL,
                                               write_to_file, file, NULL),
                     IMGMATCH_OK);
    rewind(file);
    int lines = 0, byte;
    while ((byte = fgetc(file)) != EOF) {
        lines += byte == '\n';
    }
    assert_int_equal(fclose(file), 0);
    imgmatch_exchange_report report;
    assert_int_equal(imgmatch_catalogue_import(&report, place->catalogue, path, NULL, NULL),
                     IMGMATCH_OK);
    assert_int_equal(report.unchanged, items);
    assert_int_equal(remove(path), 0);
    return lines;
}

/* An export has a line an item, whatever spelling the metadata came in, and import knows them
 * again. */
static void test_metadata_in_any_spelling_comes_back(void **state) {
    static const char *const spellings[] = {
        "{\n  \"colour\": \"red\"\r\n}\n",
        "{\"b\": 1.50}",
        "{\"a\":1e2}",
        "{\"a\":[1,2 ,3]}",
        "{ }",
        "{\"a\":\"\\/\\u0041\"}",
    };
    enum { SPELLINGS = sizeof spellings / sizeof *spellings };
    workplace *place = *state;
    encoded one = picture_png(8);
    imgmatch_photo photos[SPELLINGS];
    char ids[SPELLINGS][8];
    for (int i = 0; i < SPELLINGS; i++) {
        (void)snprintf(ids[i], sizeof ids[i], "id-%d", i);
        photos[i] = photo_of(&one, ids[i]);
        photos[i].metadata = spellings[i];
    }
    imgmatch_outcome outcomes[SPELLINGS];
    assert_int_equal(
        imgmatch_catalogue_add(outcomes, place->catalogue, photos, SPELLINGS, NULL, NULL),
        IMGMATCH_OK);
    assert_int_equal(count_items(place), SPELLINGS);
    imgmatch_item *item = NULL;
    assert_int_equal(imgmatch_catalogue_get(&item, place->catalogue, "id-0", NULL), IMGMATCH_OK);
    assert_string_equal(item->metadata, "{\"colour\":\"red\"}");
    imgmatch_item_free(item);
    assert_int_equal(export_and_import(place, SPELLINGS), 1 + SPELLINGS);
    imgmatch_free(one.bytes);
}

/* One that is too long costs its own photo; and what is let in can be exported and imported. */
static void test_long_texts_are_refused(void **state) {
    workplace *place = *state;
    encoded one = picture_png(9);
    enum { MOST = 16384 };
    char *text = malloc(MOST + 2);
    assert_non_null(text);
    memset(text, '\xff', MOST + 1); /* No UTF-8: written as six bytes each. */
    text[MOST + 1] = '\0';
    imgmatch_photo photos[4];
    for (int i = 0; i < 4; i++) {
        static const char *const ids[] = {"product", "brand", "source", "longest"};
        photos[i] = photo_of(&one, ids[i]);
    }
    photos[0].product = photos[1].brand = photos[2].source = text;
    photos[3].product = photos[3].brand = photos[3].source = text + 1;
    imgmatch_outcome outcomes[4];
    assert_int_equal(imgmatch_catalogue_add(outcomes, place->catalogue, photos, 4, NULL, NULL),
                     IMGMATCH_OK);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(outcomes[i].reason, IMGMATCH_REASON_BAD_ENTRY);
    }
    assert_int_equal(outcomes[3].kind, IMGMATCH_OUTCOME_ADDED);
    assert_int_equal(export_and_import(place, 1), 2);
    free(text);
    imgmatch_free(one.bytes);
}

/* Which of the photos with one id goes in does not depend on threads: the first that can be used,
 * and that is one which is in already, too. */
static void test_the_first_usable_photo_has_the_id(void **state) {
    workplace *place = *state;
    encoded one = picture_png(6), two = picture_png(7);
    imgmatch_photo photos[5];
    for (int i = 0; i < 5; i++) {
        photos[i] = photo_of(i < 3 ? &one : &two, "same");
    }
    photos[0].size_bytes = one.size / 2;
    photos[1].metadata = "[]";
    imgmatch_add_options options = IMGMATCH_ADD_OPTIONS_INIT;
    const imgmatch_outcome_kind kinds[2] = {IMGMATCH_OUTCOME_ADDED, IMGMATCH_OUTCOME_UNCHANGED};
    for (int round = 0; round < 6; round++) {
        options.threads = 1 + round % 5;
        imgmatch_outcome outcomes[5];
        assert_int_equal(
            imgmatch_catalogue_add(outcomes, place->catalogue, photos, 5, &options, NULL),
            IMGMATCH_OK);
        assert_int_equal(outcomes[0].reason, IMGMATCH_REASON_TRUNCATED);
        assert_int_equal(outcomes[1].reason, IMGMATCH_REASON_BAD_ENTRY);
        assert_int_equal(outcomes[2].kind, kinds[round > 0]);
        assert_int_equal(outcomes[3].reason, IMGMATCH_REASON_DUPLICATE_ID);
        assert_int_equal(outcomes[4].reason, IMGMATCH_REASON_DUPLICATE_ID);
    }
    imgmatch_item *item = NULL;
    assert_int_equal(imgmatch_catalogue_get(&item, place->catalogue, "same", NULL), IMGMATCH_OK);
    assert_int_equal(item->size_bytes, one.size);
    imgmatch_item_free(item);
    imgmatch_free(one.bytes);
    imgmatch_free(two.bytes);
}

static bool stop_at_once(void *user, size_t done, size_t total) {
    (void)user;
    (void)done;
    (void)total;
    return false;
}

/* Those done before the stop are in, the rest say that they are not. */
static void test_stopping_keeps_a_whole_batch(void **state) {
    workplace *place = *state;
    encoded pictures[PHOTOS];
    imgmatch_photo photos[PHOTOS];
    imgmatch_outcome outcomes[PHOTOS];
    char ids[PHOTOS][8] = {{0}};
    for (int i = 0; i < PHOTOS; i++) {
        ids[i][0] = (char)('a' + i);
        pictures[i] = picture_png((uint64_t)(20 + i));
        photos[i] = photo_of(&pictures[i], ids[i]);
    }
    imgmatch_add_options options = IMGMATCH_ADD_OPTIONS_INIT;
    options.threads = 1;
    options.progress = stop_at_once;
    imgmatch_status status =
        imgmatch_catalogue_add(outcomes, place->catalogue, photos, PHOTOS, &options, NULL);
    uint64_t added = 0;
    for (int i = 0; i < PHOTOS; i++) {
        added += outcomes[i].kind == IMGMATCH_OUTCOME_ADDED;
        assert_true(outcomes[i].kind == IMGMATCH_OUTCOME_ADDED ||
                    outcomes[i].reason == IMGMATCH_REASON_CANCELLED);
    }
    assert_int_equal(status, added < PHOTOS ? IMGMATCH_ERR_CANCELLED : IMGMATCH_OK);
    assert_int_equal(count_items(place), added);
    assert_int_equal(imgmatch_catalogue_verify(place->catalogue, NULL, NULL, NULL), IMGMATCH_OK);
    for (int i = 0; i < PHOTOS; i++) {
        imgmatch_free(pictures[i].bytes);
    }
}

/* Photos are worked on before progress is told: nobody gets this far. */
static bool never_called(void *user, size_t done, size_t total) {
    (void)user;
    (void)done;
    (void)total;
    fail_msg("photos are looked at");
    return false;
}

/* A catalogue that is open for reading takes nothing up from files and other catalogues, and says
 * so before it looks for them. */
static void expect_no_exchange(imgmatch_catalogue *reader) {
    imgmatch_exchange_report report;
    assert_int_equal(imgmatch_catalogue_import(&report, reader, "/nowhere", NULL, NULL),
                     IMGMATCH_ERR_ARGUMENT);
    assert_int_equal(imgmatch_catalogue_merge(&report, reader, "/nowhere", NULL, NULL),
                     IMGMATCH_ERR_ARGUMENT);
}

static void test_wrong_use_is_refused(void **state) {
    workplace *place = *state;
    encoded one = picture_png(5);
    imgmatch_photo photo = photo_of(&one, "a");
    imgmatch_outcome outcome;
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    assert_int_equal(imgmatch_catalogue_add(NULL, place->catalogue, &photo, 1, NULL, &diag),
                     IMGMATCH_ERR_ARGUMENT);
    assert_true(diag.message[0] != '\0');
    assert_int_equal(imgmatch_catalogue_add(NULL, place->catalogue, NULL, 0, NULL, NULL),
                     IMGMATCH_OK);

    /* A second writer, and a reader that writes. */
    imgmatch_catalogue *other = NULL;
    imgmatch_open_options options = IMGMATCH_OPEN_OPTIONS_INIT;
    options.model = place->model;
    options.writable = true;
    assert_int_equal(imgmatch_catalogue_open(&other, place->path, &options, NULL),
                     IMGMATCH_ERR_BUSY);
    assert_null(other);
    options.writable = false;
    assert_int_equal(imgmatch_catalogue_open(&other, place->path, &options, NULL), IMGMATCH_OK);
    imgmatch_add_options watched = IMGMATCH_ADD_OPTIONS_INIT;
    watched.progress = never_called;
    assert_int_equal(imgmatch_catalogue_add(&outcome, other, &photo, 1, &watched, NULL),
                     IMGMATCH_ERR_ARGUMENT);
    assert_int_equal(outcome.kind, IMGMATCH_OUTCOME_FAILED);
    assert_string_equal(outcome.message, "the call failed");
    /* It is said of a batch that has nothing to store, too. */
    imgmatch_photo nameless = photo_of(&one, NULL);
    assert_int_equal(imgmatch_catalogue_add(&outcome, other, &nameless, 1, &watched, NULL),
                     IMGMATCH_ERR_ARGUMENT);
    expect_no_exchange(other);
    imgmatch_catalogue_close(other);

    /* Without a model nothing can be fingerprinted. */
    options.model = NULL;
    assert_int_equal(imgmatch_catalogue_open(&other, place->path, &options, NULL), IMGMATCH_OK);
    assert_int_equal(imgmatch_catalogue_add(&outcome, other, &photo, 1, NULL, NULL),
                     IMGMATCH_ERR_ARGUMENT);
    imgmatch_catalogue_close(other);
    assert_int_equal(count_items(place), 0);
    imgmatch_free(one.bytes);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_added_unchanged_replaced, open_place, close_place),
        cmocka_unit_test_setup_teardown(test_bad_photos_do_not_cost_the_good_ones, open_place,
                                        close_place),
        cmocka_unit_test_setup_teardown(test_metadata_in_any_spelling_comes_back, open_place,
                                        close_place),
        cmocka_unit_test_setup_teardown(test_long_texts_are_refused, open_place, close_place),
        cmocka_unit_test_setup_teardown(test_the_first_usable_photo_has_the_id, open_place,
                                        close_place),
        cmocka_unit_test_setup_teardown(test_stopping_keeps_a_whole_batch, open_place, close_place),
        cmocka_unit_test_setup_teardown(test_wrong_use_is_refused, open_place, close_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
