/*
 * What an alignment says for itself: where it puts the reference, and how much of what should be
 * seen there is seen.
 */
#include "match/scene.h"

#include "fingerprint/sift.h"

#include <math.h>

#define PI 3.14159265358979F
#define FEW 3 /* Added to the features expected, so that three of three do not explain it all. */
#define DISTINCT 0.015F
#define GRID 8

static imx_transform units(float width, float height) {
    return (imx_transform){{width, 0, 0, 0, height, 0}};
}

/* Between longest sides and fractions of width and height. */
static imx_transform to_fractions(const imx_transform *transform, const imx_picture_facts *query,
                                  const imx_picture_facts *reference) {
    imx_transform in = units(reference->width, reference->height);
    imx_transform from = units(1 / query->width, 1 / query->height);
    imx_transform half = imx_transform_compose(transform, &in);
    return imx_transform_compose(&from, &half);
}

void imx_geometry_from_matrix(imx_geometry *geometry, const imx_picture_facts *query,
                              const imx_picture_facts *reference) {
    imx_transform matrix = imx_transform_affine(&geometry->matrix);
    imx_transform in = units(1 / reference->width, 1 / reference->height);
    imx_transform from = units(query->width, query->height);
    imx_transform half = imx_transform_compose(&matrix, &in);
    imx_transform plain = imx_transform_compose(&from, &half);
    geometry->mirrored = imx_transform_determinant(&matrix) < 0;
    if (geometry->mirrored) {
        plain.m[0] = -plain.m[0];
        plain.m[3] = -plain.m[3];
    }
    float larger;
    float smaller;
    float scale;
    float angle;
    imx_transform_scales(&larger, &smaller, &plain);
    imx_transform_similar(&scale, &angle, &plain, (imx_point){0, 0});
    float query_longest = (float)(query->pixel_width > query->pixel_height ? query->pixel_width
                                                                           : query->pixel_height);
    float reference_longest =
        (float)(reference->pixel_width > reference->pixel_height ? reference->pixel_width
                                                                 : reference->pixel_height);
    geometry->scale = sqrtf(larger * smaller) * query_longest / reference_longest;
    geometry->rotation = angle * (180 / PI);
    geometry->stretch = smaller > 0 ? larger / smaller : 0;
    float seen;
    float shown;
    imx_transform_overlap(&seen, &shown, &geometry->matrix);
    geometry->query_overlap = fminf(seen, 1);
    geometry->reference_overlap = fminf(shown, 1);
}

static bool inside(imx_point point, const imx_picture_facts *facts) {
    return point.x >= 0 && point.y >= 0 && point.x < facts->width && point.y < facts->height;
}

/* Has this cell of the reference's thumbnail any texture? */
static bool has_texture(const imx_sketch *reference, uint32_t column, uint32_t row) {
    uint32_t width = reference->thumbnail_width;
    uint32_t height = reference->thumbnail_height;
    double sum = 0;
    double squares = 0;
    double count = 0;
    for (uint32_t y = row * height / GRID; y < (row + 1) * height / GRID; y++) {
        for (uint32_t x = column * width / GRID; x < (column + 1) * width / GRID; x++) {
            double level = reference->luma[y * width + x];
            sum += level;
            squares += level * level;
            count++;
        }
    }
    return count > 0 && squares / count - sum / count * (sum / count) > 36;
}

