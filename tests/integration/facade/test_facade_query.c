/*
 * Queries through the public API: the right reference first, the same answer for any number of
 * threads and from a comparison of two photos, and an answer, not an error, for a bad photo.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "base/json_reader.h"
#include "integration/facade/pictures.h"

#include <stdio.h>
#include <string.h>

#define REFERENCES 10

typedef struct fixture {
    workplace place;
    encoded references[REFERENCES];
    char ids[REFERENCES][8];
    imgmatch_photo photos[REFERENCES];
} fixture;

static int open_filled(void **state) {
    static fixture filled;
    workplace_open(&filled.place);
    for (int i = 0; i < REFERENCES; i++) {
        (void)snprintf(filled.ids[i], sizeof filled.ids[i], "ref-%d", i);
        filled.references[i] = picture_png((uint64_t)i);
        filled.photos[i] = photo_of(&filled.references[i], filled.ids[i]);
    }
    imgmatch_outcome outcomes[REFERENCES];
    assert_int_equal(imgmatch_catalogue_add(outcomes, filled.place.catalogue, filled.photos,
                                            REFERENCES, NULL, NULL),
                     IMGMATCH_OK);
    *state = &filled;
    return 0;
}

static int close_filled(void **state) {
    fixture *filled = *state;
    for (int i = 0; i < REFERENCES; i++) {
        imgmatch_free(filled->references[i].bytes);
    }
    workplace_close(&filled->place);
    return 0;
}

static imgmatch_result *query(const fixture *filled, const imgmatch_photo *photo,
                              const imgmatch_query_options *options) {
    imgmatch_result *result = NULL;
    assert_int_equal(imgmatch_query(&result, filled->place.catalogue, photo, options, NULL),
                     IMGMATCH_OK);
    return result;
}

static void test_a_crop_is_found_with_its_place(void **state) {
    const fixture *filled = *state;
    encoded crop = picture_cropped_jpeg(4);
    imgmatch_photo photo = photo_of(&crop, "listing");
    imgmatch_result *result = query(filled, &photo, NULL);
    const imgmatch_match *best = imgmatch_result_match(result, 0);
    assert_non_null(best);
    assert_string_equal(best->id, "ref-4");
    assert_int_equal(imgmatch_result_verdict(result), IMGMATCH_VERDICT_COPY);
    assert_true(best->score > 0.9);
    assert_true(best->signals.inliers >= 10);
    /* The middle 80% fill the query: a side of 1 becomes 1.25. */
    assert_true(best->alignment.known);
    assert_true(best->alignment.matrix[0] > 1.2F && best->alignment.matrix[0] < 1.3F);
    assert_true(best->alignment.reference_overlap > 0.6F &&
                best->alignment.reference_overlap < 0.68F);
    assert_true(best->alteration_count > 0);
    assert_memory_equal(best->alterations[0], "cropped to", 10);
    assert_null(imgmatch_result_match(result, imgmatch_result_match_count(result)));
    imgmatch_result_free(result);
    imgmatch_free(crop.bytes);
}

static void test_a_stranger_matches_nothing(void **state) {
    const fixture *filled = *state;
    encoded stranger = picture_png(1000);
    imgmatch_photo photo = photo_of(&stranger, NULL);
    imgmatch_query_options options = IMGMATCH_QUERY_OPTIONS_INIT;
    for (int effort = IMGMATCH_EFFORT_FAST; effort <= IMGMATCH_EFFORT_THOROUGH; effort++) {
        options.effort = (imgmatch_effort)effort;
        imgmatch_result *result = query(filled, &photo, &options);
        if (effort != IMGMATCH_EFFORT_FAST) { /* The tiny model takes all pictures for alike. */
            assert_int_equal(imgmatch_result_match_count(result), 0);
            assert_int_equal(imgmatch_result_verdict(result), IMGMATCH_VERDICT_NONE);
        }
        imgmatch_result_free(result);
    }
    imgmatch_free(stranger.bytes);
}

static void test_a_flat_photo_is_undecidable(void **state) {
    const fixture *filled = *state;
    encoded flat = picture_flat_png();
    imgmatch_photo photo = photo_of(&flat, NULL);
    imgmatch_result *result = query(filled, &photo, NULL);
    assert_int_equal(imgmatch_result_verdict(result), IMGMATCH_VERDICT_UNDECIDABLE);
    assert_int_equal(imgmatch_result_failure(result), IMGMATCH_REASON_NONE);
    assert_int_equal(imgmatch_result_remarks(result) & 1, 1);
    imgmatch_result_free(result);
    imgmatch_free(flat.bytes);
}

