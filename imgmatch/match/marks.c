/*
 * The bounds were set on altered photos of clothes: of unaltered parts hardly one pixel in ten
 * thousand is over them, as the remainder holds no shift and no blur.
 */
#include "match/marks.h"

#include "match/agreement.h"
#include "match/median.h"

#include <math.h>
#include <string.h>

#define PIXELS IMX_REMAINDER_PIXELS
#define CELLS IMX_AGREEMENT_CELLS
#define LEAST_OFF 3.0F /* Levels by which a changed pixel is off, */
#define OFF_NOISE 2.5F /* times the remainder's median, */
#define OFF_EDGE 0.2F  /* and of the range of the pixels around: no fit is exact. */
#define SOFT 0.05F     /* Softness from which the remainder holds some of the blur. */
#define NEIGHBOURS 2   /* As changed ones around a changed pixel: noise has fewer. */

#define REACH 2           /* Pixels around one, in which detail is compared. */
#define LEAST_DETAIL 9.0F /* Mean square of the reference's Laplacian there that tells. */
#define DETAIL_LOST 0.16F /* Ratio of the mean squares, of the picture's median. */
#define LEAST_TOLD 40U    /* Pixels that the median needs. */
#define LEAST_PART 5U     /* Pixels side by side that lost it. */

#define NEAREST_REPEAT 6   /* Pixels: nearer than that remainders are alike for many reasons. */
#define AROUND 4           /* Pixels around one that what is large and flat fills. */
#define MOST_WEIGHT 1.5F   /* Of one pixel, times what is usual there. */
#define LEAST_UNREST 0.26F /* Deviation of the weighted remainder: below it only noise repeats. */

/* Inner, and so far from the thumbnail's edges. */
static bool is_inner(const imx_remainder *in, size_t i, size_t rim) {
    size_t x = i % in->query.width;
    size_t y = i / in->query.width;
    return in->inner[i] && x >= rim && y >= rim && x + rim < in->query.width &&
           y + rim < in->query.height;
}

static bool has_like_neighbours(const int8_t *off, size_t width, size_t i) {
    int alike = -1; /* Not itself. */
    for (size_t row = i - width; row <= i + width; row += width) {
        for (size_t k = row - 1; k <= row + 1; k++) {
            alike += off[k] == off[i];
        }
    }
    return alike >= NEIGHBOURS;
}

static void find_marks(imx_marks *out, const imx_remainder *in, size_t rim) {
    int8_t off[PIXELS] = {0}; /* 1 brighter than it should be, -1 darker. */
    bool cells[CELLS * CELLS] = {false};
    size_t width = in->query.width;
    size_t height = in->query.height;
    float bound = LEAST_OFF + OFF_NOISE * in->noise;
    float edge = OFF_EDGE + fmaxf(in->softness - SOFT, 0);
    for (size_t i = 0; i < width * height; i++) {
        if (is_inner(in, i, rim) &&
            fabsf(in->left[i]) > bound + edge * imx_remainder_range(in, i)) {
            off[i] = in->left[i] > 0 ? 1 : -1;
        }
    }
    size_t found = 0;
    for (size_t i = 0; i < width * height; i++) {
        if (off[i] != 0 && has_like_neighbours(off, width, i)) {
            found++;
            cells[i / width * CELLS / height * CELLS + i % width * CELLS / width] = true;
        }
    }
    out->share = (float)found / (float)in->query.covered;
    for (size_t i = 0; i < CELLS * CELLS; i++) {
        out->spread += cells[i] ? 1.0F / (CELLS * CELLS) : 0;
    }
}

static float laplacian(const float *levels, size_t width, size_t i) {
    return levels[i] -
           0.25F * (levels[i - 1] + levels[i + 1] + levels[i - width] + levels[i + width]);
}

/* Squared Laplacians of both pictures, and how far the query is from the reference and from the
 * smoothed reference. */
typedef struct details {
    float expected[PIXELS];
    float query[PIXELS];
    float nearer[PIXELS]; /* Below 0 where the query is more like the smoothed one. */
} details;

static void measure_details(details *out, const imx_remainder *in) {
    size_t width = in->query.width;
    memset(out, 0, sizeof *out);
    for (size_t i = 0; i < width * in->query.height; i++) {
        if (!in->inner[i]) {
            continue;
        }
        float reference = laplacian(in->expected, width, i);
        float query = laplacian(in->query.luma, width, i);
        float mean = 0;
        for (size_t row = i - width; row <= i + width; row += width) {
            mean += (in->expected[row - 1] + in->expected[row] + in->expected[row + 1]) / 9;
        }
        float sharp = in->query.luma[i] - in->expected[i];
        float smooth = in->query.luma[i] - mean;
        out->expected[i] = reference * reference;
        out->query[i] = query * query;
        out->nearer[i] = smooth * smooth - sharp * sharp;
    }
}

/* The mean of a measure around a pixel. */
static float mean_around(const float *values, const imx_overlay *query, size_t i, size_t reach) {
    size_t x = i % query->width;
    size_t y = i / query->width;
    size_t left = x > reach ? x - reach : 0;
    size_t top = y > reach ? y - reach : 0;
    size_t right = x + reach < query->width ? x + reach : query->width - 1;
    size_t bottom = y + reach < query->height ? y + reach : query->height - 1;
    float sum = 0;
    for (size_t row = top; row <= bottom; row++) {
        for (size_t column = left; column <= right; column++) {
            sum += values[row * query->width + column];
        }
    }
    return sum / (float)((right - left + 1) * (bottom - top + 1));
}

