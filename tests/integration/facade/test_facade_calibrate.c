/*
 * Calibration from end to end: what is counted and what is not, what a person says wins, matches
 * carry the figure only where it holds, and a threshold that the data cannot show is an error.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "facade/handle.h"
#include "integration/facade/pictures.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REFERENCES 12          /* ref-0 and so on. */
#define ITEMS (REFERENCES + 2) /* A crop of one, */
#define DIFFERENT (ITEMS - 1)  /* and one file is there twice. */
#define STANDARD IMGMATCH_EFFORT_STANDARD

typedef struct fixture {
    workplace place;
    char problems[4096]; /* Lines of the last calibrator. */
    uint64_t measured;   /* As progress has it. */
    uint64_t most;       /* Stop after so many. */
} fixture;

static void write_file(const fixture *self, char path[512], const char *name, const void *bytes,
                       size_t size) {
    (void)snprintf(path, 512, "%s/%s", self->place.folder, name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

/* A file, and the photo that it is; the texts are the caller's. */
static imgmatch_photo save_picture(const fixture *self, char path[512], encoded picture,
                                   const char *id, const char *product) {
    imgmatch_photo photo = IMGMATCH_PHOTO_INIT;
    write_file(self, path, id, picture.bytes, picture.size);
    imgmatch_free(picture.bytes);
    photo.id = id;
    photo.product = product;
    photo.path = path;
    return photo;
}

/* Twelve pictures, a crop of number 4, and number 7 once more: each test gets a copy. */
static workplace original;

static int make_original(void **state) {
    (void)state;
    static char paths[ITEMS][512], ids[REFERENCES][16], products[REFERENCES][16];
    imgmatch_photo photos[ITEMS];
    imgmatch_outcome outcomes[ITEMS];
    workplace_open(&original);
    fixture self = {.place = original};
    for (unsigned i = 0; i < REFERENCES; i++) {
        (void)snprintf(ids[i], sizeof ids[i], "ref-%u", i);
        (void)snprintf(products[i], sizeof products[i], "sku-%u", i);
        photos[i] = save_picture(&self, paths[i], picture_png(i), ids[i], products[i]);
    }
    photos[REFERENCES] =
        save_picture(&self, paths[REFERENCES], picture_cropped_jpeg(4), "crop-4", "sku-crop");
    photos[REFERENCES + 1] =
        save_picture(&self, paths[REFERENCES + 1], picture_png(7), "again-7", "");
    assert_int_equal(
        imgmatch_catalogue_add(outcomes, original.catalogue, photos, ITEMS, NULL, NULL),
        IMGMATCH_OK);
    imgmatch_catalogue_close(original.catalogue);
    original.catalogue = NULL;
    return 0;
}

static int remove_original(void **state) {
    (void)state;
    workplace_close(&original);
    return 0;
}

static int open_filled(void **state) {
    fixture *self = calloc(1, sizeof *self);
    assert_non_null(self);
    self->most = UINT64_MAX;
    workplace_copy(&self->place, &original);
    *state = self;
    return 0;
}

static int close_filled(void **state) {
    fixture *self = *state;
    workplace_remove_copy(&self->place);
    free(self);
    return 0;
}

static void note_problem(void *user, const char *line) {
    fixture *self = user;
    size_t used = strlen(self->problems);
    (void)snprintf(self->problems + used, sizeof self->problems - used, "%s\n", line);
}

static bool note_progress(void *user, uint64_t more) {
    fixture *self = user;
    self->measured += more;
    return self->measured < self->most;
}

static imgmatch_calibrator *start(fixture *self, imgmatch_effort effort, int threads) {
    imgmatch_calibrator *calibrator = NULL;
    imgmatch_calibrator_options options = IMGMATCH_CALIBRATOR_OPTIONS_INIT;
    options.effort = effort;
    options.threads = threads;
    options.problem = note_problem;
    options.progress = note_progress;
    options.user = self;
    self->problems[0] = '\0';
    self->measured = 0;
    assert_int_equal(imgmatch_calibrator_new(&calibrator, self->place.catalogue, &options, NULL),
                     IMGMATCH_OK);
    return calibrator;
}

/* Calibrate with strangers, which are fewer than what a threshold of 1 needs. */
static void calibrate_with_strangers(fixture *self, uint64_t seed, size_t count) {
    imgmatch_calibrator *calibrator = start(self, STANDARD, 2);
    for (size_t i = 0; i < count; i++) {
        encoded stranger = picture_png(seed + i);
        imgmatch_photo photo = photo_of(&stranger, NULL);
        assert_int_equal(imgmatch_calibrator_add_photos(calibrator, &photo, 1, NULL), IMGMATCH_OK);
        imgmatch_free(stranger.bytes);
    }
    assert_int_equal(imgmatch_calibrator_get_report(calibrator)->negatives, count);
    assert_int_equal(imgmatch_calibrator_store(calibrator, NULL), IMGMATCH_OK);
    imgmatch_calibrator_free(calibrator);
}

static imgmatch_calibration calibration_of(const fixture *self, imgmatch_effort effort) {
    imgmatch_calibration found;
    assert_int_equal(
        imgmatch_catalogue_get_calibration(&found, self->place.catalogue, effort, NULL),
        IMGMATCH_OK);
    return found;
}

static double bound_at(const fixture *self, double score) {
    imgmatch_false_alerts alerts;
    assert_int_equal(
        imgmatch_catalogue_false_alerts(&alerts, self->place.catalogue, STANDARD, score, NULL),
        IMGMATCH_OK);
    return alerts.bound_per_million;
}

static imgmatch_status query_crop(imgmatch_result **result, const fixture *self,
                                  const imgmatch_query_options *options, imgmatch_diag *diag) {
    encoded crop = picture_cropped_jpeg(2);
    imgmatch_photo photo = photo_of(&crop, "listing");
    imgmatch_status status = imgmatch_query(result, self->place.catalogue, &photo, options, diag);
    imgmatch_free(crop.bytes);
    return status;
}

/* What the best match of a query carries. */
static double carried(const fixture *self, const imgmatch_query_options *options,
                      imgmatch_calibration_state state) {
    imgmatch_result *result = NULL;
    assert_int_equal(query_crop(&result, self, options, NULL), IMGMATCH_OK);
    const imgmatch_match *match = imgmatch_result_match(result, 0);
    assert_non_null(match);
    assert_string_equal(match->id, "ref-2");
    assert_int_equal(imgmatch_result_calibration(result), state);
    double figure = match->false_alerts_per_million;
    assert_int_equal(isnan(figure), state != IMGMATCH_CALIBRATION_CURRENT);
    imgmatch_result_free(result);
    return figure;
}

/* ---- the catalogue's own photos ---- */

static const imgmatch_pair *find_pair(imgmatch_calibrator *calibrator, const char *a,
                                      const char *b) {
    const imgmatch_pair *found = NULL;
    const imgmatch_pair *pair = NULL;
    for (size_t i = 0; (pair = imgmatch_calibrator_pair(calibrator, i)) != NULL; i++) {
        const char *name = strrchr(pair->path, '/');
        assert_non_null(name);
        if ((strcmp(name + 1, a) == 0 && strcmp(pair->id, b) == 0) ||
            (strcmp(name + 1, b) == 0 && strcmp(pair->id, a) == 0)) {
            assert_null(found); /* Once, not in both directions. */
            found = pair;
        }
    }
    return found;
}

static void test_own_photos_are_measured_without_their_kin(void **state) {
    fixture *self = *state;
    imgmatch_calibrator *calibrator = start(self, STANDARD, 1);
    assert_int_equal(imgmatch_calibrator_add_own(calibrator, 0, NULL), IMGMATCH_OK);
    const imgmatch_calibrator_report *report = imgmatch_calibrator_get_report(calibrator);
    assert_int_equal(report->negatives, DIFFERENT);
    assert_int_equal(report->own, DIFFERENT);
    assert_int_equal(report->negatives + report->repeats, self->measured);
    assert_int_equal(report->failed + report->crowded, 0);
    /* The same file twice is no false alert. */
    const imgmatch_pair *again = find_pair(calibrator, "ref-7", "again-7");
    assert_non_null(again);
    assert_int_equal(again->kind, IMGMATCH_PAIR_SAME_BYTES);
    assert_int_equal(report->left_out, 1);
    /* The crop is under another product, so it counts, and is the first to be looked at. */
    const imgmatch_pair *crop = find_pair(calibrator, "ref-4", "crop-4");
    assert_non_null(crop);
    assert_int_equal(crop->kind, IMGMATCH_PAIR_COUNTED);
    assert_true(crop->score > 0.9);
    assert_true(imgmatch_calibrator_pair(calibrator, 0) == again ||
                imgmatch_calibrator_pair(calibrator, 0) == crop);
    double crop_score = crop->score;
    assert_int_equal(calibration_of(self, STANDARD).state, IMGMATCH_CALIBRATION_NONE);
    assert_int_equal(imgmatch_calibrator_store(calibrator, NULL), IMGMATCH_OK);
    imgmatch_calibrator_free(calibrator);
    imgmatch_calibration found = calibration_of(self, STANDARD);
    assert_int_equal(found.state, IMGMATCH_CALIBRATION_CURRENT);
    assert_int_equal(found.negatives, DIFFERENT);
    assert_int_equal(found.own, DIFFERENT);
    assert_int_equal(found.items, ITEMS);
    assert_int_equal(strlen(found.made_at), 20);
    /* Both photos of that pair raise the alert; the other one may score a little less. */
    imgmatch_false_alerts alerts;
    assert_int_equal(imgmatch_catalogue_false_alerts(&alerts, self->place.catalogue, STANDARD,
                                                     crop_score - 0.3, NULL),
                     IMGMATCH_OK);
    assert_int_equal(alerts.seen, 2);
    assert_true(fabs(alerts.estimate_per_million - 2e6 / DIFFERENT) < 1e-6);
    assert_true(alerts.bound_per_million > alerts.estimate_per_million);
    assert_int_equal(calibration_of(self, IMGMATCH_EFFORT_FAST).state, IMGMATCH_CALIBRATION_NONE);
}

/* Sixty photos of one product fill the lists in which others would have been found. */
static void test_crowded_photos_are_not_measured(void **state) {
    enum { CROWD = 60 };
    fixture *self = *state;
    static char ids[CROWD][16];
    static imgmatch_outcome outcomes[CROWD];
    imgmatch_photo photos[CROWD];
    char path[512];
    photos[0] = save_picture(self, path, picture_png(300), "crowd", "sku-crowd");
    for (unsigned i = 0; i < CROWD; i++) {
        (void)snprintf(ids[i], sizeof ids[i], "crowd-%u", i);
        photos[i] = photos[0];
        photos[i].id = ids[i];
    }
    assert_int_equal(
        imgmatch_catalogue_add(outcomes, self->place.catalogue, photos, CROWD, NULL, NULL),
        IMGMATCH_OK);
    imgmatch_calibrator *calibrator = start(self, IMGMATCH_EFFORT_FAST, 2);
    assert_int_equal(imgmatch_calibrator_add_own(calibrator, 0, NULL), IMGMATCH_OK);
    const imgmatch_calibrator_report *report = imgmatch_calibrator_get_report(calibrator);
    assert_int_equal(report->crowded, CROWD);
    assert_int_equal(report->negatives, DIFFERENT);
    imgmatch_calibrator_free(calibrator);
}

static void write_labels(const fixture *self, char path[512], const char *text) {
    write_file(self, path, "labels.csv", text, strlen(text));
}

/* A label makes the crop a copy, and the file that is there twice a false alert. */
static void test_a_persons_word_wins(void **state) {
    fixture *self = *state;
    char path[512];
    char text[2048];
    (void)snprintf(text, sizeof text,
                   "label,path,score,id\r\n1,%s/crop-4,0.9,ref-4\r\n0,%s/ref-7,,again-7\r\n"
                   ",%s/ref-1,,ref-2\r\n",
                   self->place.folder, self->place.folder, self->place.folder);
    write_labels(self, path, text);
    imgmatch_calibrator *calibrator = start(self, STANDARD, 2);
    assert_int_equal(imgmatch_calibrator_read_labels(calibrator, path, NULL), IMGMATCH_OK);
    const imgmatch_calibrator_report *report = imgmatch_calibrator_get_report(calibrator);
    assert_int_equal(report->labels, 2);
    assert_int_equal(report->failed_lines, 0);
    assert_int_equal(imgmatch_calibrator_add_own(calibrator, 0, NULL), IMGMATCH_OK);
    assert_int_equal(imgmatch_calibrator_add_labelled(calibrator, NULL), IMGMATCH_OK);
    assert_int_equal(report->negatives, DIFFERENT); /* They were measured already. */
    assert_null(find_pair(calibrator, "ref-4", "crop-4"));
    const imgmatch_pair *again = find_pair(calibrator, "ref-7", "again-7");
    assert_non_null(again);
    assert_int_equal(again->kind, IMGMATCH_PAIR_COUNTED);
    assert_int_equal(report->left_out, 0);
    imgmatch_calibrator_free(calibrator);
}

static void test_labelled_photos_are_negatives(void **state) {
    fixture *self = *state;
    char path[512];
    char text[2048];
    char stranger_path[512];
    encoded copy = picture_cropped_jpeg(2), stranger = picture_png(500);
    write_file(self, path, "listing.jpg", copy.bytes, copy.size);
    write_file(self, stranger_path, "stranger.png", stranger.bytes, stranger.size);
    imgmatch_free(copy.bytes);
    imgmatch_free(stranger.bytes);
    (void)snprintf(text, sizeof text, "path,id,label\n%s,ref-2,1\n%s,,0\n", path, stranger_path);
    write_labels(self, path, text);
    imgmatch_calibrator *calibrator = start(self, STANDARD, 1);
    assert_int_equal(imgmatch_calibrator_read_labels(calibrator, path, NULL), IMGMATCH_OK);
    assert_int_equal(imgmatch_calibrator_add_labelled(calibrator, NULL), IMGMATCH_OK);
    const imgmatch_calibrator_report *report = imgmatch_calibrator_get_report(calibrator);
    assert_int_equal(report->negatives, 2);
    assert_int_equal(report->own, 0);
    /* The copy of ref-2 raises no alert for it. */
    const imgmatch_pair *best = imgmatch_calibrator_pair(calibrator, 0);
    assert_non_null(best);
    assert_true(best->score < 0.5);
    imgmatch_calibrator_free(calibrator);
}

static void test_bad_labels_are_named(void **state) {
    fixture *self = *state;
    char path[512];
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    write_labels(self, path,
                 "path,id,label\n"
                 "a.jpg,ref-1,yes\n"
                 "a.jpg,nobody,0\n"
                 ",ref-1,0\n"
                 "a.jpg,,1\n"
                 "a.jpg,ref-1\n"
                 "a.jpg,\"ref-1\"x,0\n"
                 "b.jpg,ref-1,1\n"
                 "b.jpg,ref-1,0\n");
    imgmatch_calibrator *calibrator = start(self, STANDARD, 1);
    assert_int_equal(imgmatch_calibrator_read_labels(calibrator, path, NULL), IMGMATCH_OK);
    const imgmatch_calibrator_report *report = imgmatch_calibrator_get_report(calibrator);
    assert_int_equal(report->labels, 1);
    assert_int_equal(report->failed_lines, 7);
    static const char *const expected[] = {
        "labels.csv, line 2: the label is neither 0 nor 1",
        "labels.csv, line 3: ",
        "labels.csv, line 4: there is no path",
        "labels.csv, line 5: label 1 needs the id of the item",
        "labels.csv, line 6: it has another number of columns than the header",
        "labels.csv, line 7: text behind a closing quote",
        "b.jpg, ref-1: labelled 0 and 1; the first counts",
    };
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        if (strstr(self->problems, expected[i]) == NULL) {
            fail_msg("not said: %s in\n%s", expected[i], self->problems);
        }
    }
    write_labels(self, path, "path;id;label\n");
    assert_int_equal(imgmatch_calibrator_read_labels(calibrator, path, &diag), IMGMATCH_ERR_SYNTAX);
    assert_non_null(strstr(diag.message, "labels.csv"));
    write_labels(self, path, "");
    assert_int_equal(imgmatch_calibrator_read_labels(calibrator, path, NULL), IMGMATCH_ERR_SYNTAX);
    assert_int_equal(imgmatch_calibrator_read_labels(calibrator, "/nowhere.csv", NULL),
                     IMGMATCH_ERR_NOT_FOUND);
    assert_int_equal(imgmatch_calibrator_store(calibrator, NULL), IMGMATCH_ERR_ARGUMENT);
    imgmatch_calibrator_free(calibrator);
}

/* ---- photos from elsewhere ---- */

static void test_matches_carry_the_bound(void **state) {
    fixture *self = *state;
    carried(self, NULL, IMGMATCH_CALIBRATION_NONE);
    calibrate_with_strangers(self, 1000, 20);
    double figure = carried(self, NULL, IMGMATCH_CALIBRATION_CURRENT);
    double least = calibration_of(self, STANDARD).least_per_million;
    assert_true(fabs(figure - least) < 1e-6); /* No stranger comes near. */
    assert_true(fabs(least - 1e6 * (1 - pow(0.05, 1.0 / 20))) < 1e-3);
    assert_true(bound_at(self, 0) > 999999);
    imgmatch_result *result = NULL;
    char *text = NULL;
    assert_int_equal(query_crop(&result, self, NULL, NULL), IMGMATCH_OK);
    assert_int_equal(imgmatch_result_to_json(&text, result, NULL), IMGMATCH_OK);
    assert_non_null(strstr(text, "\"false_alerts_per_million\":139108."));
    assert_non_null(strstr(text, "\"calibration\":\"current\""));
    imgmatch_free(text);
    imgmatch_result_free(result);
    imgmatch_query_options fast = IMGMATCH_QUERY_OPTIONS_INIT;
    fast.effort = IMGMATCH_EFFORT_FAST;
    carried(self, &fast, IMGMATCH_CALIBRATION_NONE);
    imgmatch_query_options deep = IMGMATCH_QUERY_OPTIONS_INIT;
    deep.top = 13;
    carried(self, &deep, IMGMATCH_CALIBRATION_OTHER_DEPTH);
    deep.top = 12;
    carried(self, &deep, IMGMATCH_CALIBRATION_CURRENT);
}

static void test_a_threshold_can_be_set(void **state) {
    fixture *self = *state;
    imgmatch_query_options options = IMGMATCH_QUERY_OPTIONS_INIT;
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    imgmatch_result *result = NULL;
    options.max_false_alerts = 200000;
    assert_int_equal(query_crop(&result, self, &options, &diag), IMGMATCH_ERR_UNSUPPORTED);
    assert_null(result);
    assert_non_null(strstr(diag.message, "not calibrated for effort standard"));
    calibrate_with_strangers(self, 1000, 20);
    carried(self, &options, IMGMATCH_CALIBRATION_CURRENT);
    options.max_false_alerts = 1;
    diag = (imgmatch_diag)IMGMATCH_DIAG_INIT;
    assert_int_equal(query_crop(&result, self, &options, &diag), IMGMATCH_ERR_UNSUPPORTED);
    assert_non_null(strstr(diag.message, "20 photos support 139109 at best"));
    double score = -1;
    assert_int_equal(imgmatch_catalogue_score_for(&score, self->place.catalogue, STANDARD, 1, NULL),
                     IMGMATCH_ERR_UNSUPPORTED);
    /* With a threshold that half of the strangers are above, matches of the lower half go. */
    assert_int_equal(
        imgmatch_catalogue_score_for(&score, self->place.catalogue, STANDARD, 500000, NULL),
        IMGMATCH_OK);
    assert_true(score > 0 && score < 0.5);
    assert_true(bound_at(self, score) <= 500000 && bound_at(self, nextafter(score, 0)) > 500000);
    options.min_score = 0;
    options.max_false_alerts = 500000;
    options.top = 12;
    assert_int_equal(query_crop(&result, self, &options, NULL), IMGMATCH_OK);
    size_t count = imgmatch_result_match_count(result);
    assert_true(count >= 1 && imgmatch_result_match(result, count - 1)->score >= score);
    imgmatch_result_free(result);
    options.max_false_alerts = 0;
    assert_int_equal(query_crop(&result, self, &options, NULL), IMGMATCH_OK);
    assert_true(imgmatch_result_match_count(result) > count);
    imgmatch_result_free(result);
    options.max_false_alerts = -1;
    assert_int_equal(query_crop(&result, self, &options, NULL), IMGMATCH_ERR_ARGUMENT);
    options.max_false_alerts = NAN;
    assert_int_equal(query_crop(&result, self, &options, NULL), IMGMATCH_ERR_ARGUMENT);
    encoded one = picture_png(1);
    imgmatch_photo photo = photo_of(&one, NULL);
    options.max_false_alerts = 500000;
    assert_int_equal(
        imgmatch_compare(&result, self->place.model, &photo, &photo, &options, NULL, NULL),
        IMGMATCH_ERR_ARGUMENT);
    imgmatch_free(one.bytes);
}

static void test_an_item_is_no_negative(void **state) {
    fixture *self = *state;
    encoded one = picture_png(1);
    imgmatch_photo photos[2] = {photo_of(&one, NULL), IMGMATCH_PHOTO_INIT};
    photos[0].source = "mine.png";
    photos[1].path = "/nowhere.png";
    imgmatch_calibrator *calibrator = start(self, STANDARD, 1);
    assert_int_equal(imgmatch_calibrator_add_photos(calibrator, photos, 2, NULL), IMGMATCH_OK);
    const imgmatch_calibrator_report *report = imgmatch_calibrator_get_report(calibrator);
    assert_int_equal(report->failed, 2);
    assert_int_equal(report->negatives, 0);
    assert_non_null(
        strstr(self->problems, "mine.png: bad_entry: it is the catalogue's item ref-1"));
    assert_non_null(strstr(self->problems, "/nowhere.png: not_found: "));
    imgmatch_calibrator_free(calibrator);
    imgmatch_free(one.bytes);
}

/* ---- what a calibration is tied to ---- */

static void test_threads_do_not_matter(void **state) {
    fixture *self = *state;
    char *texts[2] = {NULL, NULL};
    for (int i = 0; i < 2; i++) {
        imgmatch_calibrator *calibrator = start(self, STANDARD, i == 0 ? 1 : 4);
        assert_int_equal(imgmatch_calibrator_add_own(calibrator, 9, NULL), IMGMATCH_OK);
        assert_int_equal(imgmatch_calibrator_get_report(calibrator)->negatives, 8);
        assert_int_equal(imgmatch_calibrator_store(calibrator, NULL), IMGMATCH_OK);
        imgmatch_calibrator_free(calibrator);
        assert_int_equal(imx_store_get_value(&texts[i], self->place.catalogue->store,
                                             "calibration.standard", NULL),
                         IMGMATCH_OK);
        char *date = strstr(texts[i], "\"made_at\":\"");
        assert_non_null(date);
        memset(date + strlen("\"made_at\":\""), '-', 20);
    }
    assert_string_equal(texts[0], texts[1]);
    free(texts[0]);
    free(texts[1]);
}

static void test_a_stopped_run_changes_nothing(void **state) {
    fixture *self = *state;
    calibrate_with_strangers(self, 1000, 5);
    self->most = 3;
    imgmatch_calibrator *calibrator = start(self, STANDARD, 1);
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    assert_int_equal(imgmatch_calibrator_add_own(calibrator, 0, &diag), IMGMATCH_ERR_CANCELLED);
    assert_non_null(strstr(diag.message, "keeps the calibration"));
    imgmatch_calibrator_free(calibrator);
    assert_int_equal(calibration_of(self, STANDARD).negatives, 5);
}

static void test_growth_is_reckoned_with(void **state) {
    fixture *self = *state;
    calibrate_with_strangers(self, 1000, 20);
    double before = bound_at(self, 1);
    char path[512];
    char id[16];
    for (unsigned i = 0; i <= ITEMS; i++) {
        imgmatch_outcome outcome;
        (void)snprintf(id, sizeof id, "new-%u", i);
        imgmatch_photo photo = save_picture(self, path, picture_png(200 + i), id, "");
        assert_int_equal(
            imgmatch_catalogue_add(&outcome, self->place.catalogue, &photo, 1, NULL, NULL),
            IMGMATCH_OK);
        if (i == 6) { /* Half as many again. */
            assert_true(fabs(bound_at(self, 1) - 1.5 * before) < 1e-6);
        }
    }
    assert_int_equal(calibration_of(self, STANDARD).state, IMGMATCH_CALIBRATION_OUTGROWN);
    assert_true(isnan(calibration_of(self, STANDARD).least_per_million));
    carried(self, NULL, IMGMATCH_CALIBRATION_OUTGROWN);
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    imgmatch_false_alerts alerts;
    assert_int_equal(
        imgmatch_catalogue_false_alerts(&alerts, self->place.catalogue, STANDARD, 0.5, &diag),
        IMGMATCH_ERR_UNSUPPORTED);
    assert_non_null(strstr(diag.message, "14 items"));
    /* Down again to what it was. */
    const char *gone = id;
    assert_int_equal(imgmatch_catalogue_remove(NULL, self->place.catalogue, &gone, 1, NULL),
                     IMGMATCH_OK);
    assert_true(fabs(bound_at(self, 1) - 2 * before) < 1e-6);
}

/* As after an update whose score has other weights. */
static void test_another_score_is_noticed(void **state) {
    fixture *self = *state;
    imx_store *store = self->place.catalogue->store;
    char *text = NULL;
    calibrate_with_strangers(self, 1000, 5);
    assert_int_equal(imx_store_get_value(&text, store, "calibration.standard", NULL), IMGMATCH_OK);
    char *identity = strstr(text, "\"score\":\"");
    assert_non_null(identity);
    identity += strlen("\"score\":\"");
    *identity = *identity == '0' ? '1' : '0';
    assert_int_equal(imx_store_set_value(store, "calibration.standard", text, NULL), IMGMATCH_OK);
    free(text);
    carried(self, NULL, IMGMATCH_CALIBRATION_OTHER_SCORE);
    assert_int_equal(calibration_of(self, STANDARD).negatives, 5);
    assert_int_equal(imx_store_set_value(store, "calibration.standard", "{}", NULL), IMGMATCH_OK);
    imgmatch_result *result = NULL;
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    assert_int_equal(query_crop(&result, self, NULL, &diag), IMGMATCH_ERR_CATALOGUE);
    assert_non_null(strstr(diag.message, "calibration is damaged"));
}

static void test_readers_take_it_up(void **state) {
    fixture *self = *state;
    imgmatch_catalogue *reader = NULL;
    imgmatch_open_options options = IMGMATCH_OPEN_OPTIONS_INIT;
    options.model = self->place.model;
    imgmatch_calibration found;
    imgmatch_calibrator *calibrator = NULL;
    assert_int_equal(imgmatch_catalogue_open(&reader, self->place.path, &options, NULL),
                     IMGMATCH_OK);
    assert_int_equal(imgmatch_catalogue_get_calibration(&found, reader, STANDARD, NULL),
                     IMGMATCH_OK);
    calibrate_with_strangers(self, 1000, 5);
    assert_int_equal(imgmatch_catalogue_get_calibration(&found, reader, STANDARD, NULL),
                     IMGMATCH_OK);
    assert_int_equal(found.negatives, 0);
    assert_int_equal(imgmatch_catalogue_refresh(NULL, reader, NULL), IMGMATCH_OK);
    assert_int_equal(imgmatch_catalogue_get_calibration(&found, reader, STANDARD, NULL),
                     IMGMATCH_OK);
    assert_int_equal(found.negatives, 5);
    assert_int_equal(imgmatch_calibrator_new(&calibrator, reader, NULL, NULL),
                     IMGMATCH_ERR_ARGUMENT);
    assert_null(calibrator);
    imgmatch_catalogue_close(reader);
}

int main(void) {
#define WITH(test) cmocka_unit_test_setup_teardown(test, open_filled, close_filled)
    const struct CMUnitTest tests[] = {
        WITH(test_own_photos_are_measured_without_their_kin),
        WITH(test_crowded_photos_are_not_measured),
        WITH(test_a_persons_word_wins),
        WITH(test_labelled_photos_are_negatives),
        WITH(test_bad_labels_are_named),
        WITH(test_matches_carry_the_bound),
        WITH(test_a_threshold_can_be_set),
        WITH(test_an_item_is_no_negative),
        WITH(test_threads_do_not_matter),
        WITH(test_a_stopped_run_changes_nothing),
        WITH(test_growth_is_reckoned_with),
        WITH(test_another_score_is_noticed),
        WITH(test_readers_take_it_up),
    };
#if defined(__SANITIZE_THREAD__)
    /* All of them would take many minutes; this is the one that is about threads. */
    cmocka_set_test_filter("test_threads_do_not_matter");
#endif
    return cmocka_run_group_tests(tests, make_original, remove_original);
}
