/*
 * Each thumbnail pixel is an area in the query. The level of the query's pyramid is taken on which
 * that area is 1.5 to 3 pixels wide, and the mean of four bilinear samples, which then neither
 * leave gaps nor blur.
 */
#include "match/overlay.h"

#include "base/processors.h"

#include <math.h>
#include <string.h>

/* A level, and its pixels to the width and height of the whole picture: an odd row or column that
 * halving dropped counts, so this is no whole number. */
typedef struct scaled_level {
    const imx_level *level;
    float width;
    float height;
} scaled_level;

/* Work goes by rows of the raster, in steps over arrays that the compiler makes vectors of; only
 * the pixels themselves are fetched one by one. */
typedef struct row_of_points {
    float x[IMX_THUMBNAIL_SIDE];
    float y[IMX_THUMBNAIL_SIDE];
} row_of_points;

/* Where a row's samples lie between four pixels each. */
typedef struct row_of_places {
    float right[IMX_THUMBNAIL_SIDE]; /* Fractions of a pixel from the left and upper ones. */
    float down[IMX_THUMBNAIL_SIDE];
    uint32_t corner[IMX_THUMBNAIL_SIDE]; /* Index of the upper left one. */
} row_of_places;

/* fminf and fmaxf are calls into the library. Not a number becomes 0. */
static inline float clamped(float value, float most) {
    float positive = value > 0 ? value : 0;
    return positive < most ? positive : most;
}

IMX_FOR_EACH_PROCESSOR
static void find_places(row_of_places *out, scaled_level from, const row_of_points *at,
                        imx_point move_a, imx_point move_b, uint32_t count) {
    int32_t width = (int32_t)from.level->width;
    int32_t height = (int32_t)from.level->height;
    float last_column = (float)(width - 1);
    float last_row = (float)(height - 1);
    /* On the last column and row, all of the right and lower pixel: there is none beyond. */
    int32_t last_left = width > 1 ? width - 2 : 0;
    int32_t last_top = height > 1 ? height - 2 : 0;
    for (uint32_t i = 0; i < count; i++) {
        float fx = clamped((at->x[i] + move_a.x + move_b.x) * from.width - 0.5F, last_column);
        float fy = clamped((at->y[i] + move_a.y + move_b.y) * from.height - 0.5F, last_row);
        /* Signed: there is one instruction for it. */
        int32_t left = (int32_t)fx;
        int32_t top = (int32_t)fy;
        left = left < last_left ? left : last_left;
        top = top < last_top ? top : last_top;
        out->right[i] = fx - (float)left;
        out->down[i] = fy - (float)top;
        out->corner[i] = (uint32_t)(top * width + left);
    }
}

/* Two pixels side by side, the left one in the lower byte: one load where bytes lie so in memory.
 */
static inline int32_t two_at(const uint8_t *pixel) {
    return (int32_t)((uint32_t)pixel[0] | (uint32_t)pixel[1] << 8);
}

/* Adds a bilinear sample at every place. Of a level that is one pixel wide the right pixel does not
 * count. */
IMX_FOR_EACH_PROCESSOR
static void add_samples(float *restrict sums, const row_of_places *restrict at,
                        const imx_level *level, const uint8_t *pixels, uint32_t count) {
    int32_t upper[IMX_THUMBNAIL_SIDE];
    int32_t lower[IMX_THUMBNAIL_SIDE];
    const uint8_t *below = pixels + (level->height > 1 ? level->width : 0);
    if (level->width > 1) {
        for (uint32_t i = 0; i < count; i++) {
            upper[i] = two_at(pixels + at->corner[i]);
            lower[i] = two_at(below + at->corner[i]);
        }
    } else {
        for (uint32_t i = 0; i < count; i++) {
            upper[i] = pixels[at->corner[i]];
            lower[i] = below[at->corner[i]];
        }
    }
    for (uint32_t i = 0; i < count; i++) {
        float a = (float)(upper[i] & 255);
        float b = (float)(lower[i] & 255);
        float on_top = a + at->right[i] * ((float)(upper[i] >> 8) - a);
        float beneath = b + at->right[i] * ((float)(lower[i] >> 8) - b);
        sums[i] += on_top + at->down[i] * (beneath - on_top);
    }
}

static scaled_level level_for(const imx_features *query, const imx_transform *affine,
                              imx_raster raster) {
    const imx_level *first = &query->levels[0];
    float area = fabsf(imx_transform_determinant(affine)) * (float)first->width *
                 (float)first->height / ((float)raster.width * (float)raster.height);
    uint32_t chosen = 0;
    while (chosen + 1 < query->level_count && area >= 9) {
        area /= 4;
        chosen++;
    }
    float scale = 1 / (float)(1U << chosen);
    return (scaled_level){&query->levels[chosen], scale * (float)first->width,
                          scale * (float)first->height};
}

