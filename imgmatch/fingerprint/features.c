/*
 * From pixels to features, for queries and references alike.
 *
 * 1. Shrink to the working size (400 pixels, 640 for thorough queries) by area. On altered photos
 *    of clothes and groceries 480 found hardly more and took a third longer.
 * 2. SIFT on the brightness, more keypoints than are kept.
 * 3. Keep the best by contrast and size, spread over the picture: a crop or a pasted part of the
 *    picture must still hold some of them, and a striped corner must not take them all.
 * 4. A query also keeps its pixels, halved again and again, for comparing aligned pixels.
 */
#include "fingerprint/features.h"

#include "base/diag.h"
#include "base/memory.h"
#include "fingerprint/descriptor.h"
#include "fingerprint/descriptor_table.h"
#include "fingerprint/shrink.h"
#include "fingerprint/sift.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define CELLS 8 /* A side of the grid over which features are spread. */
#define LEVEL_SIDE 320U
#define STANDARD_SIDE 400U
#define THOROUGH_SIDE 640U

void imx_working_picture_free(imx_working_picture *picture) {
    free(picture->rgb);
    free(picture->grey);
    *picture = (imx_working_picture){0};
}

imgmatch_status imx_working_picture_make(imx_working_picture *out, imx_pixels picture,
                                         uint32_t longest, imgmatch_diag *diag) {
    *out = (imx_working_picture){0};
    if (picture.width == 0 || picture.height == 0) {
        return imx_fail(diag, IMGMATCH_ERR_ARGUMENT, "a picture without pixels has no features");
    }
    imx_shrink_sides(&out->width, &out->height, picture.width, picture.height, longest);
    size_t count = (size_t)out->width * out->height;
    out->rgb = imx_new_array_raw(count, 3);
    out->grey = imx_new_array_raw(count, sizeof *out->grey);
    if (out->rgb == NULL || out->grey == NULL) {
        imx_working_picture_free(out);
        return imx_fail_memory(diag);
    }
    imgmatch_status status = imx_shrink(out->rgb, out->width, out->height, picture, diag);
    if (status != IMGMATCH_OK) {
        imx_working_picture_free(out);
        return status;
    }
    for (size_t i = 0; i < count; i++) {
        const uint8_t *pixel = out->rgb + 3 * i;
        out->grey[i] =
            0.299F * (float)pixel[0] + 0.587F * (float)pixel[1] + 0.114F * (float)pixel[2];
    }
    return IMGMATCH_OK;
}

/* Root mean square of the Laplacian. */
static float detail_of(const float *grey, uint32_t width, uint32_t height) {
    double total = 0;
    double count = 0;
    for (uint32_t y = 1; y + 1 < height; y++) {
        const float *row = grey + (size_t)y * width;
        const float *above = row - width;
        const float *below = row + width;
        float sum = 0;
        for (uint32_t x = 1; x + 1 < width; x++) {
            float value = row[x] - 0.25F * (row[x - 1] + row[x + 1] + above[x] + below[x]);
            sum += value * value;
        }
        total += (double)sum;
        count += (double)width;
    }
    return count == 0 ? 0 : (float)sqrt(total / count);
}

/* The mean of 2 x 2 pixels, in place. */
static void halve_grey(float *grey, uint32_t width, uint32_t height) {
    for (uint32_t y = 0; y < height / 2; y++) {
        const float *row = grey + 2 * (size_t)y * width;
        float *out = grey + (size_t)y * (width / 2);
        for (uint32_t x = 0; x < width / 2; x++) {
            const float *p = row + 2 * (size_t)x;
            out[x] = 0.25F * (p[0] + p[1] + p[width] + p[width + 1]);
        }
    }
}

void imx_picture_facts_of(imx_picture_facts *out, imx_working_picture *working,
                          imx_pixels picture) {
    float longest = (float)(picture.width > picture.height ? picture.width : picture.height);
    out->width = (float)picture.width / longest;
    out->height = (float)picture.height / longest;
    out->pixel_width = picture.width;
    out->pixel_height = picture.height;
    out->longest_side = working->width > working->height ? working->width : working->height;
    uint32_t width = working->width;
    uint32_t height = working->height;
    for (uint32_t band = 0; band < IMX_DETAIL_BANDS; band++) {
        out->detail[band] = detail_of(working->grey, width, height);
        halve_grey(working->grey, width, height);
        width /= 2;
        height /= 2;
    }
}

