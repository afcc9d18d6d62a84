/*
 * Two passes, columns first: for each row of the result the input rows under its triangle are
 * summed (one long vector loop), rounded to 8 bits, and that one row is then reduced along x.
 *
 * Weights are 15-bit fixed point. They are the differences of the rounded running sum of the exact
 * weights, so each is off by at most one unit and they add up to exactly 1: a flat picture stays
 * as it is. Sampling points and support are those of Pillow's resize (pixel centres at .5).
 */
#include "image/resample.h"

#include "base/diag.h"
#include "base/memory.h"
#include "base/processors.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#define ONE 32768u
#define HALF 16384u
#define SHIFT 15

/* For one axis: which inputs make each output, and with what weights. */
typedef struct filter {
    uint32_t *first;   /* First input of each output. */
    uint32_t *count;   /* Number of inputs. */
    uint16_t *weights; /* `taps` for each output: more than there are inputs, with zeros behind. */
    size_t taps;
    bool below_one; /* All weights. */
} filter;

static void filter_free(filter *axis) {
    free(axis->first);
    free(axis->count);
    free(axis->weights);
}

/* Triangle of half width 1 at `x`. */
static double triangle(double x) {
    x = x < 0 ? -x : x;
    return x < 1 ? 1 - x : 0;
}

static void fill_output(filter *axis, uint32_t index, uint32_t in_size, double scale) {
    double support = scale > 1 ? scale : 1;
    double centre = (index + 0.5) * scale;
    double low = centre - support + 0.5;
    uint32_t first = low > 0 ? (uint32_t)low : 0;
    uint32_t end = (uint32_t)(centre + support + 0.5);
    end = end < in_size ? end : in_size;
    double total = 0;
    for (uint32_t i = first; i < end; ++i) {
        total += triangle((i + 0.5 - centre) / support);
    }
    uint16_t *weights = axis->weights + index * axis->taps;
    double sum = 0;
    uint32_t given = 0;
    for (uint32_t i = first; i < end; ++i) {
        sum += triangle((i + 0.5 - centre) / support);
        uint32_t upto = (uint32_t)(sum / total * ONE + 0.5);
        weights[i - first] = (uint16_t)(upto - given);
        axis->below_one = axis->below_one && upto - given < ONE;
        given = upto;
    }
    axis->first[index] = first;
    axis->count[index] = end - first;
}

static bool filter_init(filter *axis, uint32_t out_size, uint32_t in_size) {
    double scale = (double)in_size / out_size;
    axis->taps = (size_t)(scale > 1 ? 2 * scale : 2) + 2;
    axis->first = imx_new_array_raw(out_size, sizeof *axis->first);
    axis->count = imx_new_array_raw(out_size, sizeof *axis->count);
    axis->weights = imx_new_array((size_t)out_size * axis->taps, sizeof *axis->weights);
    axis->below_one = true;
    if (axis->first == NULL || axis->count == NULL || axis->weights == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < out_size; ++i) {
        fill_output(axis, i, in_size, scale);
    }
    return true;
}

/* sums += weight * row. Pixels and weights fit 16 bits, which vectorises as widening products. */
static void add_row(uint32_t *restrict sums, const uint8_t *restrict row, size_t count,
                    uint16_t weight) {
    for (size_t i = 0; i < count; ++i) {
        sums[i] += (uint32_t)weight * (uint16_t)row[i];
    }
}

/* The same for two rows at once, the usual case: half the traffic on the sums. */
static void add_two_rows(uint32_t *restrict sums, const uint8_t *restrict row,
                         const uint8_t *restrict next, size_t count, uint16_t weight,
                         uint16_t next_weight) {
    for (size_t i = 0; i < count; ++i) {
        sums[i] += (uint32_t)weight * (uint16_t)row[i] + (uint32_t)next_weight * (uint16_t)next[i];
    }
}

/* Row `y` of the result, at the input's width. */
IMX_FOR_EACH_PROCESSOR
static void reduce_columns(uint8_t *restrict line, uint32_t *restrict sums, imx_pixels in,
                           const filter *axis, uint32_t y) {
    size_t count = 3 * (size_t)in.width;
    const uint16_t *weights = axis->weights + y * axis->taps;
    const uint8_t *row = in.rgb + axis->first[y] * in.stride_bytes;
    uint32_t rows = axis->count[y];
    for (size_t i = 0; i < count; ++i) {
        sums[i] = HALF;
    }
    uint32_t tap = 0;
    for (; tap + 1 < rows; tap += 2, row += 2 * in.stride_bytes) {
        add_two_rows(sums, row, row + in.stride_bytes, count, weights[tap], weights[tap + 1]);
    }
    if (tap < rows) {
        add_row(sums, row, count, weights[tap]);
    }
    for (size_t i = 0; i < count; ++i) {
        line[i] = (uint8_t)(sums[i] >> SHIFT);
    }
}

