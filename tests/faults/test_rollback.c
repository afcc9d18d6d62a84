/*
 * A transaction ends with a ROLLBACK, which may fail like any call of SQLite. Nobody is told then,
 * but what is read afterwards on the same handle is not of the past, what is written is not part of
 * the change that was given up, and a failure is not called damage.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "catalogue/record_source.h"
#include "faults/library_faults.h"
#include "faults/trigger.h"
#include "integration/catalogue/place.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#define KEY "rollback.test"
#define MOST_CALLS 200

typedef struct fixture {
    place place;
    imx_store *reader;
    long calls_of_look_up;
} fixture;

/* BEGIN, the item, each of its views, ROLLBACK; what comes of it does not matter. */
static void look_up(const imx_store *store) {
    imx_reference reference;
    imx_snapshot *snapshot = imx_store_hold(store);
    if (imx_store_read_prints(&reference, store, snapshot, 1, NULL) == IMGMATCH_OK) {
        imx_reference_free(&reference);
    }
    imx_snapshot_release(snapshot);
}

static void write_number(const fixture *self, long n) {
    char text[32];
    (void)snprintf(text, sizeof text, "%ld", n);
    assert_int_equal(imx_store_set_value(self->place.writer, KEY, text, NULL), IMGMATCH_OK);
}

/* The number that the reader finds, if it does. */
static imgmatch_status read_number(long *n, const fixture *self, imgmatch_diag *diag) {
    char *text = NULL;
    *n = -1;
    imgmatch_status status = imx_store_get_value(&text, self->reader, KEY, diag);
    if (status == IMGMATCH_OK && text != NULL) {
        *n = strtol(text, NULL, 10);
    }
    free(text);
    return status;
}

/* With all statements prepared: every look-up makes the same calls from then on. */
static int set_up(void **state) {
    fixture *self = place_new(sizeof *self, SAMPLE_DIMENSION);
    long n = 0;
    *state = self;
    assert_int_equal(sample_add(self->place.writer, 0, 3, 1, NULL), IMGMATCH_OK);
    self->reader = place_open_reader(&self->place);
    look_up(self->reader);
    write_number(self, 0);
    assert_int_equal(read_number(&n, self, NULL), IMGMATCH_OK);
    sample item;
    sample_fill(&item, 0, 1);
    self->calls_of_look_up = 3 + (long)item.record.view_count;
    return 0;
}

static int tear_down(void **state) {
    fixture *self = *state;
    imx_store_close(self->reader);
    place_free(&self->place);
    return 0;
}

static void test_reader_does_not_stay_in_the_past(void **state) {
    const fixture *self = *state;
    long n = 0, calls = 0;
    for (bool hit = true; hit; calls++) {
        assert_true(calls < MOST_CALLS);
        fault_arm(LIBRARY_SQLITE_IO, calls, false);
        look_up(self->reader);
        hit = fault_disarm();
        write_number(self, calls);
        assert_int_equal(read_number(&n, self, NULL), IMGMATCH_OK);
        assert_int_equal(n, calls);
    }
    assert_int_equal(calls, self->calls_of_look_up + 1);
}

static void test_failed_retry_is_told(void **state) {
    const fixture *self = *state;
    for (long calls = 0; calls < self->calls_of_look_up; calls++) {
        imgmatch_diag diag = IMGMATCH_DIAG_INIT;
        long n = 0;
        fault_arm(LIBRARY_SQLITE_MEMORY, calls, true);
        look_up(self->reader);
        assert_true(fault_disarm());
        write_number(self, calls);
        fault_arm(LIBRARY_SQLITE_MEMORY, 0, false);
        imgmatch_status status = read_number(&n, self, &diag);
        assert_true(fault_disarm());
        assert_int_equal(status, IMGMATCH_ERR_MEMORY);
        assert_true(diag.message[0] != '\0');
        assert_int_equal(read_number(&n, self, NULL), IMGMATCH_OK);
        assert_int_equal(n, calls);
    }
}

static long size_of_log(const fixture *self) {
    char log[600];
    struct stat info;
    (void)snprintf(log, sizeof log, "%s/catalogue.db-wal", self->place.path);
    assert_int_equal(stat(log, &info), 0);
    return (long)info.st_size;
}

/* The writer's handle is used again, or closed, and the log with it is emptied. */
static bool try_change(fixture *self, long calls, bool closes) {
    long n = 0;
    uint64_t before = imx_store_generation(self->place.writer);
    fault_arm(LIBRARY_SQLITE_MEMORY, calls, true);
    imgmatch_status status = imx_store_set_value(self->place.writer, KEY, "-5", NULL);
    bool hit = fault_disarm();
    assert_int_equal(status, hit ? IMGMATCH_ERR_MEMORY : IMGMATCH_OK);
    if (closes) {
        place_close(&self->place);
        assert_int_equal(size_of_log(self), 0);
        place_open(&self->place);
    }
    write_number(self, calls);
    assert_int_equal(imx_store_generation(self->place.writer), before + (hit ? 1 : 2));
    assert_int_equal(read_number(&n, self, NULL), IMGMATCH_OK);
    assert_int_equal(n, calls);
    return hit;
}

static void test_change_that_was_given_up_is_gone(void **state) {
    fixture *self = *state;
    for (int closes = 0; closes < 2; closes++) {
        long calls = 0;
        while (try_change(self, calls, closes == 1)) {
            assert_true(++calls < MOST_CALLS);
        }
        assert_true(calls > 5); /* BEGIN, what is written, COMMIT; of each, no ROLLBACK after it. */
    }
}

/* To see what is new ends one transaction and begins the next. */
static void test_source_that_cannot_be_renewed_is_not_damaged(void **state) {
    const fixture *self = *state;
    imx_record_source *source = NULL;
    const imx_item_record *record = NULL;
    bool hit = true;
    assert_int_equal(imx_record_source_open(&source, self->place.path, NULL, NULL), IMGMATCH_OK);
    for (long n = 0; hit; n++) {
        imgmatch_diag diag = IMGMATCH_DIAG_INIT;
        assert_true(n < MOST_CALLS);
        fault_arm(LIBRARY_SQLITE_IO, n, false);
        imgmatch_status status = imx_record_source_renew(source, &diag);
        hit = fault_disarm();
        assert_int_equal(status, hit ? IMGMATCH_ERR_IO : IMGMATCH_OK);
        write_number(self, n);
        assert_int_equal(imx_record_source_renew(source, NULL), IMGMATCH_OK);
        assert_int_equal(imx_record_source_generation(source),
                         imx_store_generation(self->place.writer));
        assert_int_equal(imx_record_source_next(&record, source, NULL), IMGMATCH_OK);
        assert_non_null(record);
    }
    imx_record_source_close(source);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_reader_does_not_stay_in_the_past, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_failed_retry_is_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_change_that_was_given_up_is_gone, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_source_that_cannot_be_renewed_is_not_damaged, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