typedef struct ranked {
    float worth;
    uint32_t index;
    uint32_t cell;
    uint32_t turn; /* How many better ones the cell has. */
} ranked;

static int by_worth(const void *left, const void *right) {
    const ranked *a = left;
    const ranked *b = right;
    if (a->worth != b->worth) {
        return a->worth > b->worth ? -1 : 1;
    }
    return a->index < b->index ? -1 : a->index > b->index;
}

static uint32_t cell_of(const imx_keypoint *point, const imx_working_picture *picture) {
    float longest = (float)(picture->width > picture->height ? picture->width : picture->height);
    float x = point->x / longest * CELLS;
    float y = point->y / longest * CELLS;
    uint32_t column = x <= 0 ? 0 : x >= CELLS ? CELLS - 1 : (uint32_t)x;
    uint32_t row = y <= 0 ? 0 : y >= CELLS ? CELLS - 1 : (uint32_t)y;
    return row * CELLS + column;
}

/* Order keypoints: by contrast and size, each cell's further ones worth less and less. */
static void rank(ranked *order, const imx_keypoint *points, uint32_t count,
                 const imx_working_picture *picture) {
    for (uint32_t i = 0; i < count; i++) {
        /* Coarse features outlive shrinking; contrast counts for less than in proportion. */
        float worth = sqrtf(points[i].response) * powf(points[i].scale, 0.35F);
        order[i] = (ranked){worth, i, cell_of(&points[i], picture), 0};
    }
    qsort(order, count, sizeof *order, by_worth);
    uint32_t in_cell[CELLS * CELLS] = {0};
    for (uint32_t i = 0; i < count; i++) {
        order[i].turn = in_cell[order[i].cell]++;
        order[i].worth /= 1 + 0.15F * (float)order[i].turn;
    }
    qsort(order, count, sizeof *order, by_worth);
}

imgmatch_status imx_working_picture_features(imx_feature *out, uint32_t *out_count,
                                             const imx_working_picture *picture, uint32_t most,
                                             imgmatch_diag *diag) {
    *out_count = 0;
    if (picture->width < 8 || picture->height < 8) {
        return IMGMATCH_OK;
    }
    imx_keypoint *points = NULL;
    uint32_t count = 0;
    imgmatch_status status = imx_sift_find(&points, &count, picture->grey, picture->width,
                                           picture->height, most + most / 8, diag);
    if (status != IMGMATCH_OK) {
        return status;
    }
    ranked *order = imx_new_array_raw(count, sizeof *order);
    if (order == NULL) {
        free(points);
        return imx_fail_memory(diag);
    }
    rank(order, points, count, picture);
    float longest = (float)(picture->width > picture->height ? picture->width : picture->height);
    *out_count = count < most ? count : most;
    for (uint32_t i = 0; i < *out_count; i++) {
        const imx_keypoint *point = &points[order[i].index];
        out[i].x = (point->x + 0.5F) / longest;
        out[i].y = (point->y + 0.5F) / longest;
        out[i].scale = point->scale / longest;
        out[i].angle = point->angle;
        imx_descriptor_reduce(out[i].descriptor, point->descriptor);
    }
    free(order);
    free(points);
    return IMGMATCH_OK;
}

/* The mean of 2 x 2 pixels. */
static void halve(uint8_t *out, uint32_t out_width, uint32_t out_height, const uint8_t *in,
                  uint32_t in_width) {
    for (uint32_t y = 0; y < out_height; y++) {
        const uint8_t *row = in + 2 * (size_t)y * in_width;
        for (uint32_t x = 0; x < out_width; x++) {
            const uint8_t *p = row + 2 * (size_t)x;
            out[(size_t)y * out_width + x] =
                (uint8_t)((p[0] + p[1] + p[in_width] + p[in_width + 1] + 2) / 4);
        }
    }
}

