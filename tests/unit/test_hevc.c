/*
 * HEVC that ends too soon or has errors is refused, and never shows what memory held: the decoder
 * that libheif is given for our photos, and for nobody else's.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "base/file.h"
#include "image/hevc.h"

#include <imgmatch/image.h>

#include <malloc.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <libheif/heif.h>

#define MOST_BYTES (1u << 20)

typedef struct heif_bytes {
    uint8_t *bytes;
    size_t size;
} heif_bytes;

static heif_bytes seed(const char *name) {
    char path[512];
    heif_bytes out;
    (void)snprintf(path, sizeof path, "%s/image_heif/%s", IMX_TEST_CORPUS, name);
    assert_int_equal(imx_file_read(&out.bytes, &out.size, path, MOST_BYTES, NULL), IMGMATCH_OK);
    return out;
}

/* The picture, or NULL; new memory is filled with `filling`. */
static imgmatch_image *decode(const heif_bytes *file, int filling, imgmatch_diag *diag) {
    imgmatch_image *image = NULL;
    *diag = (imgmatch_diag)IMGMATCH_DIAG_INIT;
    (void)mallopt(M_PERTURB, filling);
    imgmatch_status status = imgmatch_image_decode(&image, file->bytes, file->size, NULL, diag);
    (void)mallopt(M_PERTURB, 0);
    assert_true((status == IMGMATCH_OK) == (image != NULL));
    return image;
}

static void expect(const char *name, imgmatch_reason reason, const char *message) {
    imgmatch_diag diag;
    heif_bytes file = seed(name);
    assert_null(decode(&file, 0, &diag));
    assert_int_equal(diag.reason, reason);
    assert_non_null(strstr(diag.message, message));
    free(file.bytes);
}

static void test_what_is_missing_or_wrong_is_told(void **state) {
    (void)state;
    expect("found-part-missing", IMGMATCH_REASON_TRUNCATED,
           "heif: a part of the picture is missing");
    expect("found-old-memory", IMGMATCH_REASON_CORRUPT, "the picture has errors");
    expect("costly-hevc_references", IMGMATCH_REASON_CORRUPT, "the picture has errors");
}

/* 500 pixels a side: of the last block four rows and columns are shown, and one of the pixels that
 * tell whether it was decoded is as the picture began. */
static void test_a_pixel_of_the_pattern_is_chance(void **state) {
    (void)state;
    imgmatch_diag diag;
    heif_bytes file = seed("found-one-pixel-of-a-block");
    imgmatch_image *image = decode(&file, 0, &diag);
    assert_non_null(image);
    assert_int_equal(imgmatch_image_get_info(image)->width, 500);
    assert_int_equal(imgmatch_image_pixels(image)[3 * (500 * 500 - 1)],
                     imgmatch_image_pixels(image)[0]);
    imgmatch_image_free(image);
    free(file.bytes);
}

/* Is there a picture? It has to be the same whatever was in memory. */
static bool shows_the_same(const heif_bytes *file) {
    imgmatch_diag diag;
    imgmatch_image *once = decode(file, 17, &diag);
    imgmatch_image *again = decode(file, 200, &diag);
    bool shown = once != NULL;
    assert_true(shown == (again != NULL));
    if (shown) {
        const imgmatch_image_info *info = imgmatch_image_get_info(once);
        assert_memory_equal(imgmatch_image_pixels(once), imgmatch_image_pixels(again),
                            3 * (size_t)info->width * info->height);
    }
    imgmatch_image_free(once);
    imgmatch_image_free(again);
    return shown;
}

/* Every end of the coded picture taken away, by bytes that end a slice and by bytes that do not. */
static void test_what_is_shown_never_depends_on_memory(void **state) {
    (void)state;
    heif_bytes file = seed("heic");
    size_t shown = 0;
    size_t refused = 0;
    for (size_t size = file.size; size-- > file.size / 2;) {
        for (int filler = 0; filler < 2; filler++) {
            heif_bytes broken = {malloc(file.size), file.size};
            assert_non_null(broken.bytes);
            memcpy(broken.bytes, file.bytes, size);
            memset(broken.bytes + size, filler == 0 ? 0 : 0xA5, file.size - size);
            *(shows_the_same(&broken) ? &shown : &refused) += 1;
            free(broken.bytes);
        }
    }
    assert_true(shown > 0 && refused > 0);
    free(file.bytes);
}

/* Whatever a byte of its index says of the tiles, the grid, or the pictures' sizes. */
static void test_no_grid_shows_memory(void **state) {
    (void)state;
    heif_bytes file = seed("tiles");
    size_t shown = 0;
    size_t refused = 0;
    for (size_t i = 0; i < file.size; i++) {
        uint8_t bit = (uint8_t)(1u << i % 8);
        file.bytes[i] ^= bit;
        *(shows_the_same(&file) ? &shown : &refused) += 1;
        file.bytes[i] ^= bit;
    }
    assert_true(shown > 0 && refused > 0);
    free(file.bytes);
    const char *const found[] = {"found-uncovered-grid", "found-uncovered-avif-grid",
                                 "found-tiles-told-larger", "found-cut-tile",
                                 "found-uncovered-transparency"};
    for (size_t i = 0; i < sizeof found / sizeof *found; i++) {
        file = seed(found[i]);
        assert_false(shows_the_same(&file));
        free(file.bytes);
    }
}

