/*
 * The picture of a match.
 *
 * The query's pixels are brought onto the reference's panel by the alignment. For that the query
 * is first made smaller, so that a pixel of it is about one of the panel, and then sampled between
 * its pixels. A difference counts where no reference pixel nearby has the query's colour, so that
 * an alignment that is off by a pixel does not draw every edge in red.
 */
#include "facade/panel.h"

#include "base/diag.h"
#include "image/resample.h"

#include <imgmatch/overlay.h>

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define GAP 12u
#define GROUND 236u
#define PALE 0.8F /* Of the ground in what the query does not show. */
#define LEAST_SIDE 64u
#define MOST_SIDE 2048u
#define LEAST_AREA 1e-6F    /* Of the query that a reference covers. */
#define SAME_LEVELS 28.0F   /* Differences up to here are re-encoding, */
#define OTHER_LEVELS 100.0F /* and from here on something else. */
#define STRONGEST 0.85F     /* Opacity of the red. */

static const float red[3] = {235, 0, 40};

enum { QUERY, REFERENCE, DIFFERENCE, PANELS };

/* Sides of a picture that is scaled so that the longest is `side`. */
static imx_panel fitted(const imgmatch_image *photo, uint32_t side) {
    uint64_t width = photo->info.width;
    uint64_t height = photo->info.height;
    uint64_t longest = width > height ? width : height;
    imx_panel panel = {.width = (uint32_t)((width * side + longest / 2) / longest),
                       .height = (uint32_t)((height * side + longest / 2) / longest)};
    panel.width = panel.width == 0 ? 1 : panel.width;
    panel.height = panel.height == 0 ? 1 : panel.height;
    return panel;
}

static imgmatch_status make_canvas(imgmatch_image **out, imx_panel panels[PANELS],
                                   const imgmatch_image *query, const imgmatch_image *reference,
                                   uint32_t side, imgmatch_diag *diag) {
    panels[QUERY] = fitted(query, side);
    panels[REFERENCE] = fitted(reference, side);
    panels[DIFFERENCE] = panels[REFERENCE];
    uint32_t width = GAP;
    uint32_t height = 0;
    for (int i = 0; i < PANELS; i++) {
        panels[i].x = width;
        width += panels[i].width + GAP;
        height = panels[i].height > height ? panels[i].height : height;
    }
    for (int i = 0; i < PANELS; i++) {
        panels[i].y = GAP + (height - panels[i].height) / 2;
    }
    imgmatch_status status = imx_image_new(out, width, height + 2 * GAP, diag);
    if (status == IMGMATCH_OK) {
        imx_panel_clear(*out, GROUND);
    }
    return status;
}

/* The query, so small that one of its pixels is about one of the reference's panel. */
static imgmatch_status shrink_query(imgmatch_image **out, const imgmatch_image *query,
                                    const imx_panel *panel, const imx_transform *matrix,
                                    imgmatch_diag *diag) {
    float width = (float)query->info.width;
    float height = (float)query->info.height;
    const imx_transform affine = imx_transform_affine(matrix);
    float covered = fabsf(imx_transform_determinant(&affine)) * width * height;
    float scale = sqrtf((float)panel->width * (float)panel->height / covered);
    scale = fminf(scale, 1);
    uint32_t out_width = (uint32_t)fmaxf(roundf(scale * width), 1);
    uint32_t out_height = (uint32_t)fmaxf(roundf(scale * height), 1);
    imgmatch_status status = imx_image_new(out, out_width, out_height, diag);
    if (status == IMGMATCH_OK) {
        status = imx_resample((*out)->rgb, out_width, out_height, imx_image_view(query), diag);
    }
    return status;
}

