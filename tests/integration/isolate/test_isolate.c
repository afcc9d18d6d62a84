/*
 * A decoder that crashes, hangs, leaks, lies or reaches out costs one photo, with one reason; the
 * photos beside it come out as they would in this process, bit for bit.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "base/file.h"
#include "integration/catalogue/samples.h"
#include "integration/facade/pictures.h"
#include "integration/isolate/pools.h"
#include "isolate/reply.h"
#include "sanitized.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void test_pixels_are_the_same(void **state) {
    (void)state;
    imgmatch_decoder_pool *pool = new_pool(IMX_TEST_WORKER, 1);
    encoded photos[3] = {picture_png(1), picture_cropped_jpeg(2), picture_flat_png()};
    for (int i = 0; i < 3; i++) {
        expect_same(pool, &photos[i]);
        imgmatch_free(photos[i].bytes);
    }
    imgmatch_decoder_pool_stat stat;
    imgmatch_decoder_pool_get_stat(&stat, pool);
    assert_int_equal(stat.decoded, 3);
    assert_int_equal(stat.replaced, 0);
}

static encoded read_found(const char *path) {
    encoded photo;
    assert_int_equal(imx_file_read(&photo.bytes, &photo.size, path, 1 << 20, NULL), 0);
    return photo;
}

/* What a decoder opens and starts when it is first used has to have been used before the walls go
 * up: each format is the first one of a new worker. */
static void test_every_format_is_first_once(void **state) {
    (void)state;
    static const char *const names[] = {
        "bmp/24",       "gif/one",       "heif/avif",  "heif/heic",    "heif/tiles",
        "jpeg/cmyk",    "jpeg/baseline", "jpeg/444",   "jpeg/profile", "png/grey_profile",
        "png/rgb",      "tiff/cmyk",     "tiff/fax",   "tiff/jpeg",    "tiff/lzw",
        "tiff/deflate", "webp/lossy",    "webp/alpha",
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char path[512];
        (void)snprintf(path, sizeof path, "%s/image_%s", IMX_TEST_CORPUS, names[i]);
        encoded photo = read_found(path);
        imgmatch_decoder_pool *pool = new_pool(IMX_TEST_WORKER, 1);
        expect_same(pool, &photo);
        imgmatch_decoder_pool_stat stat;
        imgmatch_decoder_pool_get_stat(&stat, pool);
        assert_int_equal(stat.replaced, 0);
        (void)close_pool(state);
        free(photo.bytes);
    }
}

/* Tiles are decoded by several decoders at once, each in threads of its own: the allocator looked
 * for the number of processors then, in a file. Phones' photos are made of tiles. */
static void test_tiles_are_decoded_in_many_threads(void **state) {
    (void)state;
    imgmatch_decoder_pool *pool = new_pool(IMX_TEST_WORKER, 1);
    encoded photo = read_found(IMX_TEST_CORPUS "/image_heif/found-tiles-in-a-worker");
    for (int i = 0; i < 3; i++) {
        expect_same(pool, &photo);
    }
    free(photo.bytes);
    imgmatch_decoder_pool_stat stat;
    imgmatch_decoder_pool_get_stat(&stat, pool);
    assert_int_equal(stat.decoded, 3);
    assert_int_equal(stat.replaced, 0);
}

/* libvips put more than 100 MB of pixels into a temporary file, which no worker may open. */
static void test_large_photos_stay_in_memory(void **state) {
    (void)state;
    /* Lossless WebP of 8192 x 4300 pixels: each of its five codes has one symbol, of no bits. */
    uint8_t bytes[] = "RIFF\x14\0\0\0WEBPVP8L\x08\0\0\0\x2F\xFF\xDF\x32\x04\x88\x88\x08";
    const encoded photo = {bytes, sizeof bytes - 1};
#if defined(__SANITIZE_THREAD__)
    skip(); /* It takes longer than a photo may. */
#endif
    imgmatch_decoder_pool *pool = new_pool_of(IMX_TEST_WORKER, 1, UINT64_C(1) << 30);
    expect_same(pool, &photo);
}

