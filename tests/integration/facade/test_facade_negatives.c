/*
 * What calibrating takes from outside: a file that is there under many names counts once, whatever
 * the order, and labels are read whatever ends their lines.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "facade/calibrator.h"
#include "integration/facade/pictures.h"

#include <stdio.h>
#include <string.h>

typedef struct fixture {
    workplace place;
    char problems[1024];
} fixture;

/* A catalogue of one item. */
static int set_up(void **state) {
    static fixture self;
    encoded one = picture_png(1);
    imgmatch_photo photo = photo_of(&one, "ref-1");
    imgmatch_outcome outcome;
    self = (fixture){.problems = ""};
    workplace_open(&self.place);
    assert_int_equal(imgmatch_catalogue_add(&outcome, self.place.catalogue, &photo, 1, NULL, NULL),
                     IMGMATCH_OK);
    imgmatch_free(one.bytes);
    *state = &self;
    return 0;
}

static int tear_down(void **state) {
    fixture *self = *state;
    workplace_close(&self->place);
    return 0;
}

static void note_problem(void *user, const char *line) {
    fixture *self = user;
    size_t used = strlen(self->problems);
    (void)snprintf(self->problems + used, sizeof self->problems - used, "%s\n", line);
}

static imgmatch_calibrator *start(fixture *self) {
    imgmatch_calibrator *calibrator = NULL;
    imgmatch_calibrator_options options = IMGMATCH_CALIBRATOR_OPTIONS_INIT;
    options.effort = IMGMATCH_EFFORT_FAST;
    options.threads = 2;
    options.problem = note_problem;
    options.user = self;
    assert_int_equal(imgmatch_calibrator_new(&calibrator, self->place.catalogue, &options, NULL),
                     IMGMATCH_OK);
    return calibrator;
}

/* Many names of one file say no more than one: a rate of three hundred copies is no rate. */
static void test_the_same_bytes_count_once(void **state) {
    enum { COPIES = 300 };
    fixture *self = *state;
    static char sources[COPIES][24];
    imgmatch_photo photos[COPIES];
    encoded one = picture_png(700), other = picture_png(701);
    for (unsigned i = 0; i < COPIES; i++) {
        (void)snprintf(sources[i], sizeof sources[i], "copy-%u.png", i);
        photos[i] = photo_of(i == 150 ? &other : &one, NULL);
        photos[i].source = sources[i];
    }
    imgmatch_calibrator *calibrator = start(self);
    const imgmatch_calibrator_report *report = imgmatch_calibrator_get_report(calibrator);
    assert_int_equal(imgmatch_calibrator_add_photos(calibrator, photos, COPIES, NULL), IMGMATCH_OK);
    assert_int_equal(report->negatives, 2);
    assert_int_equal(report->repeats, COPIES - 2);
    /* In another call, too. */
    assert_int_equal(imgmatch_calibrator_add_photos(calibrator, photos, 1, NULL), IMGMATCH_OK);
    assert_int_equal(report->negatives, 2);
    assert_int_equal(report->repeats, COPIES - 1);
    for (size_t i = 0; imgmatch_calibrator_pair(calibrator, i) != NULL; i++) {
        const char *path = imgmatch_calibrator_pair(calibrator, i)->path;
        assert_true(strcmp(path, sources[0]) == 0 || strcmp(path, sources[150]) == 0);
    }
    imgmatch_calibrator_free(calibrator);
    imgmatch_free(one.bytes);
    imgmatch_free(other.bytes);
}

/* More different photos than the table of those that were counted has slots at first. */
static void test_different_bytes_all_count(void **state) {
    (void)state;
    imx_photo_set set = {.slots = NULL};
    for (int round = 0; round < 2; round++) {
        for (unsigned i = 0; i < 5000; i++) {
            char digest[65];
            bool added = false;
            (void)snprintf(digest, sizeof digest, "%064x", i * 2654435761u);
            assert_int_equal(imx_photo_set_add(&added, &set, digest, NULL), IMGMATCH_OK);
            assert_int_equal(added, round == 0);
        }
    }
    assert_int_equal(set.count, 5000);
    imx_photo_set_free(&set);
}

/* As spreadsheets of the Macintosh write them: a header that is the whole file would hold none. */
static void test_labels_with_cr_ends(void **state) {
    fixture *self = *state;
    char path[512];
    (void)snprintf(path, sizeof path, "%s/labels.csv", self->place.folder);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_true(fputs("path,id,label\rx/1,ref-1,0\rx/2,nobody,1\r", file) >= 0);
    assert_int_equal(fclose(file), 0);
    imgmatch_calibrator *calibrator = start(self);
    assert_int_equal(imgmatch_calibrator_read_labels(calibrator, path, NULL), IMGMATCH_OK);
    const imgmatch_calibrator_report *report = imgmatch_calibrator_get_report(calibrator);
    assert_int_equal(report->labels, 1);
    assert_int_equal(report->failed_lines, 1);
    assert_non_null(strstr(self->problems, "labels.csv, line 3: "));
    imgmatch_calibrator_free(calibrator);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_the_same_bytes_count_once, set_up, tear_down),
        cmocka_unit_test(test_different_bytes_all_count),
        cmocka_unit_test_setup_teardown(test_labels_with_cr_ends, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
