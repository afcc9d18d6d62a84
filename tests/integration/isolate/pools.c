#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "integration/isolate/pools.h"

#include <stdlib.h>
#include <string.h>

#define WORKER_BYTES (UINT64_C(128) << 20)

/* The pool of the test that runs. The teardown closes it: a failed test leaves no worker behind. */
static imgmatch_decoder_pool *open_pool;

int close_pool(void **state) {
    (void)state;
    imgmatch_decoder_pool_free(open_pool);
    open_pool = NULL;
    return 0;
}

imgmatch_decoder_pool *new_pool(const char *worker, uint32_t max_workers) {
    return new_pool_of(worker, max_workers, WORKER_BYTES);
}

imgmatch_decoder_pool *new_pool_of(const char *worker, uint32_t max_workers,
                                   uint64_t max_worker_bytes) {
    imgmatch_decoder_pool_options options = IMGMATCH_DECODER_POOL_OPTIONS_INIT;
    imgmatch_decoder_pool *pool = NULL;
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    options.worker = worker;
    options.max_workers = max_workers;
    options.max_worker_bytes = max_worker_bytes;
    if (imgmatch_decoder_pool_new(&pool, &options, &diag) != IMGMATCH_OK) {
        fail_msg("no pool: %s", diag.message);
    }
    assert_null(open_pool);
    open_pool = pool;
    return pool;
}

/* A crop as JPEG with "imx-fault:NAME" behind its end, where decoders do not look. */
encoded marked_photo(const char *fault) {
    encoded photo = picture_cropped_jpeg(3);
    size_t length = strlen(fault);
    uint8_t *bytes = malloc(photo.size + 10 + length);
    assert_non_null(bytes);
    memcpy(bytes, photo.bytes, photo.size);
    memcpy(bytes + photo.size, "imx-fault:", 10);
    memcpy(bytes + photo.size + 10, fault, length);
    imgmatch_free(photo.bytes);
    return (encoded){bytes, photo.size + 10 + length};
}

bool same_picture(const imgmatch_image *a, const imgmatch_image *b) {
    const imgmatch_image_info *x = imgmatch_image_get_info(a), *y = imgmatch_image_get_info(b);
    return x->width == y->width && x->height == y->height && x->format == y->format &&
           x->source_width == y->source_width && x->source_height == y->source_height &&
           x->orientation == y->orientation && x->scaled == y->scaled &&
           x->had_alpha == y->had_alpha && x->had_profile == y->had_profile &&
           memcmp(imgmatch_image_pixels(a), imgmatch_image_pixels(b),
                  3 * (size_t)x->width * x->height) == 0;
}

void expect_same(imgmatch_decoder_pool *pool, const encoded *photo) {
    imgmatch_image *here = NULL, *there = NULL;
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    assert_int_equal(imgmatch_image_decode(&here, photo->bytes, photo->size, NULL, NULL), 0);
    if (imgmatch_decoder_pool_decode(&there, pool, photo->bytes, photo->size, NULL, &diag) != 0) {
        fail_msg("isolated: %s", diag.message);
    }
    assert_true(same_picture(here, there));
    imgmatch_image_free(here);
    imgmatch_image_free(there);
}

imgmatch_reason reason_of(imgmatch_decoder_pool *pool, const encoded *photo,
                          const imgmatch_limits *limits) {
    imgmatch_image *image = NULL;
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    imgmatch_status status =
        imgmatch_decoder_pool_decode(&image, pool, photo->bytes, photo->size, limits, &diag);
    assert_int_equal(image != NULL, status == IMGMATCH_OK);
    assert_true(status == IMGMATCH_OK || status == IMGMATCH_ERR_PHOTO);
    imgmatch_image_free(image);
    return diag.reason;
}

void expect_signal(imgmatch_decoder_pool *pool, const char *fault, const char *name) {
    encoded bad = marked_photo(fault);
    imgmatch_image *image = NULL;
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    assert_int_equal(imgmatch_decoder_pool_decode(&image, pool, bad.bytes, bad.size, NULL, &diag),
                     IMGMATCH_ERR_PHOTO);
    if (strstr(diag.message, name) == NULL) {
        fail_msg("%s: %s", fault, diag.message);
    }
    free(bad.bytes);
}