/* Between the four pixels around a place in fractions of the sides. */
static void sample(float out[3], const imgmatch_image *image, imx_point at) {
    uint32_t width = image->info.width;
    uint32_t height = image->info.height;
    float x = fminf(fmaxf(at.x * (float)width - 0.5F, 0), (float)(width - 1));
    float y = fminf(fmaxf(at.y * (float)height - 0.5F, 0), (float)(height - 1));
    uint32_t left = (uint32_t)x;
    uint32_t top = (uint32_t)y;
    size_t right = left + 1 < width ? 3 : 0;
    size_t down = top + 1 < height ? 3 * (size_t)width : 0;
    x -= (float)left;
    y -= (float)top;
    const uint8_t *pixel = image->rgb + 3 * ((size_t)top * width + left);
    for (size_t i = 0; i < 3; i++) {
        float above = (1 - x) * (float)pixel[i] + x * (float)pixel[right + i];
        float below = (1 - x) * (float)pixel[down + i] + x * (float)pixel[down + right + i];
        out[i] = (1 - y) * above + y * below;
    }
}

/* Levels by which a colour is off from a pixel. */
static float difference_from(const float colour[3], const uint8_t *pixel) {
    float most = 0;
    for (size_t i = 0; i < 3; i++) {
        float off = fabsf(colour[i] - (float)pixel[i]);
        most = off > most ? off : most;
    }
    return most;
}

/* Levels by which a colour is off from the nearest one of the 3 x 3 reference pixels around, or any
 * number up to SAME_LEVELS when it is no more: mostly the pixel in the middle settles it. */
static float difference_at(const float colour[3], const imgmatch_image *reference, uint32_t x,
                           uint32_t y) {
    uint32_t width = reference->info.width;
    uint32_t height = reference->info.height;
    float least = difference_from(colour, reference->rgb + 3 * ((size_t)y * width + x));
    if (least <= SAME_LEVELS) {
        return least;
    }
    for (uint32_t row = y > 0 ? y - 1 : 0; row <= y + 1 && row < height; row++) {
        for (uint32_t column = x > 0 ? x - 1 : 0; column <= x + 1 && column < width; column++) {
            float off =
                difference_from(colour, reference->rgb + 3 * ((size_t)row * width + column));
            least = off < least ? off : least;
        }
    }
    return least;
}

static void draw_difference(imgmatch_image *out, const imgmatch_image *query,
                            const imgmatch_image *reference, const imx_transform *matrix) {
    uint32_t width = out->info.width;
    uint32_t height = out->info.height;
    for (uint32_t y = 0; y < height; y++) {
        for (uint32_t x = 0; x < width; x++) {
            imx_point place = {((float)x + 0.5F) / (float)width, ((float)y + 0.5F) / (float)height};
            imx_point at = imx_transform_apply(matrix, place);
            size_t pixel = 3 * ((size_t)y * width + x);
            bool seen = at.x >= 0 && at.y >= 0 && at.x <= 1 && at.y <= 1;
            float colour[3];
            float share = 0;
            if (seen) {
                sample(colour, query, at);
                float levels = difference_at(colour, reference, x, y);
                share = (levels - SAME_LEVELS) / (OTHER_LEVELS - SAME_LEVELS);
                share = STRONGEST * fminf(fmaxf(share, 0), 1);
            }
            for (size_t i = 0; i < 3; i++) {
                float level =
                    seen ? colour[i] + share * (red[i] - colour[i])
                         : PALE * (float)GROUND + (1 - PALE) * (float)reference->rgb[pixel + i];
                out->rgb[pixel + i] = (uint8_t)(level + 0.5F);
            }
        }
    }
}

static imgmatch_status place_difference(imgmatch_image *canvas, const imx_panel *panel,
                                        const imgmatch_image *query,
                                        const imgmatch_image *reference,
                                        const imx_transform *matrix, imgmatch_diag *diag) {
    imgmatch_image *small_query = NULL;
    imgmatch_image *small_reference = NULL;
    imgmatch_image *drawn = NULL;
    imgmatch_status status = shrink_query(&small_query, query, panel, matrix, diag);
    if (status == IMGMATCH_OK) {
        status = imx_image_new(&small_reference, panel->width, panel->height, diag);
    }
    if (status == IMGMATCH_OK) {
        status = imx_resample(small_reference->rgb, panel->width, panel->height,
                              imx_image_view(reference), diag);
    }
    if (status == IMGMATCH_OK) {
        status = imx_image_new(&drawn, panel->width, panel->height, diag);
    }
    if (status == IMGMATCH_OK) {
        draw_difference(drawn, small_query, small_reference, matrix);
        status = imx_panel_place(canvas, panel, imx_image_view(drawn), diag);
    }
    imgmatch_image_free(small_query);
    imgmatch_image_free(small_reference);
    imgmatch_image_free(drawn);
    return status;
}

