/*
 * A transaction ends with a ROLLBACK, which may fail as every call of SQLite. Nobody is told then,
 * but what is read afterwards on the same handle is not of the past, and a failure is not called
 * damage.
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

#define KEY "rollback.test"
#define MOST_CALLS 200

typedef struct fixture {
    place place;
    imx_store *reader;
} fixture;

static int set_up(void **state) {
    fixture *self = place_new(sizeof *self, SAMPLE_DIMENSION);
    *state = self;
    assert_int_equal(sample_add(self->place.writer, 0, 3, 1, NULL), IMGMATCH_OK);
    self->reader = place_open_reader(&self->place);
    return 0;
}

static int tear_down(void **state) {
    fixture *self = *state;
    imx_store_close(self->reader);
    place_free(&self->place);
    return 0;
}

/* Within a transaction; what comes of it does not matter. */
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

static void test_reader_does_not_stay_in_the_past(void **state) {
    const fixture *self = *state;
    long calls = 0, n = 0;
    for (bool hit = true; hit; calls++) {
        assert_true(calls < MOST_CALLS);
        fault_arm(LIBRARY_SQLITE_IO, calls, false);
        look_up(self->reader);
        hit = fault_disarm();
        write_number(self, calls);
        assert_int_equal(read_number(&n, self, NULL), IMGMATCH_OK);
        assert_int_equal(n, calls);
    }
    assert_true(calls > 3); /* BEGIN, a statement at least, and ROLLBACK. */
}

/* To end the transaction fails once more. */
static void test_two_failures_are_told(void **state) {
    const fixture *self = *state;
    long n = 0;
    bool hit = true;
    for (long calls = 0; hit; calls++) {
        imgmatch_diag diag = IMGMATCH_DIAG_INIT;
        assert_true(calls < MOST_CALLS);
        fault_arm(LIBRARY_SQLITE_MEMORY, calls, true);
        look_up(self->reader);
        hit = fault_disarm();
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
        cmocka_unit_test_setup_teardown(test_two_failures_are_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_source_that_cannot_be_renewed_is_not_damaged, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
