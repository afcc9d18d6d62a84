/*
 * Every main job, with allocation n failing, and with all from n on, for every n until the job gets
 * by without that many: no crash, no leak (under a sanitizer), the undisturbed answer, or
 * IMGMATCH_ERR_MEMORY with a message, or a photo that is "out_of_memory"; nothing handed out on
 * failure, and a catalogue that is whole afterwards. test_oom_files has the jobs that read and
 * write files.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "base/buffer.h"
#include "base/checksum.h"
#include "base/diag.h"
#include "base/json_reader.h"
#include "faults/answers.h"
#include "faults/jobs.h"
#include "faults/trigger.h"
#include "oom/failing_memory.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_ALLOCATIONS 4000 /* A job that needs more than that is caught in a loop. */

/* What the jobs work on. */
typedef struct bench {
    fault_bench base;
    encoded stranger; /* In no item. */
    char labels[512]; /* A file of labels. */
    char list[600];
    char answer[1 << 16]; /* Of a job that is OK. */
} bench;

typedef imgmatch_status (*job)(bench *on, imgmatch_diag *diag);

/* Allocates nothing, since that might be what fails. */
static void say(bench *on, const char *text) {
    size_t before = strlen(on->answer);
    assert_true(strlen(text) < sizeof on->answer - before);
    (void)snprintf(on->answer + before, sizeof on->answer - before, "%s\n", text);
}

/* A photo that failed for memory, as the call that goes on without it says. */
static imgmatch_status fail_photo(imgmatch_diag *diag, imgmatch_reason reason,
                                  const char *message) {
    assert_int_equal(reason, IMGMATCH_REASON_OUT_OF_MEMORY);
    (void)snprintf(diag->message, sizeof diag->message, "%s", message);
    return IMGMATCH_ERR_MEMORY;
}

static imgmatch_status say_result(bench *on, const imgmatch_result *result, imgmatch_diag *diag) {
    if (imgmatch_result_failure(result) != IMGMATCH_REASON_NONE) {
        return fail_photo(diag, imgmatch_result_failure(result), imgmatch_result_message(result));
    }
    char *text = NULL;
    imgmatch_status status = answer_of_result(&text, result, diag);
    assert_int_equal(text != NULL, status == IMGMATCH_OK);
    say(on, text == NULL ? "" : text);
    imgmatch_free(text);
    return status;
}

static imgmatch_status run_job(bench *on, job run, imgmatch_diag *diag) {
    on->answer[0] = '\0';
    *diag = (imgmatch_diag)IMGMATCH_DIAG_INIT;
    return run(on, diag);
}

/* Run a job with each allocation failing in turn; returns how many there were. */
static long try_each(bench *on, const char *name, job run, bool lasts) {
    static char right[sizeof on->answer];
    imgmatch_diag diag;
    assert_int_equal(run_job(on, run, &diag), IMGMATCH_OK);
    memcpy(right, on->answer, sizeof right);
    for (long n = 0; n < MOST_ALLOCATIONS; n++) {
        fault_arm(FAILING_MEMORY, n, lasts);
        imgmatch_status status = run_job(on, run, &diag);
        bool hit = fault_disarm();
        const char *wrong = status == IMGMATCH_OK
                                ? strcmp(on->answer, right) == 0 ? NULL : "another answer"
                            : !hit || status != IMGMATCH_ERR_MEMORY ? "the status does not fit"
                            : diag.message[0] == '\0'               ? "no message"
                                                                    : NULL;
        if (wrong != NULL) {
            fail_msg("%s, allocation %ld%s: %s (%s): %s", name, n, lasts ? " and all after it" : "",
                     imgmatch_status_text(status), diag.message, wrong);
        }
        if (!hit) {
            return n;
        }
    }
    fail_msg("no end of allocations");
    return 0;
}

static long try_all(bench *on, const char *name, job run) {
    long count = try_each(on, name, run, false);
    (void)try_each(on, name, run, true);
    return count;
}