/* Bytes that may be read behind a line's pixels: a pixel is read as four bytes, and one more than
 * there are inputs may be. */
#define LINE_MARGIN 4

#if defined(__SSE2__)

static __m128i load_pixel(const uint8_t *pixel) {
    int bytes;
    memcpy(&bytes, pixel, sizeof bytes);
    return _mm_cvtsi32_si128(bytes);
}

/* Two inputs at a time: products of signed 16 bits, which weights below one are, and their sums. */
static void reduce_row_by_pairs(uint8_t *restrict out, const uint8_t *restrict line,
                                const filter *axis, uint32_t out_width) {
    const __m128i zero = _mm_setzero_si128();
    for (uint32_t x = 0; x < out_width; ++x, out += 3) {
        const uint16_t *weights = axis->weights + x * axis->taps;
        const uint8_t *pixel = line + 3 * (size_t)axis->first[x];
        uint32_t count = axis->count[x];
        __m128i sum = _mm_set1_epi32(HALF);
        for (uint32_t i = 0; i < count; i += 2, pixel += 6) {
            int pair;
            memcpy(&pair, weights + i, sizeof pair);
            __m128i both = _mm_unpacklo_epi8(load_pixel(pixel), load_pixel(pixel + 3));
            sum = _mm_add_epi32(
                sum, _mm_madd_epi16(_mm_unpacklo_epi8(both, zero), _mm_set1_epi32(pair)));
        }
        sum = _mm_srli_epi32(sum, SHIFT);
        sum = _mm_packus_epi16(_mm_packs_epi32(sum, sum), zero);
        int rgb = _mm_cvtsi128_si32(sum);
        memcpy(out, &rgb, 3);
    }
}

#endif

static void reduce_row(uint8_t *restrict out, const uint8_t *restrict line, const filter *axis,
                       uint32_t out_width) {
#if defined(__SSE2__)
    if (axis->below_one) {
        reduce_row_by_pairs(out, line, axis, out_width);
        return;
    }
#endif
    for (uint32_t x = 0; x < out_width; ++x, out += 3) {
        const uint16_t *weights = axis->weights + x * axis->taps;
        const uint8_t *pixel = line + 3 * (size_t)axis->first[x];
        uint32_t count = axis->count[x];
        uint32_t red = HALF;
        uint32_t green = HALF;
        uint32_t blue = HALF;
        for (uint32_t i = 0; i < count; ++i, pixel += 3) {
            red += (uint32_t)weights[i] * pixel[0];
            green += (uint32_t)weights[i] * pixel[1];
            blue += (uint32_t)weights[i] * pixel[2];
        }
        out[0] = (uint8_t)(red >> SHIFT);
        out[1] = (uint8_t)(green >> SHIFT);
        out[2] = (uint8_t)(blue >> SHIFT);
    }
}

imgmatch_status imx_resample(uint8_t *out, uint32_t out_width, uint32_t out_height, imx_pixels in,
                             imgmatch_diag *diag) {
    if (out_width == 0 || out_height == 0 || in.width == 0 || in.height == 0) {
        return imx_fail(diag, IMGMATCH_ERR_ARGUMENT, "resize from or to no pixels");
    }
    filter across = {0};
    filter down = {0};
    uint32_t *sums = imx_new_array_raw(in.width, 3 * sizeof *sums);
    uint8_t *line = imx_new_array(3 * (size_t)in.width + LINE_MARGIN, 1);
    imgmatch_status status = IMGMATCH_OK;
    if (sums == NULL || line == NULL || !filter_init(&across, out_width, in.width) ||
        !filter_init(&down, out_height, in.height)) {
        status = imx_fail_memory(diag);
        goto done;
    }
    for (uint32_t y = 0; y < out_height; ++y) {
        reduce_columns(line, sums, in, &down, y);
        reduce_row(out + (size_t)y * 3 * out_width, line, &across, out_width);
    }
done:
    filter_free(&across);
    filter_free(&down);
    free(sums);
    free(line);
    return status;
}
