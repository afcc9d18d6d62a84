/*
 * Each thumbnail pixel is an area in the query. The level of the query's pyramid is taken on which
 * that area is 1.5 to 3 pixels wide, and the mean of four bilinear samples, which then neither
 * leave gaps nor blur.
 */
#include "match/overlay.h"

#include <math.h>

/* A level, and its pixels to the width and height of the whole picture: an odd row or column that
 * halving dropped counts, so this is no whole number. */
typedef struct scaled_level {
    const imx_level *level;
    float width;
    float height;
} scaled_level;

static float sample(scaled_level from, uint32_t plane, float x, float y) {
    const imx_level *level = from.level;
    float fx = fminf(fmaxf(x * from.width - 0.5F, 0), (float)(level->width - 1));
    float fy = fminf(fmaxf(y * from.height - 0.5F, 0), (float)(level->height - 1));
    uint32_t left = (uint32_t)fx;
    uint32_t top = (uint32_t)fy;
    uint32_t right = left + 1 < level->width ? left + 1 : left;
    uint32_t bottom = top + 1 < level->height ? top + 1 : top;
    const uint8_t *upper = level->planes[plane] + (size_t)top * level->width;
    const uint8_t *lower = level->planes[plane] + (size_t)bottom * level->width;
    fx -= (float)left;
    fy -= (float)top;
    float above = (float)upper[left] + fx * ((float)upper[right] - (float)upper[left]);
    float below = (float)lower[left] + fx * ((float)lower[right] - (float)lower[left]);
    return above + fy * (below - above);
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

uint32_t imx_overlay_sample(float *out, bool *inside, const imx_features *query,
                            const imx_transform *matrix, imx_raster raster) {
    /* Pixels are small enough for one size and shape to do for all of them. */
    const imx_transform affine = imx_transform_affine(matrix);
    scaled_level level = level_for(query, &affine, raster);
    const float *m = affine.m;
    float step_x = 1 / (float)raster.width;
    float step_y = 1 / (float)raster.height;
    /* From a pixel's centre to those of its quarters. */
    const float ax = 0.25F * step_x * m[0], ay = 0.25F * step_x * m[3];
    const float bx = 0.25F * step_y * m[1], by = 0.25F * step_y * m[4];
    uint32_t covered = 0;
    for (uint32_t row = 0; row < raster.height; row++) {
        for (uint32_t column = 0; column < raster.width; column++) {
            imx_point centre = {((float)column + 0.5F) * step_x, ((float)row + 0.5F) * step_y};
            imx_point at = imx_transform_apply(matrix, centre);
            size_t i = (size_t)row * raster.width + column;
            inside[i] = at.x >= 0 && at.y >= 0 && at.x <= 1 && at.y <= 1;
            out[i] = 0;
            if (!inside[i]) {
                continue;
            }
            covered++;
            out[i] = (sample(level, raster.plane, at.x - ax - bx, at.y - ay - by) +
                      sample(level, raster.plane, at.x + ax - bx, at.y + ay - by) +
                      sample(level, raster.plane, at.x - ax + bx, at.y - ay + by) +
                      sample(level, raster.plane, at.x + ax + bx, at.y + ay + by)) /
                     4;
        }
    }
    return covered;
}

void imx_overlay_make(imx_overlay *out, const imx_features *query, const imx_sketch *reference,
                      const imx_transform *matrix) {
    imx_raster raster = {reference->thumbnail_width, reference->thumbnail_height, 0};
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
    /* Half a level of noise in each picture: two plain areas do not correlate. */
    float noise = 0.5F * n + 1e-6F;
    if (gain != NULL) {
        *gain = ab / (aa + noise);
        *offset = b - *gain * a;
    }
    return ab / sqrtf((aa + noise) * (bb + noise));
}