static void measure_spread(imx_geometry *out, const imx_alignment_model *from,
                           const imx_scene *scene) {
    const imx_picture_facts *facts = &scene->reference->facts;
    bool near[GRID][GRID] = {{false}};
    for (uint32_t i = 0; i < from->count; i++) {
        const imx_feature *feature = &scene->features[from->reference[i]];
        int column = (int)(feature->x / facts->width * GRID);
        int row = (int)(feature->y / facts->height * GRID);
        for (int y = row - 1; y <= row + 1; y++) {
            for (int x = column - 1; x <= column + 1; x++) {
                if (x >= 0 && y >= 0 && x < GRID && y < GRID) {
                    near[y][x] = true;
                }
            }
        }
    }
    int textured = 0;
    int held = 0;
    for (uint32_t row = 0; row < GRID; row++) {
        for (uint32_t column = 0; column < GRID; column++) {
            imx_point centre = {((float)column + 0.5F) / GRID * facts->width,
                                ((float)row + 0.5F) / GRID * facts->height};
            uint32_t stored = scene->mirrored ? GRID - 1 - column : column;
            if (inside(imx_transform_apply(&from->transform, centre), &scene->query->facts) &&
                has_texture(scene->reference, stored, row)) {
                textured++;
                held += near[row][column];
            }
        }
    }
    out->spread = textured > 0 ? (float)held / (float)textured : 0;
}

static void measure_explained(imx_geometry *out, const imx_alignment_model *from,
                              const imx_scene *scene) {
    const imx_picture_facts *query = &scene->query->facts;
    bool affine = imx_transform_is_affine(&from->transform);
    float scale = 1;
    float angle;
    /* The finest features that are found, with and without doubling the picture. */
    float finest =
        (query->longest_side <= IMX_SIFT_DOUBLED_SIDE ? 1.0F : 1.9F) / (float)query->longest_side;
    bool is_inlier[IMX_SKETCH_MAX_FEATURES] = {false};
    for (uint32_t i = 0; i < from->count; i++) {
        is_inlier[from->reference[i]] = true;
    }
    uint32_t expected = 0;
    uint32_t explained = 0;
    for (uint32_t i = 0; i < scene->feature_count; i++) {
        imx_point place = imx_feature_place(&scene->features[i]);
        imx_point at = imx_transform_apply(&from->transform, place);
        if (i == 0 || !affine) {
            imx_transform_similar(&scale, &angle, &from->transform, place);
        }
        if (inside(at, query) && scene->features[i].scale * scale >= finest) {
            expected++;
            explained += is_inlier[i];
        }
    }
    out->explained = (float)explained / (float)(expected + FEW);
}

float imx_model_residual(const imx_alignment_model *model, const imx_scene *scene) {
    double squares = 0;
    for (uint32_t i = 0; i < model->count; i++) {
        const imx_feature *q = &scene->query->features[model->query[i]];
        imx_point at = imx_transform_apply(
            &model->transform, imx_feature_place(&scene->features[model->reference[i]]));
        double dx = (double)at.x - (double)q->x;
        double dy = (double)at.y - (double)q->y;
        squares += dx * dx + dy * dy;
    }
    return (float)sqrt(squares / model->count);
}

static void measure_inliers(imx_geometry *out, const imx_alignment_model *from,
                            const imx_scene *scene) {
    imx_point points[IMX_SKETCH_MAX_FEATURES];
    int distinct = 0;
    for (uint32_t i = 0; i < from->count; i++) {
        points[i] = imx_feature_place(&scene->features[from->reference[i]]);
        bool is_new = true;
        for (uint32_t j = 0; j < i && is_new; j++) {
            is_new = hypotf(points[j].x - points[i].x, points[j].y - points[i].y) >= DISTINCT;
        }
        distinct += is_new;
    }
    out->inliers = (int)from->count;
    out->distinct = distinct;
    out->residual = imx_model_residual(from, scene);
    out->hull = imx_hull_area(points, from->count) /
                (scene->reference->facts.width * scene->reference->facts.height);
}

void imx_geometry_measure(imx_geometry *out, const imx_alignment_model *model,
                          const imx_scene *scene) {
    const imx_picture_facts *facts = &scene->reference->facts;
    imx_transform transform = model->transform;
    if (scene->mirrored) {
        imx_transform mirror = {{-1, 0, facts->width, 0, 1, 0}};
        transform = imx_transform_compose(&model->transform, &mirror);
    }
    out->matrix = to_fractions(&transform, &scene->query->facts, facts);
    imx_geometry_from_matrix(out, &scene->query->facts, facts);
    measure_inliers(out, model, scene);
    measure_spread(out, model, scene);
    measure_explained(out, model, scene);
}