static void test_a_bad_photo_is_an_answer(void **state) {
    const fixture *filled = *state;
    imgmatch_photo photo = IMGMATCH_PHOTO_INIT;
    photo.path = "/nowhere/at/all.jpg";
    imgmatch_result *result = query(filled, &photo, NULL);
    assert_int_equal(imgmatch_result_verdict(result), IMGMATCH_VERDICT_UNDECIDABLE);
    assert_int_equal(imgmatch_result_failure(result), IMGMATCH_REASON_NOT_FOUND);
    assert_true(imgmatch_result_message(result)[0] != '\0');
    imgmatch_result_free(result);
}

/* Without the times. */
static char *json_of(const imgmatch_result *result) {
    char *text = NULL;
    imx_json *root = NULL;
    assert_int_equal(imgmatch_result_to_json(&text, result, NULL), IMGMATCH_OK);
    assert_int_equal(imx_json_parse(&root, text, strlen(text), 32, NULL), IMGMATCH_OK);
    assert_non_null(imx_json_get(root, "verdict"));
    imx_json_free(root);
    char *times = strstr(text, ",\"timing_ms\"");
    assert_non_null(times);
    *times = '\0';
    return text;
}

static void test_threads_do_not_matter(void **state) {
    const fixture *filled = *state;
    imgmatch_query_options options = IMGMATCH_QUERY_OPTIONS_INIT;
    options.min_score = 0;
    imgmatch_result *alone[REFERENCES], *together[REFERENCES];
    options.threads = 1;
    assert_int_equal(imgmatch_query_batch(alone, filled->place.catalogue, filled->photos,
                                          REFERENCES, &options, NULL),
                     IMGMATCH_OK);
    options.threads = 4;
    assert_int_equal(imgmatch_query_batch(together, filled->place.catalogue, filled->photos,
                                          REFERENCES, &options, NULL),
                     IMGMATCH_OK);
    for (int i = 0; i < REFERENCES; i++) {
        char *one = json_of(alone[i]);
        char *other = json_of(together[i]);
        assert_string_equal(one, other);
        imgmatch_free(one);
        imgmatch_free(other);
        assert_true(imgmatch_result_match_count(alone[i]) == options.top);
        for (size_t k = 1; k < imgmatch_result_match_count(alone[i]); k++) {
            assert_true(imgmatch_result_match(alone[i], k - 1)->score >=
                        imgmatch_result_match(alone[i], k)->score);
        }
        imgmatch_result_free(alone[i]);
        imgmatch_result_free(together[i]);
    }
}

/* A catalogue keeps embeddings as halves, so similarities differ in the fourth digit. */
static void test_comparing_agrees_with_querying(void **state) {
    const fixture *filled = *state;
    encoded crop = picture_cropped_jpeg(7);
    imgmatch_photo photo = photo_of(&crop, NULL);
    imgmatch_result *found = query(filled, &photo, NULL);
    imgmatch_result *compared = NULL;
    assert_int_equal(imgmatch_compare(&compared, filled->place.model, &photo, &filled->photos[7],
                                      NULL, NULL, NULL),
                     IMGMATCH_OK);
    const imgmatch_match *a = imgmatch_result_match(found, 0);
    const imgmatch_match *b = imgmatch_result_match(compared, 0);
    assert_string_equal(a->id, b->id);
    assert_int_equal(a->signals.inliers, b->signals.inliers);
    assert_int_equal(a->signals.pdq_distance, b->signals.pdq_distance);
    assert_true(a->score - b->score < 1e-3 && b->score - a->score < 1e-3);
    imgmatch_result_free(found);
    imgmatch_result_free(compared);

    /* A stranger has its one match, whatever its score. */
    assert_int_equal(imgmatch_compare(&compared, filled->place.model, &photo, &filled->photos[2],
                                      NULL, NULL, NULL),
                     IMGMATCH_OK);
    assert_int_equal(imgmatch_result_match_count(compared), 1);
    assert_true(imgmatch_result_score(compared) < 0.5);
    assert_false(imgmatch_result_reference_failed(compared));
    imgmatch_result_free(compared);
    imgmatch_free(crop.bytes);
}

/* Whichever of the two cannot be used: the answer is of the query, and its failure tells which. */
static void test_a_comparison_tells_which_photo_failed(void **state) {
    const fixture *filled = *state;
    imgmatch_photo lost = IMGMATCH_PHOTO_INIT;
    lost.path = "nowhere/lost.png";
    imgmatch_result *result = NULL;
    assert_int_equal(
        imgmatch_compare(&result, filled->place.model, &filled->photos[1], &lost, NULL, NULL, NULL),
        IMGMATCH_OK);
    assert_int_equal(imgmatch_result_verdict(result), IMGMATCH_VERDICT_UNDECIDABLE);
    assert_int_equal(imgmatch_result_failure(result), IMGMATCH_REASON_NOT_FOUND);
    assert_true(imgmatch_result_reference_failed(result));
    assert_string_equal(imgmatch_result_message(result),
                        "the reference 'nowhere/lost.png': no such file");
    imgmatch_result_free(result);

    assert_int_equal(
        imgmatch_compare(&result, filled->place.model, &lost, &filled->photos[1], NULL, NULL, NULL),
        IMGMATCH_OK);
    assert_int_equal(imgmatch_result_failure(result), IMGMATCH_REASON_NOT_FOUND);
    assert_false(imgmatch_result_reference_failed(result));
    assert_string_equal(imgmatch_result_message(result), "no such file");
    imgmatch_result_free(result);
}

