/*
 * Each pixel is looked up where the sheet has it, between the four nearest pixels of the picture. A
 * picture in which the sheet is much larger is reduced before, so that no pixel is passed over.
 */
#include "match/sheet.h"

#include "base/diag.h"
#include "base/memory.h"
#include "image/resample.h"

#include <math.h>
#include <stdlib.h>

#define MOST_SCALE 1.5F /* Pixels of the picture a pixel of the sheet, along its longest side. */

imx_transform imx_sheet_transform(const imx_corner corners[4], uint32_t width, uint32_t height) {
    imx_point places[4];
    for (int i = 0; i < 4; i++) {
        places[i] = (imx_point){corners[i].x / (float)width, corners[i].y / (float)height};
    }
    return imx_transform_to(places);
}

void imx_sheet_trim(imx_corner corners[4], imx_rect inside) {
    imx_transform transform = imx_sheet_transform(corners, 1, 1);
    const float side = IMX_SHEET_SIDE;
    float left = (float)inside.x / side;
    float top = (float)inside.y / side;
    float right = (float)(inside.x + inside.width) / side;
    float bottom = (float)(inside.y + inside.height) / side;
    const imx_point places[4] = {{left, top}, {right, top}, {right, bottom}, {left, bottom}};
    for (int i = 0; i < 4; i++) {
        imx_point place = imx_transform_apply(&transform, places[i]);
        corners[i] = (imx_corner){place.x, place.y};
    }
}

/* Between four pixels; outside of the picture its rim goes on. */
static void sample(uint8_t out[3], imx_pixels picture, float x, float y) {
    float most_x = (float)picture.width - 1;
    float most_y = (float)picture.height - 1;
    x = fminf(fmaxf(x - 0.5F, 0), most_x);
    y = fminf(fmaxf(y - 0.5F, 0), most_y);
    uint32_t column = (uint32_t)x;
    uint32_t row = (uint32_t)y;
    float right = x - (float)column;
    float down = y - (float)row;
    const uint8_t *upper = picture.rgb + row * picture.stride_bytes + 3 * (size_t)column;
    const uint8_t *lower = row + 1 < picture.height ? upper + picture.stride_bytes : upper;
    size_t next = column + 1 < picture.width ? 3 : 0;
    for (size_t c = 0; c < 3; c++) {
        float above = (float)upper[c] + right * (float)(upper[c + next] - upper[c]);
        float below = (float)lower[c] + right * (float)(lower[c + next] - lower[c]);
        out[c] = (uint8_t)(above + down * (below - above) + 0.5F);
    }
}

static void draw(uint8_t *out, imx_pixels picture, const imx_transform *transform) {
    for (uint32_t y = 0; y < IMX_SHEET_SIDE; y++) {
        for (uint32_t x = 0; x < IMX_SHEET_SIDE; x++, out += 3) {
            imx_point from = {((float)x + 0.5F) / IMX_SHEET_SIDE,
                              ((float)y + 0.5F) / IMX_SHEET_SIDE};
            imx_point at = imx_transform_apply(transform, from);
            sample(out, picture, at.x * (float)picture.width, at.y * (float)picture.height);
        }
    }
}

imgmatch_status imx_sheet_draw(uint8_t *out, imx_pixels picture, const imx_corner corners[4],
                               imgmatch_diag *diag) {
    imx_transform transform = imx_sheet_transform(corners, picture.width, picture.height);
    float longest = 0;
    for (int i = 0; i < 4; i++) {
        imx_corner next = corners[(i + 1) % 4];
        longest = fmaxf(longest, hypotf(next.x - corners[i].x, next.y - corners[i].y));
    }
    float scale = longest / (MOST_SCALE * IMX_SHEET_SIDE);
    if (scale <= 1) {
        draw(out, picture, &transform);
        return IMGMATCH_OK;
    }
    uint32_t width = (uint32_t)ceilf((float)picture.width / scale);
    uint32_t height = (uint32_t)ceilf((float)picture.height / scale);
    uint8_t *pixels = imx_new_array_raw((size_t)width * height, 3);
    if (pixels == NULL) {
        return imx_fail_memory(diag);
    }
    imgmatch_status status = imx_resample(pixels, width, height, picture, diag);
    if (status == IMGMATCH_OK) {
        draw(out, (imx_pixels){pixels, width, height, 3 * (size_t)width}, &transform);
    }
    free(pixels);
    return status;
}