static void test_files_are_opened(void **state) {
    (void)state;
    imgmatch_decoder_pool *pool = new_pool(IMX_TEST_WORKER, 1);
    char *folder = sample_folder_new(), path[512];
    imgmatch_image *image = NULL, *here = NULL;
    imgmatch_limits limits = IMGMATCH_LIMITS_INIT;
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    encoded photo = picture_png(1);
    (void)snprintf(path, sizeof path, "%s/photo", folder);
    assert_true(sample_write_file(path, photo.bytes, photo.size));
    assert_int_equal(imgmatch_decoder_pool_open(&image, pool, path, NULL, NULL), IMGMATCH_OK);
    assert_int_equal(imgmatch_image_open(&here, path, NULL, NULL), IMGMATCH_OK);
    assert_true(same_picture(image, here));
    imgmatch_image_free(image);
    imgmatch_image_free(here);
    limits.max_file_bytes = photo.size - 1;
    assert_int_equal(imgmatch_decoder_pool_open(&image, pool, path, &limits, &diag),
                     IMGMATCH_ERR_PHOTO);
    assert_int_equal(diag.reason, IMGMATCH_REASON_TOO_LARGE);
    assert_null(image);
    diag = (imgmatch_diag)IMGMATCH_DIAG_INIT;
    assert_int_equal(imgmatch_decoder_pool_open(&image, pool, folder, NULL, &diag),
                     IMGMATCH_ERR_PHOTO);
    assert_int_equal(diag.reason, IMGMATCH_REASON_NOT_A_FILE);
    assert_int_equal(imgmatch_decoder_pool_open(&image, NULL, path, NULL, NULL),
                     IMGMATCH_ERR_ARGUMENT);
    imgmatch_free(photo.bytes);
    sample_folder_remove(folder);
    free(folder);
}

static void test_every_fault_costs_one_photo(void **state) {
    (void)state;
    static const struct {
        const char *fault;
        imgmatch_reason reason;
    } cases[] = {
        {"abort", IMGMATCH_REASON_DECODER_CRASHED}, {"segv", IMGMATCH_REASON_DECODER_CRASHED},
        {"file", IMGMATCH_REASON_DECODER_CRASHED},  {"socket", IMGMATCH_REASON_DECODER_CRASHED},
        {"exec", IMGMATCH_REASON_DECODER_CRASHED},  {"kill", IMGMATCH_REASON_DECODER_CRASHED},
        {"code", IMGMATCH_REASON_DECODER_CRASHED},  {"exit", IMGMATCH_REASON_DECODER_CRASHED},
        {"lie", IMGMATCH_REASON_DECODER_CRASHED},   {"spin", IMGMATCH_REASON_DECODER_TIMEOUT},
        {"sleep", IMGMATCH_REASON_DECODER_TIMEOUT},
    };
    size_t count = sizeof cases / sizeof *cases;
    imgmatch_limits limits = IMGMATCH_LIMITS_INIT;
    limits.max_decode_ms = 500;
    imgmatch_decoder_pool *pool = new_pool(IMX_TEST_FAULTY_WORKER, 1);
    encoded good = picture_png(1);
    for (size_t i = 0; i < count; i++) {
        encoded bad = marked_photo(cases[i].fault);
        imgmatch_reason reason = reason_of(pool, &bad, &limits);
        if (reason != cases[i].reason) {
            fail_msg("%s: %s", cases[i].fault, imgmatch_reason_code(reason));
        }
        expect_same(pool, &good);
        free(bad.bytes);
    }
    imgmatch_decoder_pool_stat stat;
    imgmatch_decoder_pool_get_stat(&stat, pool);
    assert_int_equal(stat.decoded, count);
    assert_int_equal(stat.crashed, count - 2);
    assert_int_equal(stat.timed_out, 2);
    assert_int_equal(stat.replaced, count);
    imgmatch_free(good.bytes);
}