static imgmatch_status make_levels(imx_features *features, const imx_working_picture *working,
                                   imgmatch_diag *diag) {
    uint32_t width;
    uint32_t height;
    imx_shrink_sides(&width, &height, working->width, working->height, LEVEL_SIDE);
    size_t count = (size_t)width * height;
    /* All halves together are less than a third of the first level's bytes. */
    uint8_t *rgb = imx_new_array_raw(count, 3);
    features->memory = imx_new_array_raw(count, 4);
    imx_pixels view = {working->rgb, working->width, working->height, 3 * (size_t)working->width};
    imgmatch_status status = rgb == NULL || features->memory == NULL
                                 ? imx_fail_memory(diag)
                                 : imx_shrink(rgb, width, height, view, diag);
    if (status != IMGMATCH_OK) {
        free(rgb);
        return status;
    }
    uint8_t *planes[3] = {features->memory, features->memory + count, features->memory + 2 * count};
    imx_to_ycbcr(planes, rgb, count);
    free(rgb);
    features->levels[0] = (imx_level){width, height, {planes[0], planes[1], planes[2]}};
    features->level_count = 1;
    uint8_t *room = features->memory + 3 * count;
    while (features->level_count < IMX_LEVELS_MAX && width >= 16 && height >= 16) {
        const imx_level *above = &features->levels[features->level_count - 1];
        imx_level *level = &features->levels[features->level_count++];
        width /= 2;
        height /= 2;
        *level = (imx_level){width, height, {NULL, NULL, NULL}};
        for (size_t plane = 0; plane < 3; plane++) {
            halve(room, width, height, above->planes[plane], above->width);
            level->planes[plane] = room;
            room += (size_t)width * height;
        }
    }
    return IMGMATCH_OK;
}

static int by_place(const void *left, const void *right) {
    const ranked *a = left;
    const ranked *b = right;
    if (a->worth != b->worth) {
        return a->worth < b->worth ? -1 : 1;
    }
    return a->index < b->index ? -1 : a->index > b->index;
}

static imgmatch_status order_by_x(imx_features *features, imgmatch_diag *diag) {
    ranked *order = imx_new_array_raw(features->count, sizeof *order);
    features->by_x = imx_new_array_raw(features->count, sizeof *features->by_x);
    if (order == NULL || features->by_x == NULL) {
        free(order);
        return imx_fail_memory(diag);
    }
    for (uint32_t i = 0; i < features->count; i++) {
        order[i] = (ranked){.worth = features->features[i].x, .index = i};
    }
    qsort(order, features->count, sizeof *order, by_place);
    for (uint32_t i = 0; i < features->count; i++) {
        features->by_x[i] = order[i].index;
    }
    free(order);
    return IMGMATCH_OK;
}

imgmatch_status imx_features_find(imx_features **out, imx_pixels picture,
                                  imx_features_effort effort, imgmatch_diag *diag) {
    *out = NULL;
    bool thorough = effort == IMX_FEATURES_THOROUGH;
    uint32_t most = thorough ? IMX_FEATURES_MAX : 400;
    imx_working_picture working;
    imgmatch_status status =
        imx_working_picture_make(&working, picture, thorough ? THOROUGH_SIDE : STANDARD_SIDE, diag);
    if (status != IMGMATCH_OK) {
        return status;
    }
    imx_features *features = imx_new_array(1, sizeof *features);
    if (features != NULL) {
        features->features = imx_new_array(most, sizeof *features->features);
    }
    status = features == NULL || features->features == NULL ? imx_fail_memory(diag) : IMGMATCH_OK;
    if (status == IMGMATCH_OK) {
        status = imx_working_picture_features(features->features, &features->count, &working, most,
                                              diag);
        imx_picture_facts_of(&features->facts, &working, picture);
    }
    if (status == IMGMATCH_OK) {
        status = order_by_x(features, diag);
    }
    if (status == IMGMATCH_OK) {
        features->table = imx_descriptor_table_new(features->features, features->count);
        status = features->table == NULL ? imx_fail_memory(diag) : IMGMATCH_OK;
    }
    if (status == IMGMATCH_OK) {
        status = make_levels(features, &working, diag);
    }
    imx_working_picture_free(&working);
    if (status != IMGMATCH_OK) {
        imx_features_free(features);
        return status;
    }
    *out = features;
    return IMGMATCH_OK;
}

void imx_features_free(imx_features *features) {
    if (features != NULL) {
        free(features->features);
        free(features->by_x);
        imx_descriptor_table_free(features->table);
        free(features->memory);
        free(features);
    }
}
