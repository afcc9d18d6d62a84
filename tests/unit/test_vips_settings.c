/*
 * A program that uses libvips itself keeps its threads and its loaders when imgmatch decodes by
 * libvips, too; nothing of a photo stays in the cache.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "base/file.h"

#include <imgmatch/image.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vips/vips.h>

/* By libvips. */
static const char *const names[] = {"gif/one", "webp/lossy", "tiff/lzw", "heif/avif"};

static void decode(const char *name) {
    char path[512];
    imgmatch_image *image = NULL;
    uint8_t *photo;
    size_t size;
    (void)snprintf(path, sizeof path, IMX_TEST_CORPUS "/image_%s", name);
    assert_int_equal(imx_file_read(&photo, &size, path, 1 << 20, NULL), IMGMATCH_OK);
    assert_int_equal(imgmatch_image_decode(&image, photo, size, NULL, NULL), IMGMATCH_OK);
    imgmatch_image_free(image);
    free(photo);
}

/* Not trusted by libvips: its library is for drawings that people made themselves. */
static bool loads_svg(void) {
    static const char svg[] = "<svg xmlns='http://www.w3.org/2000/svg' width='8' height='8'/>";
    VipsImage *image = NULL;
    bool loaded = vips_svgload_buffer((void *)(uintptr_t)svg, strlen(svg), &image, NULL) == 0;
    g_clear_object(&image);
    vips_error_clear();
    return loaded;
}

static void test_the_programs_settings_stay(void **state) {
    (void)state;
    assert_int_equal(VIPS_INIT("test"), 0);
    vips_concurrency_set(3);
    bool had_svg = loads_svg();
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        decode(names[i]);
    }
    assert_int_equal(vips_cache_get_size(), 0);
    assert_int_equal(vips_concurrency_get(), 3);
    assert_true(loads_svg() == had_svg);
}

static atomic_uint messages;

static void count_message(const gchar *domain, GLogLevelFlags level, const gchar *message,
                          gpointer user) {
    (void)domain;
    (void)level;
    (void)message;
    (void)user;
    (void)atomic_fetch_add(&messages, 1);
}

/* libvips warns of it, from whatever thread. */
static void decode_broken(uint8_t *photo, size_t size) {
    imgmatch_image *image = NULL;
    assert_int_equal(imgmatch_image_decode(&image, photo, size, NULL, NULL), IMGMATCH_ERR_PHOTO);
}

static void load_broken(uint8_t *photo, size_t size) {
    VipsImage *image = NULL, *copy = NULL;
    if (vips_webpload_buffer(photo, size, &image, "fail_on", VIPS_FAIL_ON_ERROR, NULL) == 0) {
        copy = vips_image_copy_memory(image);
        assert_null(copy);
        g_object_unref(image);
    }
    vips_error_clear();
}

static void test_messages_are_the_programs_own(void **state) {
    (void)state;
    uint8_t *photo;
    size_t size;
    guint handler = g_log_set_handler("VIPS", G_LOG_LEVEL_MASK, count_message, NULL);
    assert_int_equal(
        imx_file_read(&photo, &size, IMX_TEST_CORPUS "/image_webp/lossy", 1 << 20, NULL),
        IMGMATCH_OK);
    memset(photo + size / 2, 0xFF, size / 4);
    decode_broken(photo, size);
    assert_int_equal(atomic_load(&messages), 0);
    load_broken(photo, size);
    assert_true(atomic_load(&messages) > 0);
    g_log_remove_handler("VIPS", handler);
    free(photo);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_programs_settings_stay),
        cmocka_unit_test(test_messages_are_the_programs_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