static imgmatch_status open_model(bench *on, imgmatch_diag *diag) {
    (void)on;
    imgmatch_model *model = NULL;
    imgmatch_status status = imgmatch_model_open(&model, IMX_TEST_MODELS "/tiny", diag);
    assert_int_equal(model != NULL, status == IMGMATCH_OK);
    imgmatch_model_close(model);
    return status;
}

static imgmatch_status open_catalogue(bench *on, imgmatch_diag *diag) {
    imgmatch_catalogue *catalogue = NULL;
    imgmatch_open_options options = IMGMATCH_OPEN_OPTIONS_INIT;
    options.model = on->base.place.model;
    imgmatch_status status =
        imgmatch_catalogue_open(&catalogue, on->base.place.path, &options, diag);
    assert_int_equal(catalogue != NULL, status == IMGMATCH_OK);
    imgmatch_catalogue_close(catalogue);
    return status;
}

/* Puts an item in and takes it out again, so that each attempt finds the same catalogue. */
static imgmatch_status add_and_remove(bench *on, imgmatch_diag *diag) {
    imgmatch_photo photos[2] = {photo_of(&on->base.one, "new-1"), photo_of(&on->base.two, "new-2")};
    imgmatch_outcome outcomes[2];
    imgmatch_add_options options = IMGMATCH_ADD_OPTIONS_INIT;
    options.threads = 1;
    photos[0].metadata = "{\"colour\": \"red\"}";
    const char *ids[] = {"new-1", "new-2"};
    imgmatch_status status =
        imgmatch_catalogue_add(outcomes, on->base.place.catalogue, photos, 2, &options, diag);
    imgmatch_status removed =
        status == IMGMATCH_OK
            ? imgmatch_catalogue_remove(NULL, on->base.place.catalogue, ids, 2, diag)
            : status;
    (void)fault_disarm();
    for (int i = 0; i < 2; i++) {
        bool failed = outcomes[i].kind == IMGMATCH_OUTCOME_FAILED;
        assert_true(failed || status == IMGMATCH_OK);
        if (failed && removed == IMGMATCH_OK) {
            removed = fail_photo(diag, outcomes[i].reason, outcomes[i].message);
        }
    }
    /* What an armed fault kept from being removed. */
    assert_int_equal(imgmatch_catalogue_remove(NULL, on->base.place.catalogue, ids, 2, NULL),
                     IMGMATCH_OK);
    return removed;
}

static imgmatch_status query_thoroughly(bench *on, imgmatch_diag *diag) {
    imgmatch_photo photo = photo_of(&on->base.two, "listing");
    imgmatch_query_options options = IMGMATCH_QUERY_OPTIONS_INIT;
    options.effort = IMGMATCH_EFFORT_THOROUGH;
    options.threads = 1;
    imgmatch_result *result = NULL;
    imgmatch_status status =
        imgmatch_query_batch(&result, on->base.place.catalogue, &photo, 1, &options, diag);
    assert_int_equal(result != NULL, status == IMGMATCH_OK);
    if (status == IMGMATCH_OK) {
        status = say_result(on, result, diag);
    }
    imgmatch_result_free(result);
    return status;
}

static imgmatch_status compare_pair(bench *on, imgmatch_diag *diag) {
    imgmatch_photo query = photo_of(&on->base.one, NULL), reference = photo_of(&on->base.two, NULL);
    imgmatch_result *result = NULL;
    imgmatch_status status =
        imgmatch_compare(&result, on->base.place.model, &query, &reference, NULL, NULL, diag);
    assert_int_equal(result != NULL, status == IMGMATCH_OK);
    if (status == IMGMATCH_OK) {
        status = say_result(on, result, diag);
    }
    imgmatch_result_free(result);
    return status;
}

