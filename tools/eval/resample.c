/*
 * Resizing, blurring and projecting pictures. The first two are separable filters: one pass along
 * rows into a buffer of doubles, and the same pass along columns.
 */
#include "eval/picture.h"

#include <math.h>
#include <stdlib.h>

#define MOST_TAPS 4096

/* The taps of one output position: `count` weights, adding up to 1, from input `first` on. */
typedef struct taps {
    int first;
    int count;
    double weights[MOST_TAPS];
} taps;

typedef struct filter {
    double scale;   /* Input pixels for one output pixel. */
    double support; /* Reach in input pixels. */
    bool gaussian;  /* Else a triangle. */
} filter;

static double weigh(const filter *self, double distance) {
    double near = fabs(distance) / self->support;
    if (self->gaussian)
        return exp(-4.5 * near * near); /* Three sigma at the end of the reach. */
    return near < 1 ? 1 - near : 0;
}

static void fill_taps(taps *out, const filter *self, int position) {
    double centre = (position + 0.5) * self->scale - 0.5, sum = 0;
    int first = (int)ceil(centre - self->support), last = (int)floor(centre + self->support);
    if (last - first >= MOST_TAPS)
        last = first + MOST_TAPS - 1;
    out->first = first;
    out->count = last - first + 1;
    for (int i = 0; i < out->count; i++)
        sum += out->weights[i] = weigh(self, first + i - centre);
    if (out->count < 1 || sum <= 0) {
        *out = (taps){.first = (int)lround(centre), .count = 1, .weights = {1}};
        sum = 1;
    }
    for (int i = 0; i < out->count; i++)
        out->weights[i] /= sum;
}

static int inside(int at, int length) { return at < 0 ? 0 : at >= length ? length - 1 : at; }

/* Filter along x, and give the picture back turned over its diagonal: two passes are a resize. */
static bool filter_rows(eval_picture *out, const eval_picture *in, const filter *self, int width) {
    taps *one = malloc(sizeof *one);
    bool made = one && eval_picture_new(out, in->height, width, (eval_colour){{0, 0, 0}});
    for (int x = 0; made && x < width; x++) {
        fill_taps(one, self, x);
        for (int y = 0; y < in->height; y++) {
            double sum[3] = {0, 0, 0};
            for (int i = 0; i < one->count; i++) {
                const uint8_t *pixel = eval_pixel(in, inside(one->first + i, in->width), y);
                for (int c = 0; c < 3; c++)
                    sum[c] += one->weights[i] * pixel[c];
            }
            for (int c = 0; c < 3; c++)
                eval_pixel(out, y, x)[c] = eval_level(sum[c]);
        }
    }
    free(one);
    return made;
}

static bool filter_both(eval_picture *out, const eval_picture *in, const filter *across,
                        const filter *down, int width, int height) {
    eval_picture turned = {NULL, 0, 0};
    *out = turned;
    bool made = filter_rows(&turned, in, across, width) && filter_rows(out, &turned, down, height);
    eval_picture_free(&turned);
    return made;
}

bool eval_picture_resize(eval_picture *out, const eval_picture *in, int width, int height) {
    filter across = {.scale = (double)in->width / width},
           down = {.scale = (double)in->height / height};
    across.support = fmax(1, across.scale);
    down.support = fmax(1, down.scale);
    return filter_both(out, in, &across, &down, width, height);
}

bool eval_picture_blur(eval_picture *picture, double sigma) {
    filter both = {.scale = 1, .support = fmax(0.1, 3 * sigma), .gaussian = true};
    eval_picture blurred;
    if (!filter_both(&blurred, picture, &both, &both, picture->width, picture->height))
        return false;
    eval_picture_take(picture, &blurred);
    return true;
}

/*
 * The projective map that takes the quadrilateral to the unit square: the map from the square
 * (Heckbert, "Fundamentals of Texture Mapping and Image Warping", 1989, section 2.2.3), inverted by
 * its adjoint; a factor does not matter.
 */
static void unproject(double out[9], const double corners[4][2]) {
    double x[4], y[4];
    for (int i = 0; i < 4; i++) {
        x[i] = corners[i][0];
        y[i] = corners[i][1];
    }
    double sx = x[0] - x[1] + x[2] - x[3], sy = y[0] - y[1] + y[2] - y[3];
    double dx1 = x[1] - x[2], dx2 = x[3] - x[2], dy1 = y[1] - y[2], dy2 = y[3] - y[2];
    double bottom = dx1 * dy2 - dx2 * dy1;
    double g = (sx * dy2 - dx2 * sy) / bottom, h = (dx1 * sy - sx * dy1) / bottom;
    double a = x[1] - x[0] + g * x[1], b = x[3] - x[0] + h * x[3], c = x[0];
    double d = y[1] - y[0] + g * y[1], e = y[3] - y[0] + h * y[3], f = y[0];
    const double adjoint[9] = {e - f * h,     c * h - b,     b * f - c * e, f * g - d,    a - c * g,
                               c * d - a * f, d * h - e * g, b * g - a * h, a * e - b * d};
    for (int i = 0; i < 9; i++)
        out[i] = adjoint[i];
}

/* Bilinear; `cover` 0..1 says how much of the sample lies inside of the picture. */
static void sample(double rgb[3], double *cover, const eval_picture *in, double x, double y) {
    int left = (int)floor(x), top = (int)floor(y);
    double right_share = x - left, bottom_share = y - top;
    rgb[0] = rgb[1] = rgb[2] = *cover = 0;
    for (int i = 0; i < 4; i++) {
        int u = left + i % 2, v = top + i / 2;
        double weight =
            (i % 2 ? right_share : 1 - right_share) * (i / 2 ? bottom_share : 1 - bottom_share);
        if (u < 0 || v < 0 || u >= in->width || v >= in->height)
            continue;
        *cover += weight;
        for (int c = 0; c < 3; c++)
            rgb[c] += weight * eval_pixel(in, u, v)[c];
    }
}

static void draw_pixel(uint8_t *pixel, const eval_picture *in, const double map[9], double x,
                       double y) {
    double rgb[3], cover, w = map[6] * x + map[7] * y + map[8];
    if (w == 0)
        return;
    double u = (map[0] * x + map[1] * y + map[2]) / w, v = (map[3] * x + map[4] * y + map[5]) / w;
    if (u < -0.5 || v < -0.5 || u > 1.5 || v > 1.5)
        return;
    sample(rgb, &cover, in, u * in->width - 0.5, v * in->height - 0.5);
    for (int c = 0; c < 3; c++)
        pixel[c] = eval_level(rgb[c] + pixel[c] * (1 - cover));
}

bool eval_picture_draw(const eval_picture *picture, const eval_picture *in,
                       const double corners[4][2]) {
    /* Shrunk first, so that bilinear samples do not skip pixels. */
    double top = hypot(corners[1][0] - corners[0][0], corners[1][1] - corners[0][1]);
    double side = hypot(corners[3][0] - corners[0][0], corners[3][1] - corners[0][1]);
    int width = (int)fmin(in->width, ceil(top)), height = (int)fmin(in->height, ceil(side));
    eval_picture fitting;
    double map[9];
    if (width < 1 || height < 1)
        return true;
    if (!eval_picture_resize(&fitting, in, width, height))
        return false;
    unproject(map, corners);
    for (int y = 0; y < picture->height; y++) {
        for (int x = 0; x < picture->width; x++)
            draw_pixel(eval_pixel(picture, x, y), &fitting, map, x + 0.5, y + 0.5);
    }
    eval_picture_free(&fitting);
    return true;
}