/* The raster's pixel centres in the query. Returns how many of them lie inside. */
IMX_FOR_EACH_PROCESSOR
static uint32_t find_points(row_of_points *out, bool *inside, const imx_transform *matrix,
                            imx_raster raster, uint32_t row) {
    const imx_transform to = *matrix;
    const bool affine = imx_transform_is_affine(&to);
    uint32_t covered = 0;
    float step_x = 1 / (float)raster.width;
    float y = ((float)row + 0.5F) * (1 / (float)raster.height);
    for (uint32_t column = 0; column < raster.width; column++) {
        float x = ((float)column + 0.5F) * step_x;
        out->x[column] = to.m[0] * x + to.m[1] * y + to.m[2];
        out->y[column] = to.m[3] * x + to.m[4] * y + to.m[5];
    }
    for (uint32_t column = 0; column < raster.width && !affine; column++) {
        float x = ((float)column + 0.5F) * step_x;
        float depth = imx_transform_depth(&to, (imx_point){x, y});
        out->x[column] /= depth;
        out->y[column] /= depth;
    }
    for (uint32_t column = 0; column < raster.width; column++) {
        float at_x = out->x[column];
        float at_y = out->y[column];
        uint32_t is_inside = (at_x >= 0) & (at_y >= 0) & (at_x <= 1) & (at_y <= 1);
        inside[column] = is_inside != 0;
        covered += is_inside;
    }
    return covered;
}

uint32_t imx_overlay_sample(float *out, bool *inside, const imx_features *query,
                            const imx_transform *matrix, imx_raster raster) {
    /* Pixels are small enough for one size and shape to do for all of them. */
    const imx_transform affine = imx_transform_affine(matrix);
    scaled_level level = level_for(query, &affine, raster);
    const uint8_t *pixels = level.level->planes[raster.plane];
    const float *m = affine.m;
    /* From a pixel's centre to those of its quarters. */
    float quarter_x = 0.25F * (1 / (float)raster.width);
    float quarter_y = 0.25F * (1 / (float)raster.height);
    const imx_point a = {quarter_x * m[0], quarter_x * m[3]};
    const imx_point b = {quarter_y * m[1], quarter_y * m[4]};
    uint32_t covered = 0;
    for (uint32_t row = 0; row < raster.height; row++) {
        float *sums = out + (size_t)row * raster.width;
        bool *inside_row = inside + (size_t)row * raster.width;
        row_of_points points;
        uint32_t found = find_points(&points, inside_row, matrix, raster, row);
        memset(sums, 0, raster.width * sizeof *sums);
        covered += found;
        for (int quarter = 0; quarter < 4 && found > 0; quarter++) {
            const imx_point move_a = quarter & 1 ? a : (imx_point){-a.x, -a.y};
            const imx_point move_b = quarter & 2 ? b : (imx_point){-b.x, -b.y};
            row_of_places places;
            find_places(&places, level, &points, move_a, move_b, raster.width);
            add_samples(sums, &places, level.level, pixels, raster.width);
        }
        for (uint32_t column = 0; column < raster.width; column++) {
            sums[column] = inside_row[column] ? sums[column] / 4 : 0;
        }
    }
    return covered;
}

imx_raster imx_thumbnail_raster(const imx_sketch *reference) {
    return (imx_raster){reference->thumbnail_width, reference->thumbnail_height, 0};
}

void imx_overlay_make(imx_overlay *out, const imx_features *query, const imx_transform *matrix,
                      imx_raster raster) {
    out->width = raster.width;
    out->height = raster.height;
    out->covered = imx_overlay_sample(out->luma, out->inside, query, matrix, raster);
}

float imx_overlay_correlation(float *gain, float *offset, const imx_overlay *overlay,
                              const imx_sketch *reference) {
    float a = 0, b = 0, aa = 0, bb = 0, ab = 0;
    float n = (float)overlay->covered;
    size_t count = (size_t)overlay->width * overlay->height;
    for (size_t i = 0; i < count; i++) {
        if (overlay->inside[i]) {
            a += (float)reference->luma[i];
            b += overlay->luma[i];
        }
    }
    a /= n > 0 ? n : 1;
    b /= n > 0 ? n : 1;
    for (size_t i = 0; i < count; i++) {
        if (overlay->inside[i]) {
            float da = (float)reference->luma[i] - a;
            float db = overlay->luma[i] - b;
            aa += da * da;
            bb += db * db;
            ab += da * db;
        }
    }
    float noise = IMX_OVERLAY_NOISE(n);
    if (gain != NULL) {
        *gain = ab / (aa + noise);
        *offset = b - *gain * a;
    }
    return ab / sqrtf((aa + noise) * (bb + noise));
}
