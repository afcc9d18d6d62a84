/*
 * A catalogue in a forked child: refused, not used half-way, and not harmed. The child opens its
 * own, with the model that it inherited, if the parent had none open.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "integration/catalogue/children.h"
#include "integration/facade/pictures.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static bool take_nothing(void *user, const imgmatch_item *item) {
    (void)item;
    ++*(int *)user;
    return true;
}

static bool write_nothing(void *user, const char *bytes, size_t size) {
    (void)bytes;
    (void)size;
    ++*(int *)user;
    return true;
}

/* How many calls were answered otherwise than by a refusal; each is named. */
static int count_taken(imgmatch_catalogue *catalogue, imgmatch_calibrator *measuring,
                       const imgmatch_photo *photo) {
    const char *const ids[] = {"a"};
    const imgmatch_trace_query traced = {.id = "a"};
    imgmatch_outcome outcome;
    imgmatch_item *item = NULL;
    imgmatch_result *result = NULL, *results[1];
    imgmatch_catalogue_stat stat;
    imgmatch_exchange_report report;
    imgmatch_trace_report traces;
    imgmatch_calibration calibration;
    imgmatch_calibrator *calibrator = NULL;
    int taken = 0, seen = 0;
    bool newer;
#define EXPECT_REFUSED(call)                                                                       \
    do {                                                                                           \
        if ((call) != IMGMATCH_ERR_ARGUMENT) {                                                     \
            (void)fprintf(stderr, "taken: %s\n", #call);                                           \
            taken++;                                                                               \
        }                                                                                          \
    } while (0)
    EXPECT_REFUSED(imgmatch_catalogue_add(&outcome, catalogue, photo, 1, NULL, NULL));
    EXPECT_REFUSED(imgmatch_catalogue_remove(NULL, catalogue, ids, 1, NULL));
    EXPECT_REFUSED(imgmatch_catalogue_get(&item, catalogue, "a", NULL));
    EXPECT_REFUSED(imgmatch_catalogue_list(catalogue, take_nothing, &seen, NULL));
    EXPECT_REFUSED(imgmatch_catalogue_get_stat(&stat, catalogue, NULL));
    EXPECT_REFUSED(imgmatch_catalogue_verify(catalogue, NULL, NULL, NULL));
    EXPECT_REFUSED(imgmatch_catalogue_compact(catalogue, NULL));
    EXPECT_REFUSED(imgmatch_catalogue_compact_as(catalogue, IMGMATCH_INDEX_AUTO, NULL));
    EXPECT_REFUSED(imgmatch_catalogue_has_newer(&newer, catalogue, NULL));
    EXPECT_REFUSED(imgmatch_catalogue_refresh(NULL, catalogue, NULL));
    EXPECT_REFUSED(imgmatch_query(&result, catalogue, photo, NULL, NULL));
    EXPECT_REFUSED(imgmatch_query_batch(results, catalogue, photo, 1, NULL, NULL));
    EXPECT_REFUSED(
        imgmatch_catalogue_export(catalogue, IMGMATCH_EXPORT_JSONL, write_nothing, &seen, NULL));
    EXPECT_REFUSED(imgmatch_catalogue_import(&report, catalogue, "/dev/null", NULL, NULL));
    EXPECT_REFUSED(imgmatch_catalogue_merge(&report, catalogue, "/nowhere", NULL, NULL));
    EXPECT_REFUSED(imgmatch_catalogue_find_traces(&traces, catalogue, &traced, NULL, NULL, NULL));
    EXPECT_REFUSED(imgmatch_catalogue_get_calibration(&calibration, catalogue,
                                                      IMGMATCH_EFFORT_STANDARD, NULL));
    EXPECT_REFUSED(imgmatch_calibrator_new(&calibrator, catalogue, NULL, NULL));
    EXPECT_REFUSED(imgmatch_calibrator_add_photos(measuring, photo, 1, NULL));
    EXPECT_REFUSED(imgmatch_calibrator_add_labelled(measuring, NULL));
    EXPECT_REFUSED(imgmatch_calibrator_add_own(measuring, 10, NULL));
    EXPECT_REFUSED(imgmatch_calibrator_store(measuring, NULL));
    return taken + seen;
}

static bool finds(const imgmatch_catalogue *catalogue, const imgmatch_photo *photo) {
    imgmatch_result *result = NULL;
    bool found = imgmatch_query(&result, catalogue, photo, NULL, NULL) == IMGMATCH_OK &&
                 imgmatch_result_verdict(result) == IMGMATCH_VERDICT_COPY;
    imgmatch_result_free(result);
    return found;
}

static imgmatch_status open_again(imgmatch_catalogue **out, const workplace *place, bool writable) {
    imgmatch_open_options options = IMGMATCH_OPEN_OPTIONS_INIT;
    options.model = place->model;
    options.writable = writable;
    return imgmatch_catalogue_open(out, place->path, &options, NULL);
}

/* The child writes to `told` and reads from `heard`. */
static int told[2], heard[2];
static imgmatch_calibrator *parents_calibrator;

/* Exit status of the child; 0 when all is as it should be. */
static int inherit_a_catalogue(const workplace *place, const imgmatch_photo *photo) {
    char path[600];
    imgmatch_catalogue *own = NULL;
    (void)snprintf(path, sizeof path, "%s-2", place->path);
    if (count_taken(place->catalogue, parents_calibrator, photo) != 0) {
        return 1;
    }
    bool refused =
        open_again(&own, place, false) == IMGMATCH_ERR_UNSUPPORTED &&
        open_again(&own, place, true) == IMGMATCH_ERR_UNSUPPORTED &&
        imgmatch_catalogue_create(path, NULL, place->model, NULL) == IMGMATCH_ERR_UNSUPPORTED;
    imgmatch_catalogue_close(place->catalogue);
    (void)!write(told[1], "c", 1);
    (void)!read(heard[0], path, 1); /* Until the parent has seen that the lock is free. */
    return refused && own == NULL ? 0 : 2;
}

static int inherit_a_model(const workplace *place, const imgmatch_photo *photo) {
    imgmatch_catalogue *own = NULL;
    if (open_again(&own, place, false) != IMGMATCH_OK || !finds(own, photo)) {
        return 3;
    }
    imgmatch_catalogue_close(own);
    return 0;
}

static pid_t start(int (*act)(const workplace *, const imgmatch_photo *), const workplace *place,
                   const imgmatch_photo *photo) {
    pid_t child = fork();
    if (child == 0) {
        _exit(act(place, photo));
    }
    return child;
}

static void test_a_catalogue_stays_with_its_process(void **state) {
    (void)state;
    workplace place;
    workplace_open(&place);
    encoded pictures[2] = {picture_png(1), picture_png(2)};
    imgmatch_photo photos[2] = {photo_of(&pictures[0], "a"), photo_of(&pictures[1], "b")};
    imgmatch_outcome outcome;
    assert_int_equal(imgmatch_catalogue_add(&outcome, place.catalogue, photos, 1, NULL, NULL),
                     IMGMATCH_OK);
    assert_true(finds(place.catalogue, &photos[0]));
    assert_int_equal(imgmatch_calibrator_new(&parents_calibrator, place.catalogue, NULL, NULL),
                     IMGMATCH_OK);
    assert_int_equal(pipe(told), 0);
    assert_int_equal(pipe(heard), 0);
    pid_t child = start(inherit_a_catalogue, &place, &photos[0]);
    assert_int_equal(imgmatch_catalogue_add(&outcome, place.catalogue, &photos[1], 1, NULL, NULL),
                     IMGMATCH_OK);
    assert_int_equal(outcome.kind, IMGMATCH_OUTCOME_ADDED);
    assert_true(finds(place.catalogue, &photos[1]));
    imgmatch_calibrator_free(parents_calibrator);
    imgmatch_catalogue_close(place.catalogue);
    /* The child has closed it, too, but lives: the lock is free. */
    char word;
    assert_int_equal(read(told[0], &word, 1), 1);
    assert_int_equal(open_again(&place.catalogue, &place, true), IMGMATCH_OK);
    assert_int_equal(write(heard[1], "g", 1), 1);
    child_expect_done(child);
    imgmatch_catalogue_close(place.catalogue);
    place.catalogue = NULL;
    child_expect_done(start(inherit_a_model, &place, &photos[1]));
    workplace_close(&place);
    imgmatch_free(pictures[0].bytes);
    imgmatch_free(pictures[1].bytes);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_catalogue_stays_with_its_process),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
