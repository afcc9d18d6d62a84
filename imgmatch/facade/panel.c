#include "facade/panel.h"

#include "base/diag.h"
#include "base/memory.h"
#include "image/resample.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define LINE 1.8F /* Half of the line's width, */
#define DOT 6.5F  /* radius of the dot, */
#define HALO 1.5F /* and of the dark rim around both, in pixels. */
#define HALO_OPACITY 0.65F
#define REACH (HALO + 0.5F) /* Farther outside nothing is drawn. */

static const uint8_t line_colour[3] = {40, 230, 90};
static const uint8_t halo_colour[3] = {0, 0, 0};

void imx_panel_clear(imgmatch_image *picture, uint8_t level) {
    memset(picture->rgb, level, (size_t)picture->info.width * picture->info.height * 3);
}

static uint8_t *pixel_at(imgmatch_image *picture, const imx_panel *panel, uint32_t x, uint32_t y) {
    return picture->rgb + 3 * ((size_t)(panel->y + y) * picture->info.width + panel->x + x);
}

imgmatch_status imx_panel_place(imgmatch_image *picture, const imx_panel *panel, imx_pixels photo,
                                imgmatch_diag *diag) {
    imgmatch_image *scaled = NULL;
    imgmatch_status status = imx_image_new(&scaled, panel->width, panel->height, diag);
    if (status == IMGMATCH_OK) {
        status = imx_resample(scaled->rgb, panel->width, panel->height, photo, diag);
    }
    for (uint32_t y = 0; y < panel->height && status == IMGMATCH_OK; y++) {
        memcpy(pixel_at(picture, panel, 0, y), scaled->rgb + 3 * (size_t)y * panel->width,
               3 * (size_t)panel->width);
    }
    imgmatch_image_free(scaled);
    return status;
}

static void blend(uint8_t *pixel, const uint8_t colour[3], float opacity) {
    opacity = fminf(fmaxf(opacity, 0), 1);
    for (int i = 0; i < 3; i++) {
        float level = (float)pixel[i] + opacity * ((float)colour[i] - (float)pixel[i]);
        pixel[i] = (uint8_t)(level + 0.5F);
    }
}

static float distance_to_line(imx_point at, imx_point from, imx_point to) {
    float dx = to.x - from.x;
    float dy = to.y - from.y;
    float square = dx * dx + dy * dy;
    float along = square > 0 ? ((at.x - from.x) * dx + (at.y - from.y) * dy) / square : 0;
    along = fminf(fmaxf(along, 0), 1);
    return hypotf(at.x - from.x - along * dx, at.y - from.y - along * dy);
}

/* Move a place so far into the panel that what is drawn around it is seen. */
static imx_point inset(imx_point at, const imx_panel *panel, float margin) {
    float right = fmaxf((float)(panel->width - 1) - margin, margin);
    float bottom = fmaxf((float)(panel->height - 1) - margin, margin);
    return (imx_point){fminf(fmaxf(at.x, margin), right), fminf(fmaxf(at.y, margin), bottom)};
}

/* How far a place is outside of the drawn shape; negative inside of it. */
static float outside(imx_point at, const imx_point *points, size_t count, imx_point dot) {
    float nearest = hypotf(at.x - dot.x, at.y - dot.y) - DOT;
    for (size_t i = 0; i < count; i++) {
        nearest = fminf(nearest, distance_to_line(at, points[i], points[(i + 1) % count]) - LINE);
    }
    return nearest;
}

/* What is drawn on a panel, in its pixels. */
typedef struct outline {
    imx_point points[IMX_REGION_MAX];
    size_t count;
    imx_point dot;
} outline;

/* Columns in which something between two places may be drawn, `margin` around them, when that is so
 * in row `y`. */
static void mark_near(bool *near, const imx_panel *panel, float y, imx_point from, imx_point to,
                      float margin) {
    if (y < fminf(from.y, to.y) - margin || y > fmaxf(from.y, to.y) + margin) {
        return;
    }
    float left = fmaxf(fminf(from.x, to.x) - margin, 0);
    float right = fminf(fmaxf(from.x, to.x) + margin, (float)(panel->width - 1));
    for (uint32_t x = (uint32_t)left; (float)x <= right; x++) {
        near[x] = true;
    }
}

static void draw_row(imgmatch_image *picture, const imx_panel *panel, uint32_t y,
                     const outline *shape, bool *near) {
    memset(near, 0, panel->width * sizeof *near);
    mark_near(near, panel, (float)y, shape->dot, shape->dot, DOT + REACH);
    for (size_t i = 0; i < shape->count; i++) {
        mark_near(near, panel, (float)y, shape->points[i], shape->points[(i + 1) % shape->count],
                  LINE + REACH);
    }
    for (uint32_t x = 0; x < panel->width; x++) {
        if (!near[x]) {
            continue;
        }
        float far =
            outside((imx_point){(float)x, (float)y}, shape->points, shape->count, shape->dot);
        if (far < REACH) {
            uint8_t *pixel = pixel_at(picture, panel, x, y);
            blend(pixel, halo_colour, HALO_OPACITY * fminf(REACH - far, 1));
            blend(pixel, line_colour, 0.5F - far);
        }
    }
}

imgmatch_status imx_panel_outline(imgmatch_image *picture, const imx_panel *panel,
                                  const imx_point *points, size_t count, imgmatch_diag *diag) {
    outline shape = {.count = count < IMX_REGION_MAX ? count : IMX_REGION_MAX};
    if (count == 0) {
        return IMGMATCH_OK;
    }
    bool *near = imx_new_array_raw(panel->width, sizeof *near);
    if (near == NULL) {
        return imx_fail_memory(diag);
    }
    for (size_t i = 0; i < shape.count; i++) {
        imx_point place = {points[i].x * (float)panel->width - 0.5F,
                           points[i].y * (float)panel->height - 0.5F};
        shape.points[i] = inset(place, panel, LINE);
    }
    shape.dot = inset(shape.points[0], panel, DOT);
    for (uint32_t y = 0; y < panel->height; y++) {
        draw_row(picture, panel, y, &shape, near);
    }
    free(near);
    return IMGMATCH_OK;
}
