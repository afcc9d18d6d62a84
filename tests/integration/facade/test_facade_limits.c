/*
 * Limits of 0 and negative numbers of threads are mistakes of the caller, most often a struct that
 * was filled in by hand. Every call that takes one refuses it by name before it touches anything.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "integration/facade/pictures.h"

#include <stdio.h>
#include <string.h>

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

/* The diag is cleared, so that one serves many calls. */
static void expect_refused(imgmatch_status status, imgmatch_diag *diag, const char *field) {
    assert_int_equal(status, IMGMATCH_ERR_ARGUMENT);
    if (strstr(diag->message, field) == NULL) {
        fail_msg("'%s' does not name %s", diag->message, field);
    }
    *diag = (imgmatch_diag)IMGMATCH_DIAG_INIT;
}

#define FIELDS(X)                                                                                  \
    X(max_file_bytes)                                                                              \
    X(max_pixels)                                                                                  \
    X(max_side)                                                                                    \
    X(min_side)                                                                                    \
    X(max_frames)                                                                                  \
    X(max_jpeg_scans)                                                                              \
    X(max_png_chunks)                                                                              \
    X(max_chunk_bytes)                                                                             \
    X(max_candidates)                                                                              \
    X(max_views)                                                                                   \
    X(max_line_bytes)                                                                              \
    X(max_json_depth)                                                                              \
    X(max_metadata_bytes)                                                                          \
    X(max_decode_ms)

/* Each field alone; with 1 in its place the limits are taken, whatever they then refuse. */
static void test_every_field(void **state) {
    (void)state;
    encoded picture = picture_png(1);
    imgmatch_image *image = NULL;
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
#define CHECK(field)                                                                               \
    {                                                                                              \
        imgmatch_limits limits = IMGMATCH_LIMITS_INIT;                                             \
        limits.field = 0;                                                                          \
        expect_refused(imgmatch_image_decode(&image, picture.bytes, picture.size, &limits, &diag), \
                       &diag, #field);                                                             \
        assert_null(image);                                                                        \
        limits.field = 1;                                                                          \
        assert_int_not_equal(                                                                      \
            imgmatch_image_decode(&image, picture.bytes, picture.size, &limits, NULL),             \
            IMGMATCH_ERR_ARGUMENT);                                                                \
        imgmatch_image_free(image);                                                                \
    }
    FIELDS(CHECK)
#undef CHECK
    imgmatch_free(picture.bytes);
}

/* A field that is added to the struct has to be checked, too. */
#define FIELD_BYTES(field) +sizeof(((imgmatch_limits *)0)->field)
_Static_assert(sizeof(imgmatch_limits) - (0 FIELDS(FIELD_BYTES)) < sizeof(uint64_t),
               "FIELDS names every limit");

static void test_every_call_with_limits(void **state) {
    workplace *place = *state;
    const imgmatch_limits zeros = {0};
    const char *first = "max_file_bytes";
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    encoded picture = picture_png(2);
    const imgmatch_photo photo = photo_of(&picture, "one");

    imgmatch_image *image = NULL;
    expect_refused(imgmatch_image_open(&image, "/nowhere.png", &zeros, &diag), &diag, first);

    imgmatch_photo_list *list = NULL;
    expect_refused(imgmatch_photo_list_open(&list, "/nowhere.csv", &zeros, &diag), &diag, first);

    imgmatch_catalogue *catalogue = NULL;
    imgmatch_open_options opening = IMGMATCH_OPEN_OPTIONS_INIT;
    opening.limits = &zeros;
    expect_refused(imgmatch_catalogue_open(&catalogue, place->path, &opening, &diag), &diag, first);
    assert_null(catalogue);

    imgmatch_result *result = NULL;
    expect_refused(imgmatch_compare(&result, place->model, &photo, &photo, NULL, &zeros, &diag),
                   &diag, first);
    assert_null(result);

    imgmatch_overlay_options drawing = IMGMATCH_OVERLAY_OPTIONS_INIT;
    drawing.limits = &zeros;
    const imgmatch_alignment alignment = {.known = true, .matrix = {1, 0, 0, 0, 1, 0}};
    expect_refused(
        imgmatch_overlay_write("/nowhere/out.png", &photo, &photo, &alignment, &drawing, &diag),
        &diag, first);

    imgmatch_reindex_report report;
    imgmatch_reindex_options reindexing = IMGMATCH_REINDEX_OPTIONS_INIT;
    reindexing.limits = &zeros;
    expect_refused(
        imgmatch_catalogue_reindex(&report, place->path, place->model, &reindexing, &diag), &diag,
        first);

    imgmatch_decoder_pool_options pooling = IMGMATCH_DECODER_POOL_OPTIONS_INIT;
    pooling.worker = IMX_TEST_WORKER;
    imgmatch_decoder_pool *pool = NULL;
    assert_int_equal(imgmatch_decoder_pool_new(&pool, &pooling, NULL), IMGMATCH_OK);
    expect_refused(
        imgmatch_decoder_pool_decode(&image, pool, picture.bytes, picture.size, &zeros, &diag),
        &diag, first);
    expect_refused(imgmatch_decoder_pool_open(&image, pool, "/nowhere.png", &zeros, &diag), &diag,
                   first);
    imgmatch_decoder_pool_free(pool);
    imgmatch_free(picture.bytes);
}

static void test_every_call_with_threads(void **state) {
    workplace *place = *state;
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    encoded picture = picture_png(3);
    const imgmatch_photo photo = photo_of(&picture, "one");

    imgmatch_outcome outcome;
    const imgmatch_add_options adding = {.threads = -1};
    expect_refused(imgmatch_catalogue_add(&outcome, place->catalogue, &photo, 1, &adding, &diag),
                   &diag, "threads");
    assert_int_equal(outcome.reason, IMGMATCH_REASON_CANCELLED);

    imgmatch_result *result = NULL;
    imgmatch_query_options query = IMGMATCH_QUERY_OPTIONS_INIT;
    query.threads = -1;
    expect_refused(imgmatch_query_batch(&result, place->catalogue, &photo, 1, &query, &diag), &diag,
                   "threads");
    assert_null(result);

    imgmatch_calibrator *calibrator = NULL;
    imgmatch_calibrator_options calibrating = IMGMATCH_CALIBRATOR_OPTIONS_INIT;
    calibrating.threads = -2;
    expect_refused(imgmatch_calibrator_new(&calibrator, place->catalogue, &calibrating, &diag),
                   &diag, "threads");
    assert_null(calibrator);

    imgmatch_reindex_report report;
    imgmatch_reindex_options reindexing = IMGMATCH_REINDEX_OPTIONS_INIT;
    reindexing.threads = INT32_MIN;
    expect_refused(
        imgmatch_catalogue_reindex(&report, place->path, place->model, &reindexing, &diag), &diag,
        "threads");
    imgmatch_free(picture.bytes);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_field),
        cmocka_unit_test_setup_teardown(test_every_call_with_limits, open_place, close_place),
        cmocka_unit_test_setup_teardown(test_every_call_with_threads, open_place, close_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