/* It is the filter that stops a worker, not the lack of a file or a network. */
static void test_a_worker_cannot_reach_out(void **state) {
    (void)state;
    static const char *const faults[] = {"file", "socket",  "exec",  "kill",
                                         "code", "growing", "shared"};
    imgmatch_decoder_pool *pool = new_pool(IMX_TEST_FAULTY_WORKER, 1);
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        expect_signal(pool, faults[i], "SIGSYS");
    }
}

static void test_memory_is_bounded(void **state) {
    (void)state;
    if (IS_SANITIZED) {
        skip();
    }
    imgmatch_decoder_pool *pool = new_pool(IMX_TEST_FAULTY_WORKER, 1);
    encoded hog = marked_photo("hog"), leaking = marked_photo("leak"), good = picture_png(1);
    assert_int_equal(reason_of(pool, &hog, NULL), IMGMATCH_REASON_OUT_OF_MEMORY);
    expect_same(pool, &good);
    /* 60 MiB are lost each time. Another worker takes over, and no photo is lost. */
    for (int i = 0; i < 6; i++) {
        assert_int_equal(reason_of(pool, &leaking, NULL), IMGMATCH_REASON_NONE);
        expect_same(pool, &good);
    }
    imgmatch_decoder_pool_stat stat;
    imgmatch_decoder_pool_get_stat(&stat, pool);
    assert_int_equal(stat.refused, 1);
    assert_int_equal(stat.crashed, 0);
    assert_int_equal(stat.replaced, 7);
    imgmatch_free(good.bytes);
    free(hog.bytes);
    free(leaking.bytes);
}

/* Of all memory but 200 KiB, with which AVIF's decoder says of a sound photo that it is corrupt. */
static void test_a_leak_costs_no_other_photo(void **state) {
    (void)state;
    if (IS_SANITIZED) {
        skip();
    }
    imgmatch_decoder_pool *pool = new_pool(IMX_TEST_FAULTY_WORKER, 1);
    encoded leaking = marked_photo("brim"), good = read_found(IMX_TEST_CORPUS "/image_heif/avif");
    assert_int_equal(reason_of(pool, &leaking, NULL), IMGMATCH_REASON_NONE);
    expect_same(pool, &good);
    imgmatch_decoder_pool_stat stat;
    imgmatch_decoder_pool_get_stat(&stat, pool);
    assert_int_equal(stat.replaced, 1);
    free(good.bytes);
    free(leaking.bytes);
}

/* A megabyte of 128 each time: of 30 such photos, and as many others, none is lost, and a worker
 * does for more than one. */
static void test_a_small_leak_adds_up(void **state) {
    (void)state;
    if (IS_SANITIZED) {
        skip();
    }
    imgmatch_decoder_pool *pool = new_pool(IMX_TEST_FAULTY_WORKER, 1);
    encoded leaking = marked_photo("drip"), good = picture_png(1);
    for (int i = 0; i < 30; i++) {
        assert_int_equal(reason_of(pool, &leaking, NULL), IMGMATCH_REASON_NONE);
        expect_same(pool, &good);
    }
    imgmatch_decoder_pool_stat stat;
    imgmatch_decoder_pool_get_stat(&stat, pool);
    assert_int_equal(stat.decoded, 60);
    assert_in_range(stat.replaced, 3, 4);
    imgmatch_free(good.bytes);
    free(leaking.bytes);
}

typedef struct crowd {
    imgmatch_decoder_pool *pool;
    encoded good;
    encoded bad;
    imgmatch_image *expected;
    atomic_int wrong;
} crowd;

static void *be_one_of_many(void *argument) {
    crowd *all = argument;
    for (int i = 0; i < 12; i++) {
        const encoded *photo = i % 4 == 1 ? &all->bad : &all->good;
        imgmatch_image *image = NULL;
        imgmatch_diag diag = IMGMATCH_DIAG_INIT;
        imgmatch_status status =
            imgmatch_decoder_pool_decode(&image, all->pool, photo->bytes, photo->size, NULL, &diag);
        bool right =
            photo == &all->bad
                ? status == IMGMATCH_ERR_PHOTO && diag.reason == IMGMATCH_REASON_DECODER_CRASHED
                : status == IMGMATCH_OK && same_picture(image, all->expected);
        atomic_fetch_add(&all->wrong, !right);
        imgmatch_image_free(image);
    }
    return NULL;
}

