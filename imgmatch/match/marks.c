#include "match/marks.h"

#include "match/agreement.h"
#include "match/median.h"
#include "match/overlay.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SIDE IMX_THUMBNAIL_SIDE
#define PIXELS (SIDE * SIDE)
#define BINS 16u         /* Of the tone curve. */
#define LEAST_IN_BIN 12u /* Pixels that tell its value. */
#define LEAST_OFF 4.5F   /* Levels by which a changed pixel is off, */
#define OFF_NOISE 2.0F   /* times the median difference, */
#define OFF_EDGE 0.3F    /* and of the range of the pixels around: alignments are not exact. */
#define NEIGHBOURS 2     /* As changed ones around a changed pixel: noise has fewer. */
#define CELLS IMX_AGREEMENT_CELLS

/* Both pictures on the thumbnail's pixels. */
typedef struct sheet {
    uint32_t width;
    uint32_t height;
    uint32_t rim;
    const uint8_t *reference;
    imx_overlay query;
    float expected[PIXELS]; /* The reference's in the query's tone. */
    int8_t off[PIXELS];     /* 1 brighter than it should be, -1 darker. */
} sheet;

/* The median level of the query for each sixteenth of the reference's levels; -1 where few tell. */
static void measure_curve(float curve[BINS], const sheet *self) {
    static const uint32_t width = 256 / BINS;
    uint32_t histogram[BINS][256] = {{0}};
    uint32_t counts[BINS] = {0};
    for (size_t i = 0; i < (size_t)self->width * self->height; i++) {
        if (self->query.inside[i]) {
            float level = fminf(fmaxf(self->query.luma[i] + 0.5F, 0), 255);
            uint32_t bin = self->reference[i] / width;
            histogram[bin][(uint32_t)level]++;
            counts[bin]++;
        }
    }
    for (uint32_t bin = 0; bin < BINS; bin++) {
        uint32_t seen = 0;
        uint32_t level = 0;
        while (level < 255 && 2 * (seen + histogram[bin][level]) <= counts[bin]) {
            seen += histogram[bin][level++];
        }
        curve[bin] = counts[bin] >= LEAST_IN_BIN ? (float)level : -1;
    }
}

/* Between the curve's known values; parallel to the reference's levels beyond them. */
static float follow(const float curve[BINS], float level) {
    const float width = 256.0F / BINS;
    float below = -1, above = -1, below_at = 0, above_at = 0;
    for (uint32_t bin = 0; bin < BINS; bin++) {
        float at = ((float)bin + 0.5F) * width;
        if (curve[bin] >= 0 && at <= level) {
            below = curve[bin];
            below_at = at;
        }
        if (curve[bin] >= 0 && at > level && above < 0) {
            above = curve[bin];
            above_at = at;
        }
    }
    if (below < 0 && above < 0) {
        return level;
    }
    if (below < 0 || above < 0) {
        float offset = below < 0 ? above - above_at : below - below_at;
        return fminf(fmaxf(level + offset, 0), 255);
    }
    return below + (above - below) * (level - below_at) / (above_at - below_at);
}

static bool counts_here(const sheet *self, uint32_t x, uint32_t y) {
    return x >= self->rim && y >= self->rim && x + self->rim < self->width &&
           y + self->rim < self->height && self->query.inside[(size_t)y * self->width + x];
}

/* Largest less least value of the pixels around. */
static float range_around(const sheet *self, uint32_t x, uint32_t y) {
    float least = INFINITY;
    float most = -INFINITY;
    for (uint32_t row = y > 0 ? y - 1 : 0; row <= y + 1 && row < self->height; row++) {
        for (uint32_t column = x > 0 ? x - 1 : 0; column <= x + 1 && column < self->width;
             column++) {
            float value = self->expected[(size_t)row * self->width + column];
            least = fminf(least, value);
            most = fmaxf(most, value);
        }
    }
    return most - least;
}

static void expect(sheet *self) {
    float curve[BINS];
    float levels[256];
    measure_curve(curve, self);
    for (uint32_t level = 0; level < 256; level++) {
        levels[level] = follow(curve, (float)level);
    }
    for (size_t i = 0; i < (size_t)self->width * self->height; i++) {
        self->expected[i] = levels[self->reference[i]];
    }
}

static void find_off(sheet *self) {
    float differences[PIXELS];
    size_t count = 0;
    for (size_t i = 0; i < (size_t)self->width * self->height; i++) {
        if (self->query.inside[i]) {
            differences[count++] = fabsf(self->query.luma[i] - self->expected[i]);
        }
    }
    float bound = LEAST_OFF + OFF_NOISE * imx_median(differences, count);
    for (uint32_t y = 0; y < self->height; y++) {
        for (uint32_t x = 0; x < self->width; x++) {
            size_t i = (size_t)y * self->width + x;
            float off = self->query.luma[i] - self->expected[i];
            bool counts =
                counts_here(self, x, y) && fabsf(off) > bound + OFF_EDGE * range_around(self, x, y);
            self->off[i] = (int8_t)(!counts ? 0 : off > 0 ? 1 : -1);
        }
    }
}

static bool has_like_neighbours(const sheet *self, uint32_t x, uint32_t y) {
    int8_t off = self->off[(size_t)y * self->width + x];
    int alike = -1; /* Not itself. */
    for (uint32_t row = y > 0 ? y - 1 : 0; row <= y + 1 && row < self->height; row++) {
        for (uint32_t column = x > 0 ? x - 1 : 0; column <= x + 1 && column < self->width;
             column++) {
            alike += self->off[(size_t)row * self->width + column] == off;
        }
    }
    return alike >= NEIGHBOURS;
}

static void sum_up(imx_marks *out, const sheet *self) {
    bool cells[CELLS * CELLS] = {false};
    uint32_t found = 0;
    for (uint32_t y = 0; y < self->height; y++) {
        for (uint32_t x = 0; x < self->width; x++) {
            if (self->off[(size_t)y * self->width + x] != 0 && has_like_neighbours(self, x, y)) {
                found++;
                cells[y * CELLS / self->height * CELLS + x * CELLS / self->width] = true;
            }
        }
    }
    out->share = (float)found / (float)self->query.covered;
    for (size_t i = 0; i < CELLS * CELLS; i++) {
        out->spread += cells[i] ? 1.0F / (CELLS * CELLS) : 0;
    }
}

void imx_marks_find(imx_marks *out, const imx_features *query, const imx_sketch *reference,
                    const imx_transform *matrix, uint32_t rim) {
    memset(out, 0, sizeof *out);
    if (query->level_count == 0 || reference->thumbnail_width == 0) {
        return;
    }
    sheet self = {.width = reference->thumbnail_width,
                  .height = reference->thumbnail_height,
                  .rim = rim,
                  .reference = reference->luma};
    imx_overlay_make(&self.query, query, reference, matrix);
    if (self.query.covered > 0) {
        expect(&self);
        find_off(&self);
        sum_up(out, &self);
    }
}
