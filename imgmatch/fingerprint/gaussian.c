/*
 * One row of the result at a time: the weighted sum of the rows around it, then of its own
 * neighbours, each in the order of the rows and columns. That is the order in which VLFeat adds, so
 * the numbers are the same to the last bit (test_sift), in a tenth of the time, because whole
 * rows are added at once and nothing is transposed.
 */
#include "fingerprint/gaussian.h"

#include "base/processors.h"

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

void imx_gaussian_make(imx_gaussian *out, double sigma) {
    uint32_t reach = (uint32_t)fmax(ceil(4 * sigma), 1);
    out->reach = reach < IMX_GAUSSIAN_MAX_REACH ? reach : IMX_GAUSSIAN_MAX_REACH;
    float sum = 0;
    for (uint32_t i = 0; i <= 2 * out->reach; i++) {
        float distance = (float)((int32_t)i - (int32_t)out->reach) / (float)sigma;
        out->weights[i] = (float)exp(-0.5 * (double)(distance * distance));
        sum += out->weights[i];
    }
    for (uint32_t i = 0; i <= 2 * out->reach; i++) {
        out->weights[i] /= sum;
    }
}

/* Rows to be added to sums, with their weights, so many at a time: sums go through memory less. */
#define AT_ONCE 4

typedef struct rows {
    const float *at[AT_ONCE];
    float weights[AT_ONCE];
} rows;

/* So many columns at once, also where no loop is vectorised: by -O2, and with sanitizers, which
 * then check each row's eight numbers together. */
#define COLUMNS_AT_ONCE 8

typedef float columns __attribute__((vector_size(COLUMNS_AT_ONCE * sizeof(float))));

IMX_FOR_EACH_PROCESSOR
static void add_rows(float *restrict sums, const rows *some, size_t count) {
    const float *restrict a = some->at[0];
    const float *restrict b = some->at[1];
    const float *restrict c = some->at[2];
    const float *restrict d = some->at[3];
    const float wa = some->weights[0];
    const float wb = some->weights[1];
    const float wc = some->weights[2];
    const float wd = some->weights[3];
    size_t i = 0;
    for (; i + COLUMNS_AT_ONCE <= count; i += COLUMNS_AT_ONCE) {
        columns sum;
        memcpy(&sum, sums + i, sizeof sum);
        columns va, vb, vc, vd;
        memcpy(&va, a + i, sizeof va);
        memcpy(&vb, b + i, sizeof vb);
        memcpy(&vc, c + i, sizeof vc);
        memcpy(&vd, d + i, sizeof vd);
        sum = (((sum + wa * va) + wb * vb) + wc * vc) + wd * vd;
        memcpy(sums + i, &sum, sizeof sum);
    }
    for (; i < count; i++) {
        sums[i] = (((sums[i] + wa * a[i]) + wb * b[i]) + wc * c[i]) + wd * d[i];
    }
}

static uint32_t clamped(int64_t row, uint32_t height) {
    return row < 0 ? 0 : row >= height ? height - 1 : (uint32_t)row;
}

/* The weighted sum of the rows around row y, clamped to the picture. */
static void sum_rows(float *sums, const imx_gaussian *gaussian, const float *in, uint32_t y,
                     uint32_t width, uint32_t height) {
    uint32_t taps = 2 * gaussian->reach + 1;
    memset(sums, 0, width * sizeof *sums);
    for (uint32_t i = 0; i < taps; i += AT_ONCE) {
        rows some;
        for (uint32_t k = 0; k < AT_ONCE; k++) {
            bool is_tap = i + k < taps; /* Past the last one, rows of weight 0 add nothing. */
            uint32_t from = clamped((int64_t)y + (is_tap ? i + k : i) - gaussian->reach, height);
            some.at[k] = in + (size_t)from * width;
            some.weights[k] = is_tap ? gaussian->weights[i + k] : 0;
        }
        add_rows(sums, &some, width);
    }
}

/* The same along a row; `row` has `reach` more numbers at both ends. */
static void sum_columns(float *sums, const imx_gaussian *gaussian, const float *row,
                        uint32_t width) {
    uint32_t taps = 2 * gaussian->reach + 1;
    memset(sums, 0, width * sizeof *sums);
    for (uint32_t i = 0; i < taps; i += AT_ONCE) {
        rows some;
        for (uint32_t k = 0; k < AT_ONCE; k++) {
            bool is_tap = i + k < taps;
            some.at[k] = row + (is_tap ? i + k : i);
            some.weights[k] = is_tap ? gaussian->weights[i + k] : 0;
        }
        add_rows(sums, &some, width);
    }
}

void imx_gaussian_blur(float *out, float *row, const imx_gaussian *gaussian, const float *in,
                       uint32_t width, uint32_t height) {
    uint32_t reach = gaussian->reach;
    float *middle = row + reach;
    for (uint32_t y = 0; y < height; y++) {
        sum_rows(middle, gaussian, in, y, width, height);
        for (uint32_t i = 0; i < reach; i++) {
            row[i] = middle[0];
            middle[width + i] = middle[width - 1];
        }
        sum_columns(out + (size_t)y * width, gaussian, row, width);
    }
}
