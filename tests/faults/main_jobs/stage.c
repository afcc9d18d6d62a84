#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "faults/main_jobs/stage.h"

#include "faults/answers.h"
#include "integration/catalogue/samples.h"
#include "integration/facade/pictures.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define HASH "f8f8f0cee0f4a84f06370a22038f63f0b36e2ed596621e1d33e6b39c4e9c9b22"

static void save(char path[512], const stage *on, const char *name, encoded picture) {
    (void)snprintf(path, 512, "%s/%s", on->folder, name);
    assert_true(sample_write_file(path, picture.bytes, picture.size));
    imgmatch_free(picture.bytes);
}

static void save_text(char path[512], const stage *on, const char *name, const char *text) {
    (void)snprintf(path, 512, "%s/%s", on->folder, name);
    assert_true(sample_write_file(path, text, strlen(text)));
}

imgmatch_photo photo_at(const char *path, const char *id) {
    imgmatch_photo photo = IMGMATCH_PHOTO_INIT;
    photo.path = path;
    photo.id = id;
    return photo;
}

imgmatch_status fail_photo(imgmatch_diag *diag, const char *message) {
    if (diag != NULL) {
        diag->status = IMGMATCH_ERR_PHOTO;
        (void)snprintf(diag->message, sizeof diag->message, "%s", message);
    }
    return IMGMATCH_ERR_PHOTO;
}

static imgmatch_catalogue *open_writer(const stage *on, const char *path) {
    imgmatch_catalogue *catalogue = NULL;
    imgmatch_open_options options = IMGMATCH_OPEN_OPTIONS_INIT;
    options.model = on->model;
    options.writable = true;
    assert_int_equal(imgmatch_catalogue_open(&catalogue, path, &options, NULL), IMGMATCH_OK);
    return catalogue;
}

static void add(const stage *on, imgmatch_catalogue *catalogue, const char *name, uint64_t seed) {
    char path[512];
    save(path, on, name, picture_png(seed));
    imgmatch_photo photo = photo_at(path, name);
    photo.metadata = "{\"shelf\":[1,\"top\"]}";
    imgmatch_outcome outcome;
    assert_int_equal(imgmatch_catalogue_add(&outcome, catalogue, &photo, 1, NULL, NULL),
                     IMGMATCH_OK);
    assert_int_not_equal(outcome.kind, IMGMATCH_OUTCOME_FAILED);
}

/* Photos and a bare hash in a main index, one that was removed, and a tail. */
static void make_original(stage *on, imgmatch_index_kind kind) {
    char *path = on->originals[kind];
    const char *gone = "p3";
    imgmatch_exchange_report report;
    (void)snprintf(path, sizeof on->originals[kind], "%s/original-%d", on->folder, (int)kind);
    assert_int_equal(imgmatch_catalogue_create(path, "drawn", on->model, NULL), IMGMATCH_OK);
    imgmatch_catalogue *catalogue = open_writer(on, path);
    add(on, catalogue, "p1", 1);
    add(on, catalogue, "p2", 2);
    add(on, catalogue, "p3", 3);
    assert_int_equal(imgmatch_catalogue_import(&report, catalogue, on->hashes, NULL, NULL),
                     IMGMATCH_OK);
    assert_int_equal(imgmatch_catalogue_compact_as(catalogue, kind, NULL), IMGMATCH_OK);
    add(on, catalogue, "p4", 4);
    assert_int_equal(imgmatch_catalogue_remove(NULL, catalogue, &gone, 1, NULL), IMGMATCH_OK);
    imgmatch_catalogue_close(catalogue);
}

/* What another catalogue has, and one of this one's. */
static void make_export(stage *on) {
    attempt other;
    attempt_open(&other, on, IMGMATCH_INDEX_EXACT);
    const char *const old[] = {"p2", "p4"};
    imgmatch_catalogue *catalogue = open_writer(on, other.path);
    assert_int_equal(imgmatch_catalogue_remove(NULL, catalogue, old, 2, NULL), IMGMATCH_OK);
    add(on, catalogue, "x1", 11);
    add(on, catalogue, "x2", 12);
    imgmatch_catalogue_close(catalogue);
    char *items = stage_items(other.path);
    assert_non_null(items);
    save_text(on->exported, on, "exported.jsonl", items);
    (void)snprintf(on->other, sizeof on->other, "%s/other", on->folder);
    assert_true(sample_folder_copy(on->other, other.path));
    free(items);
    attempt_close(&other);
}

static void align(stage *on) {
    imgmatch_photo query = photo_at(on->listing, NULL), reference = photo_at(on->p1, NULL);
    imgmatch_result *result = NULL;
    assert_int_equal(imgmatch_compare(&result, on->model, &query, &reference, NULL, NULL, NULL),
                     IMGMATCH_OK);
    assert_int_equal(imgmatch_result_match_count(result), 1);
    on->alignment = imgmatch_result_match(result, 0)->alignment;
    assert_true(on->alignment.known);
    imgmatch_result_free(result);
}