/* More threads than workers, and threads that end before the workers that they started. */
static void test_neighbours_of_crashes_are_unharmed(void **state) {
    (void)state;
    crowd all = {.pool = new_pool(IMX_TEST_FAULTY_WORKER, 2),
                 .good = picture_png(5),
                 .bad = marked_photo("segv")};
    pthread_t threads[4];
    atomic_init(&all.wrong, 0);
    assert_int_equal(
        imgmatch_image_decode(&all.expected, all.good.bytes, all.good.size, NULL, NULL), 0);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, be_one_of_many, &all), 0);
    }
    for (int i = 0; i < 4; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
    assert_int_equal(atomic_load(&all.wrong), 0);
    imgmatch_decoder_pool_stat stat;
    imgmatch_decoder_pool_get_stat(&stat, all.pool);
    assert_int_equal(stat.decoded, 36);
    assert_int_equal(stat.crashed, 12);
    expect_same(all.pool, &all.good);
    imgmatch_image_free(all.expected);
    imgmatch_free(all.good.bytes);
    free(all.bad.bytes);
}

static void test_what_a_worker_says_is_checked(void **state) {
    (void)state;
    const imgmatch_limits limits = IMGMATCH_LIMITS_INIT;
    const imx_worker_reply good = {.status = IMGMATCH_OK,
                                   .format = IMGMATCH_FORMAT_PNG,
                                   .source_width = 100,
                                   .source_height = 50,
                                   .orientation = 6,
                                   .width = 50,
                                   .height = 100};
    imx_worker_reply reply = good;
    imgmatch_image_info info;
    assert_true(imx_reply_check(&info, &reply, &limits, 15000));
    assert_int_equal(info.height, 100);
    assert_false(imx_reply_check(&info, &reply, &limits, 14999));
#define EXPECT_REFUSED(field, value)                                                               \
    do {                                                                                           \
        reply = good;                                                                              \
        reply.field = (value);                                                                     \
        assert_false(imx_reply_check(&info, &reply, &limits, UINT64_MAX));                         \
    } while (0)
    EXPECT_REFUSED(width, 0);
    EXPECT_REFUSED(height, UINT32_MAX);
    EXPECT_REFUSED(width, limits.max_side + 1);
    EXPECT_REFUSED(source_width, 1);
    EXPECT_REFUSED(format, IMGMATCH_FORMAT_RAW);
    EXPECT_REFUSED(orientation, 9);
    EXPECT_REFUSED(had_alpha, 2);
    EXPECT_REFUSED(status, IMGMATCH_ERR_BUSY);
    EXPECT_REFUSED(status, IMGMATCH_ERR_PHOTO); /* Without a reason. */
    reply.reason = IMGMATCH_REASON_FLAT;
    assert_false(imx_reply_check(&info, &reply, &limits, UINT64_MAX));
    reply.reason = IMGMATCH_REASON_CORRUPT;
    memset(reply.message, '\n', sizeof reply.message);
    assert_true(imx_reply_check(&info, &reply, &limits, UINT64_MAX));
    assert_int_equal(strspn(reply.message, "?"), sizeof reply.message - 1);
}

static void test_a_pool_needs_a_worker(void **state) {
    (void)state;
    imgmatch_decoder_pool_options options = IMGMATCH_DECODER_POOL_OPTIONS_INIT;
    imgmatch_decoder_pool *pool = NULL;
    options.worker = "/nowhere/imgmatch-decode-worker";
    assert_int_equal(imgmatch_decoder_pool_new(&pool, &options, NULL), IMGMATCH_ERR_NOT_FOUND);
    options.worker = "/bin/true";
    assert_int_equal(imgmatch_decoder_pool_new(&pool, &options, NULL), IMGMATCH_ERR_IO);
    options.max_workers = 5000;
    assert_int_equal(imgmatch_decoder_pool_new(&pool, &options, NULL), IMGMATCH_ERR_ARGUMENT);
    assert_null(pool);
    imgmatch_decoder_pool_free(NULL);
}

