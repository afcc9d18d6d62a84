/* POSIX takes all locks of a process off a file as soon as any part of it closes the file. While a
 * process lists a catalogue, nothing else that it does there may take off the locks that keep
 * another process's writer from emptying the log under the listing. And the bytes of the files that
 * SQLite locks are looked at nevertheless, when traces are looked for. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "catalogue/traces.h"
#include "integration/catalogue/place.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define ITEMS 200u
#define OLD 1u
#define NEW 2u

/* Waits to be told, then replaces all items and copies the log into the database if it may. */
static void run_writer(const char *path, int from, int to) {
    imx_store *store = NULL;
    char word = 0;
    bool done = read(from, &word, 1) == 1 &&
                imx_store_open(&store, path, NULL, true, NULL) == IMGMATCH_OK &&
                sample_add(store, 0, ITEMS, NEW, NULL) == IMGMATCH_OK &&
                imx_store_compact(store, NULL) == IMGMATCH_OK;
    imx_store_close(store);
    _exit(done && write(to, "w", 1) == 1 ? 0 : 1);
}

typedef struct listing {
    const place *place;
    imx_store *reader;
    int to; /* The writer's process. */
    int from;
    uint32_t listed;
    uint32_t old;
} listing;

/* All that opens something in the folder of a catalogue that is open. */
static void look_around(const listing *self) {
    imgmatch_trace_report report;
    imgmatch_catalogue_stat stat;
    bool newer = true;
    assert_int_equal(
        imx_store_find_traces(&report, self->reader, "no such id", NULL, NULL, NULL, NULL),
        IMGMATCH_OK);
    assert_true(report.id_searched && !report.in_catalogue && report.traces == 0);
    assert_int_equal(sample_verify(self->reader), IMGMATCH_OK);
    assert_int_equal(imx_store_stat(&stat, self->reader, NULL), IMGMATCH_OK);
    assert_int_equal(imx_store_has_newer(&newer, self->reader, NULL), IMGMATCH_OK);
    assert_int_equal(imx_store_refresh(NULL, self->reader, NULL), IMGMATCH_OK);
    imx_store_close(place_open_reader(self->place));
}

static bool each(void *user, const imgmatch_item *item) {
    listing *self = user;
    sample expected;
    sample_fill(&expected, (uint32_t)strtoul(item->id + strlen("item-"), NULL, 10), OLD);
    self->old += strcmp(item->metadata, expected.metadata) == 0;
    if (++self->listed == 10) {
        char word = 0;
        look_around(self);
        assert_int_equal(write(self->to, "g", 1), 1);
        assert_int_equal(read(self->from, &word, 1), 1);
    }
    return true;
}

static void test_looking_around_keeps_the_locks(void **state) {
    place *here = *state;
    int there[2], back[2], result = 0;
    assert_int_equal(sample_add(here->writer, 0, ITEMS, OLD, NULL), IMGMATCH_OK);
    place_close(here);
    assert_int_equal(pipe(there), 0);
    assert_int_equal(pipe(back), 0);
    pid_t child = fork(); /* Before SQLite has anything open, which does not survive a fork. */
    assert_true(child >= 0);
    if (child == 0) {
        run_writer(here->path, there[0], back[1]);
    }
    (void)close(there[0]);
    (void)close(back[1]);
    listing self = {
        .place = here, .reader = place_open_reader(here), .to = there[1], .from = back[0]};
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    if (imx_store_list(self.reader, each, &self, &diag) != IMGMATCH_OK) {
        fail_msg("%s", diag.message);
    }
    assert_int_equal(self.listed, ITEMS);
    assert_int_equal(self.old, ITEMS);
    assert_int_equal(waitpid(child, &result, 0), child);
    assert_int_equal(result, 0);
    assert_int_equal(imx_store_refresh(NULL, self.reader, NULL), IMGMATCH_OK);
    assert_true(sample_is_stored(self.reader, 0, NEW));
    imx_store_close(self.reader);
    (void)close(there[1]);
    (void)close(back[0]);
}

typedef struct places {
    bool database;
    bool log;
    bool link;
} places;

static void note_place(void *user, const char *line) {
    places *found = user;
    found->database = found->database || strncmp(line, "catalogue.db, ", 14) == 0;
    found->log = found->log || strncmp(line, "catalogue.db-wal, ", 18) == 0;
    found->link = found->link || strncmp(line, "link, ", 6) == 0;
}

static void test_traces_are_found_in_what_is_locked(void **state) {
    place *here = *state;
    sample item;
    imgmatch_trace_report report;
    char link[600];
    sample_fill(&item, 1, OLD);
    assert_int_equal(sample_add(here->writer, 0, 3, OLD, NULL), IMGMATCH_OK);
    places found = {.log = false};
    assert_int_equal(imx_store_find_traces(&report, here->writer, item.id, &item.record, note_place,
                                           &found, NULL),
                     IMGMATCH_OK);
    assert_true(report.in_catalogue && found.log && !found.database);
    assert_int_equal(report.files, 3); /* Database, log and lock. */

    /* Closing copies the log and empties it. The database under another name is no other file. */
    place_close(here);
    (void)snprintf(link, sizeof link, "%s/link", here->path);
    assert_int_equal(symlink("catalogue.db", link), 0);
    imx_store *reader = place_open_reader(here);
    found = (places){.log = false};
    assert_int_equal(
        imx_store_find_traces(&report, reader, item.id, &item.record, note_place, &found, NULL),
        IMGMATCH_OK);
    assert_true(report.in_catalogue && found.database && found.link && !found.log);
    assert_int_equal(report.files, 4);
    imx_store_close(reader);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_looking_around_keeps_the_locks, place_set_up,
                                        place_tear_down),
        cmocka_unit_test_setup_teardown(test_traces_are_found_in_what_is_locked, place_set_up,
                                        place_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