/* Where no worker can be confined there is no pool. */
static imgmatch_status decode_in_pool(bench *on, imgmatch_diag *diag) {
    imgmatch_decoder_pool_options options = IMGMATCH_DECODER_POOL_OPTIONS_INIT;
    imgmatch_decoder_pool *pool = NULL;
    imgmatch_image *image = NULL;
    options.worker = IMX_TEST_WORKER;
    options.max_workers = 1;
    imgmatch_status status = imgmatch_decoder_pool_new(&pool, &options, diag);
    assert_int_equal(pool != NULL, status == IMGMATCH_OK);
    if (status == IMGMATCH_OK) {
        status = imgmatch_decoder_pool_decode(&image, pool, on->stranger.bytes, on->stranger.size,
                                              NULL, diag);
        assert_int_equal(image != NULL, status == IMGMATCH_OK);
    }
    if (status == IMGMATCH_OK) {
        const imgmatch_image_info *info = imgmatch_image_get_info(image);
        size_t size = (size_t)3 * info->width * info->height;
        char sum[32];
        (void)snprintf(sum, sizeof sum, "%016" PRIx64,
                       imx_checksum(imgmatch_image_pixels(image), size));
        say(on, sum);
    }
    imgmatch_image_free(image);
    imgmatch_decoder_pool_free(pool);
    return status == IMGMATCH_ERR_UNSUPPORTED ? IMGMATCH_OK : status;
}

static bool look(void *user, const imgmatch_item *item) {
    say(user, item->id);
    return true;
}

static imgmatch_status look_around(bench *on, imgmatch_diag *diag) {
    imgmatch_item *item = NULL;
    imgmatch_catalogue *catalogue = on->base.place.catalogue;
    imgmatch_status status = imgmatch_catalogue_get(&item, catalogue, "kept", diag);
    imgmatch_item_free(item);
    if (status == IMGMATCH_OK) {
        status = imgmatch_catalogue_list(catalogue, look, on, diag);
    }
    if (status == IMGMATCH_OK) {
        status = imgmatch_catalogue_verify(catalogue, NULL, NULL, diag);
    }
    if (status == IMGMATCH_OK) {
        status = imgmatch_catalogue_refresh(NULL, catalogue, diag);
    }
    return status == IMGMATCH_OK ? imgmatch_catalogue_compact(catalogue, diag) : status;
}

/* The item that is there has no file to be read from, which is a problem of its own. */
static imgmatch_status calibrate(bench *on, imgmatch_diag *diag) {
    imgmatch_calibrator *calibrator = NULL;
    imgmatch_calibrator_options options = IMGMATCH_CALIBRATOR_OPTIONS_INIT;
    imgmatch_photo photo = photo_of(&on->stranger, NULL);
    double score = 0;
    options.threads = 1;
    imgmatch_status status =
        imgmatch_calibrator_new(&calibrator, on->base.place.catalogue, &options, diag);
    assert_int_equal(calibrator != NULL, status == IMGMATCH_OK);
    if (status == IMGMATCH_OK) {
        status = imgmatch_calibrator_read_labels(calibrator, on->labels, diag);
    }
    if (status == IMGMATCH_OK) {
        status = imgmatch_calibrator_add_photos(calibrator, &photo, 1, diag);
    }
    if (status == IMGMATCH_OK) {
        status = imgmatch_calibrator_add_own(calibrator, 5, diag);
    }
    if (status == IMGMATCH_OK) {
        status = imgmatch_calibrator_add_labelled(calibrator, diag);
    }
    if (status == IMGMATCH_OK) {
        status = imgmatch_calibrator_store(calibrator, diag);
    }
    uint64_t measured =
        status == IMGMATCH_OK ? imgmatch_calibrator_get_report(calibrator)->negatives : 1;
    imgmatch_calibrator_free(calibrator);
    if (measured == 0) {
        return fail_photo(diag, IMGMATCH_REASON_OUT_OF_MEMORY, "the photo was not measured");
    }
    return status != IMGMATCH_OK ? status
                                 : imgmatch_catalogue_score_for(&score, on->base.place.catalogue,
                                                                options.effort, 1e6, diag);
}

