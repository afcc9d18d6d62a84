#include "match/colour_raster.h"

#include "match/agreement_parts.h"
#include "match/median.h"
#include "match/overlay.h"

#include <math.h>
#include <string.h>

#define CELLS IMX_AGREEMENT_CELLS
#define PLAIN_RIM 0.7F /* Share of the rim that has to have its median colour. */

void imx_colours_rgb(float rgb[3], const float planes[3][IMX_COLOURS], size_t i) {
    imx_rgb_of_ycc(rgb, (const float[3]){planes[0][i], planes[1][i], planes[2][i]});
}

/* The thumbnail's brightness on the colour raster: the mean of the pixels around each place. */
static float luma_at(const imx_sketch *reference, uint32_t x, uint32_t y) {
    uint32_t width = reference->thumbnail_width;
    uint32_t height = reference->thumbnail_height;
    uint32_t x_end = (x + 1) * width / reference->chroma_width;
    uint32_t y_end = (y + 1) * height / reference->chroma_height;
    float sum = 0;
    float count = 0;
    for (uint32_t j = y * height / reference->chroma_height; j < y_end; j++) {
        for (uint32_t i = x * width / reference->chroma_width; i < x_end; i++) {
            sum += (float)reference->luma[j * width + i];
            count += 1;
        }
    }
    return sum / fmaxf(count, 1);
}

void imx_colours_collect(imx_colours *out, const imx_features *query, const imx_sketch *reference,
                         const imx_transform *matrix) {
    out->width = reference->chroma_width;
    out->height = reference->chroma_height;
    for (uint32_t plane = 0; plane < 3; plane++) {
        imx_raster raster = {out->width, out->height, plane};
        (void)imx_overlay_sample(out->query[plane], out->inside, query, matrix, raster);
    }
    for (uint32_t y = 0; y < out->height; y++) {
        for (uint32_t x = 0; x < out->width; x++) {
            size_t i = (size_t)y * out->width + x;
            out->reference[0][i] = luma_at(reference, x, y);
            out->reference[1][i] = (float)reference->cb[i];
            out->reference[2][i] = (float)reference->cr[i];
        }
    }
}

void imx_colours_to_lab(imx_lab *out, const float planes[3][IMX_COLOURS], const imx_colours *in) {
    for (size_t i = 0; i < (size_t)in->width * in->height; i++) {
        if (in->inside[i]) {
            out[i] = imx_lab_of_ycc((const float[3]){planes[0][i], planes[1][i], planes[2][i]});
        }
    }
}

size_t imx_colours_cell(const imx_colours *in, size_t i) {
    size_t row = i / in->width * CELLS / in->height;
    size_t column = i % in->width * CELLS / in->width;
    return row * CELLS + column;
}

bool imx_colours_trusted(const imx_agreement *agreement, const imx_colours *in, size_t i) {
    return imx_cell_is_trusted(agreement->cells[imx_colours_cell(in, i)]);
}

imx_lab imx_median_colour(const imx_lab *pixels, const bool *chosen, size_t count) {
    float axes[3][IMX_COLOURS];
    size_t n = 0;
    for (size_t i = 0; i < count; i++) {
        if (chosen[i]) {
            axes[0][n] = pixels[i].l;
            axes[1][n] = pixels[i].a;
            axes[2][n] = pixels[i].b;
            n++;
        }
    }
    return (imx_lab){imx_median(axes[0], n), imx_median(axes[1], n), imx_median(axes[2], n)};
}

bool imx_colours_find_ground(bool ground[IMX_COLOURS], const imx_colours *in,
                             const imx_lab *reference) {
    size_t count = (size_t)in->width * in->height;
    bool rim[IMX_COLOURS];
    size_t rim_count = 0;
    memset(ground, 0, IMX_COLOURS * sizeof *ground);
    for (size_t i = 0; i < count; i++) {
        size_t x = i % in->width;
        size_t y = i / in->width;
        rim[i] = in->inside[i] && (x == 0 || y == 0 || x + 1 == in->width || y + 1 == in->height);
        rim_count += rim[i];
    }
    if (rim_count == 0) {
        return false;
    }
    imx_lab colour = imx_median_colour(reference, rim, count);
    size_t plain = 0;
    for (size_t i = 0; i < count; i++) {
        ground[i] = in->inside[i] && imx_delta_e(reference[i], colour) < IMX_GROUND_DIFFERS;
        plain += ground[i] && rim[i];
    }
    if ((float)plain >= PLAIN_RIM * (float)rim_count) {
        return true;
    }
    memset(ground, 0, IMX_COLOURS * sizeof *ground);
    return false;
}