void stage_open(stage *out) {
    memset(out, 0, sizeof *out);
    out->folder = sample_folder_new();
    assert_non_null(out->folder);
    assert_int_equal(imgmatch_model_open(&out->model, IMX_TEST_MODELS "/tiny", NULL), IMGMATCH_OK);
    assert_int_equal(imgmatch_model_open(&out->next, IMX_TEST_MODELS "/gem", NULL), IMGMATCH_OK);
    save(out->listing, out, "listing.jpg", picture_cropped_jpeg(1));
    save(out->photos[0], out, "new-1.png", picture_png(21));
    save(out->photos[1], out, "new-2.jpg", picture_cropped_jpeg(22));
    (void)snprintf(out->p1, sizeof out->p1, "%s/p1", out->folder);
    save_text(out->hashes, out, "hashes.csv", "hash,id,quality\n" HASH ",h1,90\n");
    save_text(out->labels, out, "labels.csv", "path,id,label\na.jpg,p1,0\nb.jpg,,0\n");
    make_original(out, IMGMATCH_INDEX_EXACT);
    make_original(out, IMGMATCH_INDEX_IVF);
    make_original(out, IMGMATCH_INDEX_HNSW);
    make_export(out);
    align(out);
}

void stage_close(stage *on) {
    imgmatch_model_close(on->model);
    imgmatch_model_close(on->next);
    sample_folder_remove(on->folder);
    free(on->folder);
}

void attempt_open(attempt *out, const stage *on, imgmatch_index_kind kind) {
    *out = (attempt){.on = on, .answer = calloc(1, STAGE_ANSWER_BYTES)};
    assert_non_null(out->answer);
    (void)snprintf(out->folder, sizeof out->folder, "%.400s/attempt", on->folder);
    (void)snprintf(out->path, sizeof out->path, "%s/c", out->folder);
    assert_int_equal(mkdir(out->folder, 0700), 0);
    assert_true(sample_folder_copy(out->path, on->originals[kind]));
    char notes[700];
    (void)snprintf(notes, sizeof notes, "%s/" STAGE_NOTES, out->path);
    assert_true(sample_write_file(notes, "mine", 4));
    (void)snprintf(out->picture, sizeof out->picture, "%s/match.png", out->folder);
    assert_true(sample_write_file(out->picture, STAGE_OLD_PICTURE, strlen(STAGE_OLD_PICTURE)));
}

void attempt_close(attempt *at) {
    sample_folder_remove(at->folder);
    free(at->answer);
}

void attempt_say(attempt *at, const char *bytes, size_t size) {
    size_t before = strlen(at->answer);
    assert_true(size < STAGE_ANSWER_BYTES - before);
    memcpy(at->answer + before, bytes, size);
    at->answer[before + size] = '\0';
}

imgmatch_status attempt_open_catalogue(imgmatch_catalogue **out, const attempt *at, bool writable,
                                       imgmatch_diag *diag) {
    imgmatch_open_options options = IMGMATCH_OPEN_OPTIONS_INIT;
    options.model = at->on->model;
    options.writable = writable;
    imgmatch_status status = imgmatch_catalogue_open(out, at->path, &options, diag);
    assert_int_equal(*out != NULL, status == IMGMATCH_OK);
    return status;
}

typedef struct growing {
    char *text; /* NULL while it is empty. */
    size_t size;
} growing;

static bool append(void *user, const char *bytes, size_t size) {
    growing *out = user;
    char *longer = realloc(out->text, out->size + size + 1);
    assert_non_null(longer);
    memcpy(longer + out->size, bytes, size);
    out->text = longer;
    out->size += size;
    out->text[out->size] = '\0';
    return true;
}

static void print_problem(void *user, const char *line) {
    (void)user;
    (void)fprintf(stderr, "%s\n", line);
}

char *stage_items(const char *path) {
    imgmatch_catalogue *catalogue = NULL;
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    growing found = {NULL, 0};
    imgmatch_status status = imgmatch_catalogue_open(&catalogue, path, NULL, &diag);
    if (status == IMGMATCH_OK) {
        status = imgmatch_catalogue_verify(catalogue, print_problem, NULL, &diag);
    }
    if (status == IMGMATCH_OK) {
        status = imgmatch_catalogue_export(catalogue, IMGMATCH_EXPORT_JSONL, append, &found, &diag);
    }
    imgmatch_catalogue_close(catalogue);
    if (status != IMGMATCH_OK) {
        (void)fprintf(stderr, "a reader: %s\n", diag.message);
        free(found.text);
        return NULL;
    }
    answer_forget_times(found.text);
    return found.text;
}
