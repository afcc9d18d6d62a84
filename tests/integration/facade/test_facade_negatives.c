/*
 * What calibrating takes from outside: a file that is there under many names counts once, whatever
 * the order, labels are read whatever ends their lines, and scores are what queries have: those of
 * matches beside their rivals, or a bound would be of other scores than it is held against.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "facade/calibrator.h"
#include "integration/facade/pictures.h"

#include <imgmatch/exchange.h>

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

static const imgmatch_match *ask_fast(imgmatch_result **result, const imgmatch_catalogue *catalogue,
                                      const imgmatch_photo *photo) {
    imgmatch_query_options options = IMGMATCH_QUERY_OPTIONS_INIT;
    options.effort = IMGMATCH_EFFORT_FAST;
    options.min_score = 0;
    assert_int_equal(imgmatch_query(result, catalogue, photo, &options, NULL), IMGMATCH_OK);
    const imgmatch_match *match = imgmatch_result_match(*result, 0);
    assert_non_null(match);
    return match;
}

/* Hash-only items that look like the picture, by other bits each: 16 from it, 32 from one another.
 */
static void import_look_alikes(const fixture *self, const encoded *picture, unsigned count) {
    imgmatch_image *image = NULL;
    imgmatch_pdq turns[IMGMATCH_ORIENT_COUNT];
    imgmatch_exchange_report report;
    char path[512], hex[IMGMATCH_PDQ_HEX_BYTES];
    assert_int_equal(imgmatch_image_decode(&image, picture->bytes, picture->size, NULL, NULL),
                     IMGMATCH_OK);
    assert_int_equal(imgmatch_pdq_compute(turns, image, NULL), IMGMATCH_OK);
    imgmatch_image_free(image);
    (void)snprintf(path, sizeof path, "%s/hashes.csv", self->place.folder);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    for (unsigned i = 0; i < count; i++) {
        imgmatch_pdq near = turns[IMGMATCH_ORIENT_NONE];
        near.hash[2 * i] ^= 0xff;
        near.hash[2 * i + 1] ^= 0xff;
        imgmatch_pdq_to_hex(hex, &near);
        assert_true(fprintf(file, "%s,alike-%u\n", hex, i) > 0);
    }
    assert_int_equal(fclose(file), 0);
    assert_int_equal(imgmatch_catalogue_import(&report, self->place.catalogue, path, NULL, NULL),
                     IMGMATCH_OK);
    assert_int_equal(report.added, count);
}

static void test_scores_are_those_of_answers(void **state) {
    enum { ALIKE = 9 };
    fixture *self = *state;
    encoded stranger = picture_png(900);
    imgmatch_photo photo = photo_of(&stranger, NULL);
    import_look_alikes(self, &stranger, ALIKE);
    imgmatch_calibrator *calibrator = start(self);
    assert_int_equal(imgmatch_calibrator_add_photos(calibrator, &photo, 1, NULL), IMGMATCH_OK);
    imgmatch_result *result = NULL;
    const imgmatch_match *match = ask_fast(&result, self->place.catalogue, &photo);
    assert_non_null(match->rival);
    assert_true(match->score < match->shot_score / 2);
    const imgmatch_pair *pair = imgmatch_calibrator_pair(calibrator, 0);
    assert_non_null(pair);
    assert_string_equal(pair->id, match->id);
    const double score = match->score;
    assert_true(pair->score == score);
    imgmatch_result_free(result);
    assert_int_equal(imgmatch_calibrator_store(calibrator, NULL), IMGMATCH_OK);
    imgmatch_calibrator_free(calibrator);

    /* With fewer looked at there are fewer rivals, and scores are higher than those measured. */
    static const uint32_t allowed[] = {1, 7, 8, 64};
    for (size_t i = 0; i < sizeof allowed / sizeof *allowed; i++) {
        const uint32_t most = allowed[i];
        imgmatch_limits limits = IMGMATCH_LIMITS_INIT;
        imgmatch_open_options options = IMGMATCH_OPEN_OPTIONS_INIT;
        limits.max_candidates = most;
        options.limits = &limits;
        options.model = self->place.model;
        imgmatch_catalogue *reader = NULL;
        assert_int_equal(imgmatch_catalogue_open(&reader, self->place.path, &options, NULL),
                         IMGMATCH_OK);
        match = ask_fast(&result, reader, &photo);
        assert_true(most >= 8 ? match->score == score : match->score > score);
        assert_int_equal(imgmatch_result_calibration(result), most < 8
                                                                  ? IMGMATCH_CALIBRATION_OTHER_DEPTH
                                                                  : IMGMATCH_CALIBRATION_CURRENT);
        imgmatch_result_free(result);
        imgmatch_catalogue_close(reader);
    }
    imgmatch_free(stranger.bytes);
}

/* A fast look cannot tell which of them it is, and says so; views of parts may each have a source.
 */
static void test_what_looks_like_many_is_ambiguous(void **state) {
    fixture *self = *state;
    encoded listing = picture_png(900);
    imgmatch_photo photo = photo_of(&listing, NULL);
    import_look_alikes(self, &listing, 2);
    const char *const others[] = {"ref-1"};
    size_t removed = 0;
    assert_int_equal(imgmatch_catalogue_remove(&removed, self->place.catalogue, others, 1, NULL),
                     IMGMATCH_OK);
    imgmatch_query_options options = IMGMATCH_QUERY_OPTIONS_INIT;
    const uint64_t ambiguous = UINT64_C(1) << (IMGMATCH_REASON_AMBIGUOUS - IMGMATCH_REASON_FLAT);
    for (int effort = IMGMATCH_EFFORT_FAST; effort <= IMGMATCH_EFFORT_THOROUGH; effort++) {
        imgmatch_result *result = NULL;
        bool fast = effort == IMGMATCH_EFFORT_FAST;
        options.effort = (imgmatch_effort)effort;
        assert_int_equal(imgmatch_query(&result, self->place.catalogue, &photo, &options, NULL),
                         IMGMATCH_OK);
        assert_int_equal((imgmatch_result_remarks(result) & ambiguous) != 0, fast);
        assert_int_equal(imgmatch_result_failure(result), IMGMATCH_REASON_NONE);
        assert_int_equal(imgmatch_result_verdict(result),
                         fast ? IMGMATCH_VERDICT_UNDECIDABLE : IMGMATCH_VERDICT_COPY);
        assert_int_equal(imgmatch_result_match_count(result), fast ? 0 : 2);
        for (size_t i = 0; i < imgmatch_result_match_count(result); i++) {
            assert_null(imgmatch_result_match(result, i)->rival);
        }
        imgmatch_result_free(result);
    }
    imgmatch_free(listing.bytes);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_the_same_bytes_count_once, set_up, tear_down),
        cmocka_unit_test(test_different_bytes_all_count),
        cmocka_unit_test_setup_teardown(test_labels_with_cr_ends, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_scores_are_those_of_answers, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_what_looks_like_many_is_ambiguous, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