/* Long texts, escapes and bytes that are no UTF-8: every one of them comes back, or nothing. */
static imgmatch_status read_json(bench *on, imgmatch_diag *diag) {
    imx_buffer text;
    imx_buffer_init(&text, SIZE_MAX / 4);
    (void)imx_buffer_append_text(&text, "{\"long\":\"");
    for (int i = 0; i < 5000; i++) {
        (void)imx_buffer_append_text(&text, "abc\xc3\xa9\\n\\udce9");
    }
    (void)imx_buffer_append_text(&text, "\",\"list\":[1,0.5,true,null,{\"a\":\"b\"}]}");
    imx_json *root = NULL;
    char *again = NULL;
    /* A text that does not get made has no message of its own. */
    imgmatch_status status = text.failed ? imx_fail_memory(diag) : IMGMATCH_OK;
    if (status == IMGMATCH_OK) {
        status = imx_json_parse(&root, (const char *)text.bytes, text.size, 8, diag);
        assert_int_equal(root != NULL, status == IMGMATCH_OK);
    }
    if (status == IMGMATCH_OK) {
        again = imx_json_to_text(root);
        status = again == NULL ? imx_fail_memory(diag) : IMGMATCH_OK;
    }
    if (status == IMGMATCH_OK) {
        say(on, again + text.size - 40);
        assert_int_equal(strlen(again), text.size);
        assert_memory_equal(again, text.bytes, text.size);
    }
    free(again);
    imx_json_free(root);
    imx_buffer_free(&text);
    return status;
}

/* Of a list of three photos, each is read whole or reported. */
static imgmatch_status read_list(bench *on, imgmatch_diag *diag) {
    imgmatch_photo_list *list = NULL;
    imgmatch_status status = imgmatch_photo_list_open(&list, on->list, NULL, diag);
    assert_int_equal(list != NULL, status == IMGMATCH_OK);
    const imgmatch_photo *photo = NULL;
    for (int i = 0; status == IMGMATCH_OK && i < 4; i++) {
        status = imgmatch_photo_list_next(&photo, list, diag);
        if (status == IMGMATCH_OK) {
            assert_int_equal(photo == NULL, i == 3);
        }
        if (photo != NULL && status == IMGMATCH_OK) {
            say(on, photo->id);
            assert_int_equal(strlen(photo->id), 1000);
            assert_int_equal(strlen(photo->metadata), strlen("{\"colour\":\"\"}") + 2000);
        }
    }
    imgmatch_photo_list_close(list);
    return status;
}

static void write_list(const char *path) {
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    for (int i = 0; i < 3; i++) {
        (void)fprintf(file, "{\"path\":\"a.jpg\",\"id\":\"%01000d\",\"colour\":\"%02000d\"}\n", i,
                      i);
    }
    assert_int_equal(fclose(file), 0);
}

static void test_every_allocation_may_fail(void **state) {
    (void)state;
    static const struct {
        const char *name;
        job run;
        long least; /* Allocations that there surely are: the wrapping works. */
    } jobs[] = {
        {"open a model", open_model, 5},
        {"open a catalogue", open_catalogue, 5},
        {"add and remove", add_and_remove, 20},
        {"query", query_thoroughly, 20},
        {"compare", compare_pair, 20},
        {"look around", look_around, 5},
        {"read JSON", read_json, 5},
        {"read a list", read_list, 20},
        {"calibrate", calibrate, 40},
        {"decode in a pool", decode_in_pool, 2},
    };
    static bench on;
    fault_bench_open(&on.base);
    on.stranger = picture_png(3);
    (void)snprintf(on.labels, sizeof on.labels, "%s/labels.csv", on.base.place.folder);
    FILE *file = fopen(on.labels, "w");
    assert_non_null(file);
    (void)fputs("path,id,label\na.jpg,kept,0\nb.jpg,,0\n", file);
    assert_int_equal(fclose(file), 0);
    (void)snprintf(on.list, sizeof on.list, "%s/list.jsonl", on.base.place.folder);
    write_list(on.list);
    for (size_t i = 0; i < sizeof jobs / sizeof *jobs; i++) {
        long count = try_all(&on, jobs[i].name, jobs[i].run);
        print_message("%s: %ld allocations\n", jobs[i].name, count);
        assert_true(count >= jobs[i].least);
    }
    fault_bench_check(&on.base);
    imgmatch_free(on.stranger.bytes);
    fault_bench_close(&on.base);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_allocation_may_fail)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
