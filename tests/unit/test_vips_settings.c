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

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_programs_settings_stay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
