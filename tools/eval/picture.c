#include "eval/picture.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

uint8_t *eval_pixel(const eval_picture *picture, int x, int y) {
    return picture->rgb + 3 * ((size_t)y * (size_t)picture->width + (size_t)x);
}

uint8_t eval_level(double value) {
    return (uint8_t)(value <= 0 ? 0 : value >= 255 ? 255 : value + 0.5);
}

static size_t byte_count(int width, int height) { return 3 * (size_t)width * (size_t)height; }

bool eval_picture_new(eval_picture *out, int width, int height, eval_colour ground) {
    *out = (eval_picture){malloc(byte_count(width, height)), width, height};
    if (!out->rgb)
        return false;
    for (size_t i = 0; i < byte_count(width, height); i++)
        out->rgb[i] = ground.rgb[i % 3];
    return true;
}

bool eval_picture_copy(eval_picture *out, const eval_picture *in) {
    return eval_picture_cut(out, in, 0, 0, in->width, in->height);
}

void eval_picture_free(eval_picture *picture) {
    free(picture->rgb);
    *picture = (eval_picture){NULL, 0, 0};
}

void eval_picture_take(eval_picture *picture, eval_picture *in) {
    free(picture->rgb);
    *picture = *in;
    *in = (eval_picture){NULL, 0, 0};
}

bool eval_picture_from_image(eval_picture *out, const imgmatch_image *image, int longest) {
    const imgmatch_image_info *info = imgmatch_image_get_info(image);
    int width = (int)info->width, height = (int)info->height;
    eval_picture whole = {NULL, width, height};
    *out = (eval_picture){NULL, 0, 0};
    whole.rgb = malloc(byte_count(width, height));
    if (!whole.rgb)
        return false;
    memcpy(whole.rgb, imgmatch_image_pixels(image), byte_count(width, height));
    int longer = width > height ? width : height;
    if (longest == 0 || longer <= longest) {
        *out = whole;
        return true;
    }
    double scale = (double)longest / longer;
    bool made =
        eval_picture_resize(out, &whole, (int)fmax(1, width * scale), (int)fmax(1, height * scale));
    eval_picture_free(&whole);
    return made;
}

bool eval_picture_cut(eval_picture *out, const eval_picture *in, int left, int top, int width,
                      int height) {
    if (!eval_picture_new(out, width, height, (eval_colour){{0, 0, 0}}))
        return false;
    for (int y = 0; y < height; y++)
        memcpy(eval_pixel(out, 0, y), eval_pixel(in, left, top + y), 3 * (size_t)width);
    return true;
}

void eval_picture_put(const eval_picture *picture, const eval_picture *in, int left, int top) {
    for (int y = top < 0 ? -top : 0; y < in->height && top + y < picture->height; y++) {
        for (int x = left < 0 ? -left : 0; x < in->width && left + x < picture->width; x++)
            memcpy(eval_pixel(picture, left + x, top + y), eval_pixel(in, x, y), 3);
    }
}

static void blend(uint8_t *pixel, eval_colour colour, double alpha) {
    for (int c = 0; c < 3; c++)
        pixel[c] = eval_level(pixel[c] + (colour.rgb[c] - pixel[c]) * alpha);
}

void eval_picture_tint(const eval_picture *picture, int left, int top, int width, int height,
                       eval_colour colour, double alpha) {
    for (int y = top < 0 ? 0 : top; y < top + height && y < picture->height; y++) {
        for (int x = left < 0 ? 0 : left; x < left + width && x < picture->width; x++)
            blend(eval_pixel(picture, x, y), colour, alpha);
    }
}

void eval_picture_stamp(const eval_picture *picture, const eval_picture *mask, int left, int top,
                        eval_colour colour, double alpha) {
    for (int y = top < 0 ? -top : 0; y < mask->height && top + y < picture->height; y++) {
        for (int x = left < 0 ? -left : 0; x < mask->width && left + x < picture->width; x++)
            blend(eval_pixel(picture, left + x, top + y), colour,
                  alpha * eval_pixel(mask, x, y)[0] / 255);
    }
}
