/*
 * A read that fails in the midst of a verification ends its transaction, unless SQLite takes it for
 * damage (EIO), and a writer may change the catalogue before the next check. What is said then is
 * that a read failed, and not that anything is damaged.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "faults/system_calls/calls.h"
#include "faults/trigger.h"
#include "integration/catalogue/place.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define ITEMS 5000u /* More than SQLite keeps in memory, so that every check reads. */
#define EVERY 61    /* Of thousands of reads. */
#define MOST_READS 20000

typedef struct fixture {
    place place;
    bool overtaken;
    char wrong[200]; /* The first finding of damage. */
} fixture;

static int set_up(void **state) {
    fixture *self = place_new(sizeof *self, SAMPLE_DIMENSION);
    *state = self;
    return 0;
}

/* A main index, a tail and a tombstone. */
static void fill(const fixture *self) {
    const char *id = "item-3";
    size_t removed = 0;
    assert_int_equal(sample_add(self->place.writer, 0, ITEMS - 5, 1, NULL), IMGMATCH_OK);
    assert_int_equal(imx_store_compact(self->place.writer, NULL), IMGMATCH_OK);
    assert_int_equal(sample_add(self->place.writer, ITEMS - 5, 5, 1, NULL), IMGMATCH_OK);
    assert_int_equal(imx_store_remove(&removed, self->place.writer, &id, 1, NULL), IMGMATCH_OK);
}

/* SQLite's own check calls what it cannot read an error of the page's. */
static void overtake(void *user, const char *line) {
    fixture *self = user;
    bool of_reading = strstr(line, "nput/output error") != NULL ||
                      strstr(line, "disk I/O error") != NULL || strstr(line, "error code") != NULL;
    if (!of_reading && self->wrong[0] == '\0') {
        (void)snprintf(self->wrong, sizeof self->wrong, "%s", line);
    }
    if (!self->overtaken) {
        const char *id = "item-7";
        size_t removed = 0;
        self->overtaken = true;
        assert_int_equal(imx_store_remove(&removed, self->place.writer, &id, 1, NULL), IMGMATCH_OK);
        assert_int_equal(removed, 1);
    }
}

static void verify_with_failing_reads(fixture *self, int error) {
    long reads = 0, overtaken = 0;
    call_fault_set_read_error(error);
    for (bool hit = true; hit; reads += EVERY) {
        assert_true(reads < MOST_READS);
        imx_store *reader = place_open_reader(&self->place);
        self->overtaken = false;
        fault_arm(CALL_READ, reads, false);
        imgmatch_status status = imx_store_verify(reader, overtake, self, NULL);
        hit = fault_disarm();
        imx_store_close(reader);
        if (self->wrong[0] != '\0' || (!hit && status != IMGMATCH_OK)) {
            fail_msg("read %ld: %s: %s", reads, imgmatch_status_text(status), self->wrong);
        }
        overtaken += self->overtaken;
        assert_int_equal(sample_add(self->place.writer, 7, 1, 1, NULL), IMGMATCH_OK);
    }
    assert_true(overtaken > 30);
}

static void test_failed_reads_are_no_damage(void **state) {
    fixture *self = *state;
    fill(self);
    verify_with_failing_reads(self, EIO);
    verify_with_failing_reads(self, ESTALE); /* As on a network's file system. */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_failed_reads_are_no_damage, set_up, place_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
