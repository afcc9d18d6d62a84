/*
 * Every format in a confined worker, with allocation n of imgmatch, libjpeg, GLib, libvips or the
 * codecs failing there, for the first n and some after them: whatever the libraries make of it, the
 * caller gets pixels or a reason (of imgmatch and libjpeg: out_of_memory), and the next photo comes
 * out right.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "faults/decoder_photos.h"
#include "faults/fault_malloc.h"
#include "faults/fault_worker.h"

#include <imgmatch/decoder_pool.h>

#include <stdlib.h>
#include <string.h>

#define MOST_ALLOCATIONS 20000

static imgmatch_decoder_pool *pool;

static int open_pool(void **state) {
    (void)state;
    imgmatch_decoder_pool_options options = IMGMATCH_DECODER_POOL_OPTIONS_INIT;
    options.worker = IMX_TEST_FAULT_WORKER;
    options.max_workers = 1;
    return (int)imgmatch_decoder_pool_new(&pool, &options, NULL);
}

static int close_pool(void **state) {
    (void)state;
    imgmatch_decoder_pool_free(pool);
    return 0;
}

typedef struct tally {
    long tried;
    long pixels;
    long out_of_memory;
    long other_reason;
    long crashed;
} tally;

static void expect_well(const decoder_photo *photo) {
    imgmatch_image *image = NULL;
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    if (imgmatch_decoder_pool_decode(&image, pool, photo->bytes, photo->size, NULL, &diag) !=
        IMGMATCH_OK) {
        fail_msg("%s afterwards: %s", photo->name, diag.message);
    }
    assert_true(decoder_photo_is(photo, image));
    imgmatch_image_free(image);
}

/* False when decoding has no allocation n. */
static bool try_once(tally *out, const decoder_photo *photo, fault_owner owner, long n) {
    allocation_mark mark = {ALLOCATION_MARK, (int64_t)owner, n};
    uint8_t *marked = malloc(photo->size + sizeof mark);
    assert_non_null(marked);
    memcpy(marked, photo->bytes, photo->size);
    memcpy(marked + photo->size, &mark, sizeof mark);
    imgmatch_image *image = NULL;
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    imgmatch_status status =
        imgmatch_decoder_pool_decode(&image, pool, marked, photo->size + sizeof mark, NULL, &diag);
    free(marked);
    assert_int_equal(image != NULL, status == IMGMATCH_OK);
    bool right = image == NULL || decoder_photo_is(photo, image);
    imgmatch_image_free(image);
    if (strcmp(diag.message, NO_SUCH_ALLOCATION) == 0) {
        return false;
    }
    bool memory = status == IMGMATCH_ERR_PHOTO && diag.reason == IMGMATCH_REASON_OUT_OF_MEMORY;
    bool crashed = status == IMGMATCH_ERR_PHOTO && diag.reason == IMGMATCH_REASON_DECODER_CRASHED;
    bool ours = owner == OWNER_PROGRAM || decoder_photo_is_direct(photo);
    if ((status != IMGMATCH_OK && status != IMGMATCH_ERR_PHOTO) ||
        (ours && !(memory || (status == IMGMATCH_OK && right))) ||
        (owner == OWNER_GLIB && !crashed)) {
        fail_msg("%s, allocation %ld of %d: %s", photo->name, n, (int)owner, diag.message);
    }
    out->tried++;
    out->pixels += status == IMGMATCH_OK;
    out->out_of_memory += memory;
    out->crashed += crashed;
    out->other_reason += status != IMGMATCH_OK && !memory && !crashed;
    expect_well(photo);
    return true;
}

static void test_workers(void **state) {
    (void)state;
    static const char *const names[] = {"bmp/24",        "gif/one",   "heif/avif",
                                        "jpeg/baseline", "jpeg/wide", "png/rgba",
                                        "png/wide",      "tiff/lzw",  "webp/lossy"};
    static const fault_owner owners[] = {OWNER_PROGRAM, OWNER_JPEG, OWNER_GLIB, OWNER_VIPS,
                                         OWNER_OTHERS};
    static decoder_photo photos[MOST_DECODER_PHOTOS];
    size_t count = decoder_photos_read(photos), met = 0;
    tally all = {0};
    for (size_t i = 0; i < count; i++) {
        bool chosen = false;
        for (size_t j = 0; j < sizeof names / sizeof *names; j++) {
            chosen = chosen || strcmp(names[j], photos[i].name) == 0;
        }
        if (!chosen) {
            continue;
        }
        met++;
        expect_well(&photos[i]);
        tally sum = {0};
        for (size_t j = 0; j < sizeof owners / sizeof *owners; j++) {
            /* Most of these cost a worker. */
            long step = owners[j] == OWNER_GLIB ? 211 : 17;
            for (long n = 0; try_once(&sum, &photos[i], owners[j], n); n += n < 5 ? 1 : step) {
                assert_true(n < MOST_ALLOCATIONS);
            }
        }
        print_message("%s: %ld tried: %ld pixels, %ld out of memory, %ld other reasons, %ld "
                      "crashed\n",
                      photos[i].name, sum.tried, sum.pixels, sum.out_of_memory, sum.other_reason,
                      sum.crashed);
        all.out_of_memory += sum.out_of_memory;
        all.crashed += sum.crashed;
    }
    assert_true(met >= 8); /* HEIF may be missing. */
    assert_true(all.out_of_memory > 30 && all.crashed > 30);
    imgmatch_decoder_pool_stat stat;
    imgmatch_decoder_pool_get_stat(&stat, pool);
    assert_int_equal(stat.crashed, all.crashed);
    decoder_photos_free(photos, count);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_workers, open_pool, close_pool),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