/* Size of the largest connected part of what is marked; unmarks it. */
static size_t largest_part(bool *marked, size_t width, size_t height) {
    uint16_t stack[PIXELS];
    size_t largest = 0;
    for (size_t start = 0; start < width * height; start++) {
        size_t depth = 0;
        size_t size = 0;
        if (marked[start]) {
            stack[depth++] = (uint16_t)start;
            marked[start] = false;
        }
        while (depth > 0) {
            size_t i = stack[--depth];
            size_t x = i % width;
            size_t y = i / width;
            size++;
            for (size_t row = y > 0 ? y - 1 : 0; row <= y + 1 && row < height; row++) {
                for (size_t column = x > 0 ? x - 1 : 0; column <= x + 1 && column < width;
                     column++) {
                    if (marked[row * width + column]) {
                        marked[row * width + column] = false;
                        stack[depth++] = (uint16_t)(row * width + column);
                    }
                }
            }
        }
        largest = size > largest ? size : largest;
    }
    return largest;
}

static void find_smoothed(imx_marks *out, const imx_remainder *in) {
    details detail;
    float ratios[PIXELS];
    float around[PIXELS];
    bool lost[PIXELS] = {false};
    size_t count = 0;
    size_t width = in->query.width;
    measure_details(&detail, in);
    for (size_t i = 0; i < width * in->query.height; i++) {
        float expected = mean_around(detail.expected, &in->query, i, REACH);
        around[i] = -1;
        if (in->query.inside[i] && expected > LEAST_DETAIL) {
            around[i] = mean_around(detail.query, &in->query, i, REACH) / expected;
            ratios[count++] = around[i];
        }
    }
    if (count < LEAST_TOLD) {
        return;
    }
    float bound = DETAIL_LOST * imx_median(ratios, count);
    for (size_t i = 0; i < width * in->query.height; i++) {
        lost[i] = around[i] >= 0 && around[i] < bound &&
                  mean_around(detail.nearer, &in->query, i, REACH) < 0;
    }
    size_t part = largest_part(lost, width, in->query.height);
    if (part >= LEAST_PART) {
        /* Found are the pixels that have most of what was looked at inside. */
        float side = sqrtf((float)part) + 2 * REACH - 1;
        out->smoothed = fminf(side * side / (float)in->query.covered, 1);
    }
}

/* Correlation of the remainder with itself moved by so many pixels. */
static float repeat_at(const float *levels, const imx_overlay *query, int across, int down) {
    int width = (int)query->width;
    int height = (int)query->height;
    int from = across < 0 ? -across : 0;
    int to = across < 0 ? width : width - across;
    float both = 0, here = 0, there = 0;
    for (int y = 0; y + down < height; y++) {
        const float *row = levels + (size_t)y * query->width;
        const float *other = levels + ((size_t)(y + down) * query->width);
        for (int x = from; x < to; x++) {
            both += row[x] * other[x + across];
            here += row[x] * row[x];
            there += other[x + across] * other[x + across];
        }
    }
    return both / sqrtf(here * there + 1e-6F);
}

/* The remainder beside that of the parts around: a banner is no lettering. */
static void weigh(float levels[PIXELS], const imx_remainder *in) {
    size_t count = (size_t)in->query.width * in->query.height;
    for (size_t i = 0; i < count; i++) {
        levels[i] = 0;
        if (in->inner[i]) {
            float usual = LEAST_OFF / 2 + in->noise + OFF_EDGE * imx_remainder_range(in, i);
            float level = in->left[i] - mean_around(in->left, &in->query, i, AROUND);
            levels[i] = fminf(fmaxf(level / usual, -MOST_WEIGHT), MOST_WEIGHT);
        }
    }
}

/* Over all shifts of up to half of the picture. */
static void find_repeats(imx_marks *out, const imx_remainder *in) {
    float levels[PIXELS];
    weigh(levels, in);
    double squares = 0;
    for (size_t i = 0; i < (size_t)in->query.width * in->query.height; i++) {
        squares += (double)levels[i] * (double)levels[i];
    }
    if (squares < (double)(LEAST_UNREST * LEAST_UNREST) * in->query.covered) {
        return;
    }
    int farthest_across = (int)in->query.width / 2;
    int farthest_down = (int)in->query.height / 2;
    for (int down = 0; down <= farthest_down; down++) {
        for (int across = down > 0 ? -farthest_across : 1; across <= farthest_across; across++) {
            if (across * across + down * down >= NEAREST_REPEAT * NEAREST_REPEAT) {
                out->repeats = fmaxf(out->repeats, repeat_at(levels, &in->query, across, down));
            }
        }
    }
}

void imx_marks_find(imx_marks *out, const imx_remainder *remainder, uint32_t rim) {
    memset(out, 0, sizeof *out);
    if (remainder->measured) {
        find_marks(out, remainder, rim);
        find_smoothed(out, remainder);
        find_repeats(out, remainder);
    }
}
