/*
 * Does the subject agree, whatever became of its ground? On packshots half of the picture is plain
 * ground. Where it was replaced, cells that hold some of it disagree though the product is the
 * same; where it stayed, the outline alone makes another product in the same pose agree. So the
 * pixels of the subject are compared by themselves, cell by cell.
 */
#include "match/agreement_parts.h"
#include "match/median.h"
#include "match/overlay.h"

#include <stdlib.h>
#include <string.h>

#define CELLS IMX_AGREEMENT_CELLS
#define PIXELS (IMX_THUMBNAIL_SIDE * IMX_THUMBNAIL_SIDE)
#define GROUND_LEVELS 10    /* By which the ground differs from the rim's median. */
#define PLAIN_RIM 0.7F      /* Share of the rim that has to be ground. */
#define LEAST_SUBJECT 0.05F /* Share of the picture; less is noise on a ground. */
#define CORE_SHARE 0.4F     /* Of the subject that has to be left without its outline. */
#define LEAST_PIXELS 10     /* Of the subject in a cell. */
#define LEAST_CELLS 3       /* With texture; with fewer all pixels are one cell. */

static int by_level(const void *a, const void *b) {
    return *(const uint8_t *)a - *(const uint8_t *)b;
}

/* Which pixels are the subject's: all, when there is no plain ground around it (false then). */
static bool find_subject(bool *subject, const imx_sketch *reference) {
    uint32_t width = reference->thumbnail_width;
    uint32_t height = reference->thumbnail_height;
    uint8_t rim[4 * IMX_THUMBNAIL_SIDE] = {0};
    size_t count = 0;
    for (uint32_t y = 0; y < height; y++) {
        bool end = y == 0 || y + 1 == height;
        for (uint32_t x = 0; x < width; x += end || width < 2 ? 1 : width - 1) {
            rim[count++] = reference->luma[y * width + x];
        }
    }
    qsort(rim, count, 1, by_level);
    int level = rim[count / 2];
    size_t plain = 0;
    for (size_t i = 0; i < count; i++) {
        plain += abs(rim[i] - level) <= GROUND_LEVELS;
    }
    bool ground = (float)plain >= PLAIN_RIM * (float)count;
    size_t pixels = (size_t)width * height;
    size_t kept = 0;
    for (size_t i = 0; i < pixels; i++) {
        subject[i] = !ground || abs(reference->luma[i] - level) > GROUND_LEVELS;
        kept += subject[i];
    }
    if ((float)kept < LEAST_SUBJECT * (float)pixels) {
        memset(subject, true, pixels);
        return false;
    }
    return ground;
}

/* Pixels of the outline hold some of the ground: they are left out, unless that leaves little. */
static void leave_outline_out(bool *subject, const imx_sketch *reference) {
    bool core[PIXELS] = {false};
    uint32_t width = reference->thumbnail_width;
    size_t all = 0;
    size_t kept = 0;
    for (uint32_t y = 0; y < reference->thumbnail_height; y++) {
        for (uint32_t x = 0; x < width; x++) {
            size_t i = (size_t)y * width + x;
            bool rim = x == 0 || y == 0 || x + 1 == width || y + 1 == reference->thumbnail_height;
            core[i] = subject[i] && !rim && subject[i - 1] && subject[i + 1] &&
                      subject[i - width] && subject[i + width];
            all += subject[i];
            kept += core[i];
        }
    }
    if ((float)kept >= CORE_SHARE * (float)all) {
        memcpy(subject, core, sizeof core);
    }
}

void imx_agreement_measure_subject(imx_agreement *out, const imx_overlay *overlay,
                                   const imx_sketch *reference) {
    bool subject[PIXELS];
    imx_moments cells[CELLS * CELLS] = {{0}};
    imx_moments all = {0};
    if (find_subject(subject, reference)) {
        leave_outline_out(subject, reference);
    }
    for (uint32_t y = 0; y < overlay->height; y++) {
        for (uint32_t x = 0; x < overlay->width; x++) {
            size_t i = (size_t)y * overlay->width + x;
            if (overlay->inside[i] && subject[i]) {
                size_t cell = y * CELLS / overlay->height * CELLS + x * CELLS / overlay->width;
                imx_moments_add(&cells[cell], (float)reference->luma[i], overlay->luma[i]);
                imx_moments_add(&all, (float)reference->luma[i], overlay->luma[i]);
            }
        }
    }
    float values[CELLS * CELLS];
    size_t count = 0;
    for (size_t i = 0; i < CELLS * CELLS; i++) {
        float value = imx_cell_value(&cells[i], LEAST_PIXELS);
        out->subject_values[i] = value;
        if (value > IMX_NO_CELL && value < IMX_PLAIN_CELL) {
            values[count++] = value;
        }
    }
    if (count >= LEAST_CELLS) {
        out->subject_cells = imx_median(values, count);
        return;
    }
    float whole = imx_cell_value(&all, LEAST_PIXELS);
    out->subject_cells = whole > IMX_NO_CELL && whole < IMX_PLAIN_CELL ? whole : 0;
}
