/* The only file of the tool that knows libvips. */
#include "eval/lettering.h"

#include <pthread.h>
#include <string.h>

#include <vips/vips.h>

static pthread_once_t start_once = PTHREAD_ONCE_INIT;
static bool started;

static void start(void) {
    started = VIPS_INIT("imgmatch-eval") == 0;
    if (started)
        vips_concurrency_set(1);
    else
        vips_error_clear();
}

static bool is_started(void) { return pthread_once(&start_once, start) == 0 && started; }

bool eval_lettering(eval_picture *out, const char *text, int height) {
    VipsImage *drawn = NULL;
    eval_picture mask;
    *out = (eval_picture){NULL, 0, 0};
    if (!is_started())
        return false;
    if (vips_text(&drawn, text, "font", "sans bold 48", "dpi", 72, NULL) != 0) {
        vips_error_clear();
        return false;
    }
    size_t size = 0;
    uint8_t *levels = vips_image_write_to_memory(drawn, &size);
    int width = vips_image_get_width(drawn), rows = vips_image_get_height(drawn);
    g_object_unref(drawn);
    bool made = levels && size >= (size_t)width * (size_t)rows &&
                eval_picture_new(&mask, width, rows, (eval_colour){{0, 0, 0}});
    if (made) {
        for (int y = 0; y < rows; y++) {
            for (int x = 0; x < width; x++)
                memset(eval_pixel(&mask, x, y), levels[(size_t)y * (size_t)width + (size_t)x], 3);
        }
        int scaled = (int)((int64_t)width * height / rows);
        made = eval_picture_resize(out, &mask, scaled > 0 ? scaled : 1, height);
        eval_picture_free(&mask);
    }
    g_free(levels);
    return made;
}

bool eval_encode_webp(void **out, size_t *out_size, const eval_picture *picture, int quality) {
    *out = NULL;
    *out_size = 0;
    if (!is_started())
        return false;
    VipsImage *image = vips_image_new_from_memory(
        picture->rgb, 3 * (size_t)picture->width * (size_t)picture->height, picture->width,
        picture->height, 3, VIPS_FORMAT_UCHAR);
    VipsImage *marked = NULL;
    bool made = image &&
                vips_copy(image, &marked, "interpretation", VIPS_INTERPRETATION_sRGB, NULL) == 0 &&
                vips_webpsave_buffer(marked, out, out_size, "Q", quality, NULL) == 0;
    if (!made)
        vips_error_clear();
    if (marked)
        g_object_unref(marked);
    if (image)
        g_object_unref(image);
    return made;
}

void eval_free_webp(void *bytes) { g_free(bytes); }