static void test_one_part_has_one_source(void **state) {
    const fixture *filled = *state;
    encoded double_of = picture_cropped_jpeg(4); /* Listed a second time, as a detail. */
    encoded look_alike = picture_refolded_png(4);
    imgmatch_photo more[2] = {photo_of(&double_of, "double"), photo_of(&look_alike, "look-alike")};
    imgmatch_outcome outcomes[2];
    assert_int_equal(imgmatch_catalogue_add(outcomes, filled->place.catalogue, more, 2, NULL, NULL),
                     IMGMATCH_OK);
    imgmatch_query_options options = IMGMATCH_QUERY_OPTIONS_INIT;
    options.min_score = 0;
    imgmatch_photo photo = photo_of(&filled->references[4], "listing");
    imgmatch_result *result = query(filled, &photo, &options);
    int seen = 0;
    for (size_t i = 0; i < imgmatch_result_match_count(result); i++) {
        const imgmatch_match *match = imgmatch_result_match(result, i);
        assert_true(i == 0 || match->score <= imgmatch_result_match(result, i - 1)->score);
        if (strcmp(match->id, "ref-4") == 0 || strcmp(match->id, "double") == 0) {
            seen++;
            assert_null(match->rival);
            assert_int_equal(match->verdict, IMGMATCH_VERDICT_COPY);
        } else if (strcmp(match->id, "look-alike") == 0) {
            seen++;
            assert_non_null(match->rival);
            assert_string_equal(match->rival, "ref-4");
            assert_int_not_equal(match->verdict, IMGMATCH_VERDICT_COPY);
            imgmatch_result *alone = NULL;
            assert_int_equal(imgmatch_compare(&alone, filled->place.model, &photo, &more[1],
                                              &options, NULL, NULL),
                             IMGMATCH_OK);
            assert_null(imgmatch_result_match(alone, 0)->rival);
            assert_true(imgmatch_result_score(alone) > 2 * match->score);
            imgmatch_result_free(alone);
        }
    }
    assert_int_equal(seen, 3);
    imgmatch_result_free(result);
    imgmatch_free(double_of.bytes);
    imgmatch_free(look_alike.bytes);
}

static void test_removed_references_are_not_found(void **state) {
    const fixture *filled = *state;
    const char *ids[] = {"ref-1", "nobody"};
    size_t removed = 0;
    assert_int_equal(imgmatch_catalogue_remove(&removed, filled->place.catalogue, ids, 2, NULL),
                     IMGMATCH_OK);
    assert_int_equal(removed, 1);
    imgmatch_result *result = query(filled, &filled->photos[1], NULL);
    assert_int_equal(imgmatch_result_match_count(result), 0);
    imgmatch_result_free(result);
}

static void test_wrong_options_are_refused(void **state) {
    const fixture *filled = *state;
    imgmatch_result *result = NULL;
    imgmatch_query_options options = IMGMATCH_QUERY_OPTIONS_INIT;
    options.top = 0;
    assert_int_equal(
        imgmatch_query(&result, filled->place.catalogue, &filled->photos[0], &options, NULL),
        IMGMATCH_ERR_ARGUMENT);
    options.top = 5;
    options.min_score = 1.5;
    assert_int_equal(
        imgmatch_query(&result, filled->place.catalogue, &filled->photos[0], &options, NULL),
        IMGMATCH_ERR_ARGUMENT);
    assert_int_equal(imgmatch_query(&result, NULL, &filled->photos[0], NULL, NULL),
                     IMGMATCH_ERR_ARGUMENT);
    assert_null(result);
    assert_int_equal(imgmatch_result_match_count(NULL), 0);
    imgmatch_result_free(NULL);
}

static imgmatch_catalogue *open_reader(const fixture *filled) {
    const imgmatch_open_options options = {.model = filled->place.model};
    imgmatch_catalogue *reader = NULL;
    assert_int_equal(imgmatch_catalogue_open(&reader, filled->place.path, &options, NULL),
                     IMGMATCH_OK);
    return reader;
}