/* Through the public calls: an add and a query with a pool. */
static void test_a_catalogue_decodes_in_its_pool(void **state) {
    (void)state;
    workplace place;
    workplace_open(&place);
    imgmatch_catalogue_close(place.catalogue);
    imgmatch_open_options options = IMGMATCH_OPEN_OPTIONS_INIT;
    options.model = place.model;
    options.writable = true;
    options.decoders = new_pool(IMX_TEST_FAULTY_WORKER, 2);
    assert_int_equal(imgmatch_catalogue_open(&place.catalogue, place.path, &options, NULL), 0);
    encoded pictures[3] = {picture_png(1), marked_photo("abort"), picture_png(2)};
    imgmatch_photo photos[3] = {photo_of(&pictures[0], "a"), photo_of(&pictures[1], "b"),
                                photo_of(&pictures[2], "c")};
    imgmatch_outcome outcomes[3];
    assert_int_equal(imgmatch_catalogue_add(outcomes, place.catalogue, photos, 3, NULL, NULL), 0);
    assert_int_equal(outcomes[0].kind, IMGMATCH_OUTCOME_ADDED);
    assert_int_equal(outcomes[1].reason, IMGMATCH_REASON_DECODER_CRASHED);
    assert_int_equal(outcomes[2].kind, IMGMATCH_OUTCOME_ADDED);
    imgmatch_result *result = NULL;
    assert_int_equal(imgmatch_query(&result, place.catalogue, &photos[1], NULL, NULL), 0);
    assert_int_equal(imgmatch_result_failure(result), IMGMATCH_REASON_DECODER_CRASHED);
    imgmatch_result_free(result);
    imgmatch_query_options query = IMGMATCH_QUERY_OPTIONS_INIT;
    query.decoders = options.decoders;
    assert_int_equal(
        imgmatch_compare(&result, place.model, &photos[0], &photos[0], &query, NULL, NULL), 0);
    assert_int_equal(imgmatch_result_verdict(result), IMGMATCH_VERDICT_COPY);
    imgmatch_result_free(result);
    imgmatch_decoder_pool_stat stat;
    imgmatch_decoder_pool_get_stat(&stat, options.decoders);
    assert_int_equal(stat.decoded, 4);
    assert_int_equal(stat.crashed, 2);
    workplace_close(&place);
    (void)close_pool(state);
    imgmatch_free(pictures[0].bytes);
    free(pictures[1].bytes);
    imgmatch_free(pictures[2].bytes);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_pixels_are_the_same, close_pool),
        cmocka_unit_test_teardown(test_every_format_is_first_once, close_pool),
        cmocka_unit_test_teardown(test_tiles_are_decoded_in_many_threads, close_pool),
        cmocka_unit_test_teardown(test_large_photos_stay_in_memory, close_pool),
        cmocka_unit_test_teardown(test_files_are_opened, close_pool),
        cmocka_unit_test_teardown(test_every_fault_costs_one_photo, close_pool),
        cmocka_unit_test_teardown(test_a_worker_cannot_reach_out, close_pool),
        cmocka_unit_test_teardown(test_memory_is_bounded, close_pool),
        cmocka_unit_test_teardown(test_a_leak_costs_no_other_photo, close_pool),
        cmocka_unit_test_teardown(test_a_small_leak_adds_up, close_pool),
        cmocka_unit_test_teardown(test_neighbours_of_crashes_are_unharmed, close_pool),
        cmocka_unit_test_teardown(test_what_a_worker_says_is_checked, close_pool),
        cmocka_unit_test_teardown(test_a_pool_needs_a_worker, close_pool),
        cmocka_unit_test_teardown(test_a_catalogue_decodes_in_its_pool, close_pool),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