/* The part that both show, in the query's fractions and in the reference's. */
static imgmatch_status draw_outlines(imgmatch_image *canvas, const imx_panel panels[PANELS],
                                     const imx_transform *matrix, const imx_inverse *inverse,
                                     imgmatch_diag *diag) {
    imx_point points[IMX_REGION_MAX];
    size_t count = imx_transform_region(points, matrix);
    imgmatch_status status = imx_panel_outline(canvas, &panels[QUERY], points, count, diag);
    for (size_t i = 0; i < count; i++) {
        points[i] = imx_inverse_apply(inverse, points[i]);
    }
    if (status == IMGMATCH_OK) {
        status = imx_panel_outline(canvas, &panels[REFERENCE], points, count, diag);
    }
    return status;
}

static imgmatch_status draw(imgmatch_image **out, const imgmatch_image *query,
                            const imgmatch_image *reference, const imx_transform *matrix,
                            const imx_inverse *inverse, uint32_t side, imgmatch_diag *diag) {
    imx_panel panels[PANELS];
    imgmatch_image *canvas = NULL;
    imgmatch_status status = make_canvas(&canvas, panels, query, reference, side, diag);
    if (status == IMGMATCH_OK) {
        status = imx_panel_place(canvas, &panels[QUERY], imx_image_view(query), diag);
    }
    if (status == IMGMATCH_OK) {
        status = imx_panel_place(canvas, &panels[REFERENCE], imx_image_view(reference), diag);
    }
    if (status == IMGMATCH_OK) {
        status = place_difference(canvas, &panels[DIFFERENCE], query, reference, matrix, diag);
    }
    if (status == IMGMATCH_OK) {
        status = draw_outlines(canvas, panels, matrix, inverse, diag);
    }
    if (status != IMGMATCH_OK) {
        imgmatch_image_free(canvas);
        return status;
    }
    *out = canvas;
    return IMGMATCH_OK;
}

static bool read_alignment(imx_transform *matrix, imx_inverse *inverse,
                           const imgmatch_alignment *alignment) {
    if (!alignment->known) {
        return false;
    }
    const float *h = alignment->homography;
    *matrix = (imx_transform){{0}};
    if (!alignment->projective) {
        memcpy(matrix->m, alignment->matrix, sizeof alignment->matrix);
    }
    for (size_t i = 0; i < 8; i++) {
        matrix->m[i] = alignment->projective ? h[i] / h[8] : matrix->m[i];
        if (!isfinite(matrix->m[i])) {
            return false;
        }
    }
    const imx_transform affine = imx_transform_affine(matrix);
    float area = fabsf(imx_transform_determinant(&affine));
    return area >= LEAST_AREA && isfinite(area) && imx_transform_invert(inverse, matrix);
}

imgmatch_status imgmatch_overlay_draw(imgmatch_image **out, const imgmatch_image *query,
                                      const imgmatch_image *reference,
                                      const imgmatch_alignment *alignment,
                                      const imgmatch_overlay_options *options,
                                      imgmatch_diag *diag) {
    if (out != NULL) {
        *out = NULL;
    }
    if (out == NULL || query == NULL || reference == NULL || alignment == NULL) {
        return imx_fail(diag, IMGMATCH_ERR_ARGUMENT, "a required argument is NULL");
    }
    const imgmatch_overlay_options defaults = IMGMATCH_OVERLAY_OPTIONS_INIT;
    uint32_t side = (options == NULL ? &defaults : options)->panel_side;
    if (side < LEAST_SIDE || side > MOST_SIDE) {
        return imx_fail(diag, IMGMATCH_ERR_ARGUMENT, "a panel has %u to %u pixels, not %u",
                        LEAST_SIDE, MOST_SIDE, side);
    }
    imx_transform matrix;
    imx_inverse inverse;
    if (!read_alignment(&matrix, &inverse, alignment)) {
        return imx_fail(diag, IMGMATCH_ERR_ARGUMENT,
                        "it is not known where the reference lies in the query");
    }
    return draw(out, query, reference, &matrix, &inverse, side, diag);
}