/* As another part of the program does that uses libheif. */
static bool decode_by_libheif(const heif_bytes *file) {
    struct heif_context *context = heif_context_alloc();
    struct heif_image_handle *handle = NULL;
    struct heif_image *image = NULL;
    struct heif_error error =
        heif_context_read_from_memory_without_copy(context, file->bytes, file->size, NULL);
    assert_int_equal(error.code, heif_error_Ok);
    error = heif_context_get_primary_image_handle(context, &handle);
    assert_int_equal(error.code, heif_error_Ok);
    error =
        heif_decode_image(handle, &image, heif_colorspace_RGB, heif_chroma_interleaved_RGB, NULL);
    heif_image_release(image);
    heif_image_handle_release(handle);
    heif_context_free(context);
    return error.code == heif_error_Ok;
}

/* Others' files come to the decoder unchecked while it is there: a picture of which more is cut off
 * than there is, and data that ends in the size of a unit. */
static void test_files_that_nobody_checked(void **state) {
    (void)state;
    static const char *const names[] = {"found-cut-beyond", "found-three-bytes-left"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        imgmatch_diag diag;
        heif_bytes file = seed(names[i]);
        assert_null(decode(&file, 0, &diag));
        assert_int_equal(diag.reason, IMGMATCH_REASON_CORRUPT);
        imx_hevc_begin();
        assert_false(decode_by_libheif(&file));
        imx_hevc_end();
        free(file.bytes);
    }
}

static void test_others_keep_their_decoder(void **state) {
    (void)state;
    heif_bytes file = seed("found-old-memory");
    imgmatch_diag diag;
    assert_null(decode(&file, 0, &diag)); /* Ours is on the list now. */
    assert_true(decode_by_libheif(&file));
    imx_hevc_begin();
    assert_false(decode_by_libheif(&file));
    imx_hevc_end();
    assert_true(decode_by_libheif(&file));
    /* At the last heif_deinit libheif forgets decoders: not while we are there. */
    assert_int_equal(heif_init(NULL).code, heif_error_Ok);
    heif_deinit();
    assert_null(decode(&file, 0, &diag));
    assert_int_equal(diag.reason, IMGMATCH_REASON_CORRUPT);
    free(file.bytes);
}

typedef struct hevc_reader {
    heif_bytes file;
    imgmatch_reason reason; /* That it has when nobody else reads. */
    unsigned others;
} hevc_reader;

static void *read_again_and_again(void *of) {
    hevc_reader *reader = of;
    for (int i = 0; i < 200; i++) {
        imgmatch_image *image = NULL;
        imgmatch_diag diag = IMGMATCH_DIAG_INIT;
        imgmatch_status status =
            imgmatch_image_decode(&image, reader->file.bytes, reader->file.size, NULL, &diag);
        reader->others += (status == IMGMATCH_OK) != (reader->reason == IMGMATCH_REASON_NONE) ||
                          diag.reason != reader->reason;
        imgmatch_image_free(image);
    }
    return NULL;
}

/* libvips has one place for what went wrong in all threads. */
static void test_reasons_are_of_the_photo_itself(void **state) {
    (void)state;
    hevc_reader readers[] = {
        {seed("found-part-missing"), IMGMATCH_REASON_TRUNCATED, 0},
        {seed("costly-hevc_references"), IMGMATCH_REASON_CORRUPT, 0},
        {seed("heic"), IMGMATCH_REASON_NONE, 0},
        {seed("found-uncovered-grid"), IMGMATCH_REASON_CORRUPT, 0},
    };
    pthread_t threads[4];
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, read_again_and_again, &readers[i]), 0);
    }
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_int_equal(readers[i].others, 0);
        free(readers[i].file.bytes);
    }
}

static int count_decoders(void) {
    const struct heif_decoder_descriptor *found[16];
    return heif_get_decoder_descriptors(heif_compression_HEVC, found, 16);
}

/* Whoever forks while another thread reads a photo. */
static void test_a_forked_process_has_begun_nothing(void **state) {
    (void)state;
    assert_true(imx_hevc_start());
    int before = count_decoders();
    imx_hevc_begin();
    assert_int_equal(count_decoders(), before + 1);
    pid_t child = fork();
    if (child == 0) {
        _exit(count_decoders() == before ? 0 : 1);
    }
    imx_hevc_end();
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_equal(count_decoders(), before);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_missing_or_wrong_is_told),
        cmocka_unit_test(test_a_pixel_of_the_pattern_is_chance),
        cmocka_unit_test(test_what_is_shown_never_depends_on_memory),
        cmocka_unit_test(test_no_grid_shows_memory),
        cmocka_unit_test(test_files_that_nobody_checked),
        cmocka_unit_test(test_others_keep_their_decoder),
        cmocka_unit_test(test_reasons_are_of_the_photo_itself),
        cmocka_unit_test(test_a_forked_process_has_begun_nothing),
    };
#if defined(__SANITIZE_THREAD__)
    /* All of them would take many minutes; this is the one that is about threads. */
    cmocka_set_test_filter("test_reasons_are_of_the_photo_itself");
#endif
    return cmocka_run_group_tests(tests, NULL, NULL);
}