static void assert_first(const imgmatch_catalogue *reader, const encoded *picture, const char *id,
                         const char *brand) {
    imgmatch_photo photo = photo_of(picture, NULL);
    imgmatch_result *result = NULL;
    assert_int_equal(imgmatch_query(&result, reader, &photo, NULL, NULL), IMGMATCH_OK);
    const imgmatch_match *best = imgmatch_result_match(result, 0);
    if (id == NULL) {
        assert_null(best);
    } else {
        assert_non_null(best);
        assert_string_equal(best->id, id);
        assert_string_equal(best->brand == NULL ? "" : best->brand, brand);
    }
    imgmatch_result_free(result);
}

/* A reader has the numbers that items had when it was opened; a replaced item has a new one. */
static void test_a_reader_finds_what_was_replaced(void **state) {
    fixture *filled = *state;
    imgmatch_catalogue *reader = open_reader(filled);
    assert_first(reader, &filled->references[3], "ref-3", "");
    for (int round = 0; round < 2; round++) {
        char brand[16];
        (void)snprintf(brand, sizeof brand, "brand-%d", round);
        for (int i = 0; i < REFERENCES; i++) {
            filled->photos[i].brand = brand;
        }
        imgmatch_outcome outcomes[REFERENCES];
        assert_int_equal(imgmatch_catalogue_add(outcomes, filled->place.catalogue, filled->photos,
                                                REFERENCES, NULL, NULL),
                         IMGMATCH_OK);
        if (round == 1) { /* Of what was removed before, not even the numbers are left. */
            assert_int_equal(imgmatch_catalogue_compact(filled->place.catalogue, NULL),
                             IMGMATCH_OK);
        }
        assert_first(reader, &filled->references[3], "ref-3", brand);
    }
    bool newer = true;
    assert_int_equal(imgmatch_catalogue_has_newer(&newer, reader, NULL), IMGMATCH_OK);
    assert_false(newer);
    imgmatch_catalogue_close(reader);
}

/* Where the path leads elsewhere, queries go on with what was open, its last changes included. */
static void test_a_reader_goes_on_with_a_folder_that_was_moved(void **state) {
    fixture *filled = *state;
    imgmatch_catalogue *reader = open_reader(filled);
    imgmatch_outcome outcome;
    filled->photos[3].brand = "later";
    assert_int_equal(imgmatch_catalogue_add(&outcome, filled->place.catalogue, &filled->photos[3],
                                            1, NULL, NULL),
                     IMGMATCH_OK);
    assert_int_equal(outcome.kind, IMGMATCH_OUTCOME_REPLACED);
    char moved[600];
    (void)snprintf(moved, sizeof moved, "%s.moved", filled->place.path);
    assert_int_equal(rename(filled->place.path, moved), 0);
    assert_first(reader, &filled->references[3], "ref-3", "later");
    assert_first(reader, &filled->references[4], "ref-4", "");
    bool newer = false;
    assert_int_equal(imgmatch_catalogue_has_newer(&newer, reader, NULL), IMGMATCH_ERR_IO);
    assert_int_equal(rename(moved, filled->place.path), 0);
    imgmatch_catalogue_close(reader);
}

static void test_a_reader_does_not_find_what_was_removed(void **state) {
    const fixture *filled = *state;
    imgmatch_catalogue *reader = open_reader(filled);
    const char *gone = "ref-3";
    size_t removed = 0;
    assert_int_equal(imgmatch_catalogue_remove(&removed, filled->place.catalogue, &gone, 1, NULL),
                     IMGMATCH_OK);
    assert_int_equal(removed, 1);
    assert_first(reader, &filled->references[3], NULL, NULL);
    assert_first(reader, &filled->references[4], "ref-4", "");
    imgmatch_catalogue_close(reader);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_filled, close_filled)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_a_crop_is_found_with_its_place),
        TEST(test_a_stranger_matches_nothing),
        TEST(test_a_flat_photo_is_undecidable),
        TEST(test_a_bad_photo_is_an_answer),
        TEST(test_threads_do_not_matter),
        TEST(test_comparing_agrees_with_querying),
        TEST(test_a_comparison_tells_which_photo_failed),
        TEST(test_one_part_has_one_source),
        TEST(test_removed_references_are_not_found),
        TEST(test_a_reader_finds_what_was_replaced),
        TEST(test_a_reader_goes_on_with_a_folder_that_was_moved),
        TEST(test_a_reader_does_not_find_what_was_removed),
        TEST(test_wrong_options_are_refused),
    };
#if defined(__SANITIZE_THREAD__)
    /* All of them would take many minutes; this is the one that is about threads. */
    cmocka_set_test_filter("test_threads_do_not_matter");
#endif
    return cmocka_run_group_tests(tests, NULL, NULL);
}
