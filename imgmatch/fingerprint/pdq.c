/*
 * PDQ: two box filters each way, 64 x 64 samples, 16 x 16 cosine coefficients, one bit each.
 *
 * Two box filters followed by sampling are one weighted sum a sample, and the sums of neighbouring
 * samples hardly overlap. So (1) the rows around each of the 64 sample rows are summed with their
 * weights, over the bytes as they lie in memory; (2) the summed row becomes luma, and is summed
 * around each of the 64 sample columns; (3) the transform, the median and the bits follow. Every
 * pixel is read about once and the filtered picture is never stored.
 *
 * Weights are scaled so that away from the borders they are whole numbers and the sums of (1) are
 * exact. Nothing is summed in an order that depends on the width of the processor's vectors:
 * every processor gives the same hash, provided that the compiler fuses no multiply and add.
 *
 * Source: see pdq.h; the meaning of windows at borders is that of the reference code.
 */
#include "fingerprint/pdq.h"

#include "base/diag.h"
#include "base/memory.h"
#include "base/processors.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { MIN_SIDE = 5, GRID = 64, COEFS = 16, BITS = COEFS * COEFS, ROWS_AT_ONCE = 4 };

/* Half width of the band around the median in which a coefficient counts as unstable; see pdq.h
 * for how it was measured. */
static const float unstable_band = 1.0F;

/* sqrt(2 / 64) * cos(pi * m / 128): a quarter wave, written out because cos() differs in the last
 * digit from one C library to the next. */
static const float quarter_wave[GRID + 1] = {
    0.176776692F,  0.17672345F,   0.176563755F,   0.176297709F,   0.175925463F,  0.175447255F,
    0.174863353F,  0.17417413F,   0.173379973F,   0.172481388F,   0.171478912F,  0.170373142F,
    0.169164747F,  0.167854458F,  0.16644305F,    0.164931387F,   0.163320363F,  0.161610976F,
    0.15980424F,   0.157901242F,  0.155903131F,   0.153811097F,   0.151626423F,  0.14935042F,
    0.146984443F,  0.144529939F,  0.141988367F,   0.139361277F,   0.136650234F,  0.133856878F,
    0.130982891F,  0.128030002F,  0.125F,         0.121894695F,   0.118715972F,  0.115465738F,
    0.112145945F,  0.108758606F,  0.105305754F,   0.101789467F,   0.0982118696F, 0.0945751071F,
    0.0908813849F, 0.0871329084F, 0.0833319575F,  0.0794808045F,  0.0755817741F, 0.0716372207F,
    0.0676495135F, 0.0636210516F, 0.0595542751F,  0.0554516204F,  0.0513155647F, 0.0471486002F,
    0.0429532342F, 0.0387319922F, 0.0344874226F,  0.0302220769F,  0.0259385277F, 0.0216393545F,
    0.0173271466F, 0.0130045004F, 0.00867402088F, 0.00433831709F, 0.0F,
};

/* How coefficients change with the picture: the cosines of odd frequency change sign when it is
 * turned over. */
typedef struct turn {
    bool negate_rows;    /* Upside down. */
    bool negate_columns; /* Left and right exchanged. */
    bool transpose;      /* Then rows and columns exchanged. */
} turn;

static const turn turns[IMGMATCH_ORIENT_COUNT] = {
    [IMGMATCH_ORIENT_NONE] = {false, false, false},
    [IMGMATCH_ORIENT_ROT90] = {false, true, true},
    [IMGMATCH_ORIENT_ROT180] = {true, true, false},
    [IMGMATCH_ORIENT_ROT270] = {true, false, true},
    [IMGMATCH_ORIENT_FLIP_X] = {true, false, false},
    [IMGMATCH_ORIENT_FLIP_Y] = {false, true, false},
    [IMGMATCH_ORIENT_FLIP_PLUS] = {false, false, true},
    [IMGMATCH_ORIENT_FLIP_MINUS] = {true, true, true},
};

/* The pixels, along one axis, that a sample is the weighted sum of. */
typedef struct taps {
    uint32_t first;
    uint32_t count;
    float *weights; /* Room for 2 * window; they sum to window * window. */
} taps;

/* One axis of the picture. */
typedef struct axis {
    uint32_t side;
    uint32_t window; /* Of one box filter. */
} axis;

static axis axis_of(uint32_t side) {
    axis made = {side, side / (2 * GRID) + (side % (2 * GRID) != 0)};
    return made;
}

static uint32_t sample_position(axis along, uint32_t index) {
    return (uint32_t)((2 * (uint64_t)index + 1) * along.side / (2 * GRID));
}

/* The pixels under the box around `at`: of an even window, one more ahead than behind. */
static uint32_t box_first(axis along, uint32_t at) {
    uint32_t behind = along.window - (along.window + 2) / 2;
    return at > behind ? at - behind : 0;
}

static uint32_t box_end(axis along, uint32_t at) {
    uint32_t ahead = (along.window + 2) / 2;
    return along.side - at > ahead ? at + ahead : along.side;
}

static void find_taps(taps *out, axis along, uint32_t index) {
    uint32_t at = sample_position(along, index);
    uint32_t first = box_first(along, at);
    uint32_t end = box_end(along, at);
    out->first = box_first(along, first);
    out->count = box_end(along, end - 1) - out->first;
    memset(out->weights, 0, out->count * sizeof *out->weights);
    float outer = (float)along.window / (float)(end - first);
    for (uint32_t i = first; i < end; i++) {
        uint32_t inner_first = box_first(along, i);
        uint32_t inner_end = box_end(along, i);
        float share = outer * ((float)along.window / (float)(inner_end - inner_first));
        for (uint32_t k = inner_first; k < inner_end; k++) {
            out->weights[k - out->first] += share;
        }
    }
}

IMX_FOR_EACH_PROCESSOR
static void add_rows(float *restrict sums, const uint8_t *const rows[ROWS_AT_ONCE],
                     const float weights[ROWS_AT_ONCE], size_t count) {
    const uint8_t *restrict a = rows[0];
    const uint8_t *restrict b = rows[1];
    const uint8_t *restrict c = rows[2];
    const uint8_t *restrict d = rows[3];
    float wa = weights[0];
    float wb = weights[1];
    float wc = weights[2];
    float wd = weights[3];
    for (size_t i = 0; i < count; i++) {
        sums[i] += wa * (float)a[i] + wb * (float)b[i] + wc * (float)c[i] + wd * (float)d[i];
    }
}

static void sum_rows(float *sums, imx_pixels picture, const taps *rows) {
    size_t count = 3 * (size_t)picture.width;
    memset(sums, 0, count * sizeof *sums);
    for (uint32_t i = 0; i < rows->count; i += ROWS_AT_ONCE) {
        const uint8_t *at[ROWS_AT_ONCE];
        float weights[ROWS_AT_ONCE];
        for (uint32_t k = 0; k < ROWS_AT_ONCE; k++) {
            bool inside = i + k < rows->count;
            uint32_t row = rows->first + (inside ? i + k : i);
            at[k] = picture.rgb + row * picture.stride_bytes;
            weights[k] = inside ? rows->weights[i + k] : 0.0F;
        }
        add_rows(sums, at, weights, count);
    }
}

/* In place: pixel i moves from 3 * i to i. */
static void to_luma(float *sums, uint32_t width) {
    for (size_t i = 0; i < width; i++) {
        sums[i] = 0.299F * sums[3 * i] + 0.587F * sums[3 * i + 1] + 0.114F * sums[3 * i + 2];
    }
}

static float weighted_sum(const float *luma, const taps *columns, double scale) {
    double sum = 0.0;
    for (uint32_t i = 0; i < columns->count; i++) {
        sum += (double)(luma[columns->first + i] * columns->weights[i]);
    }
    return (float)(sum * scale);
}

static imgmatch_status shrink(float grid[GRID][GRID], imx_pixels picture, imgmatch_diag *diag) {
    axis down = axis_of(picture.height);
    axis across = axis_of(picture.width);
    size_t room = 2 * (size_t)across.window;
    float *sums = imx_new_array(picture.width, 3 * sizeof *sums);
    float *row_weights = imx_new_array(2 * (size_t)down.window, sizeof *row_weights);
    float *column_weights = imx_new_array(room, GRID * sizeof *column_weights);
    imgmatch_status status = IMGMATCH_OK;
    if (sums == NULL || row_weights == NULL || column_weights == NULL) {
        status = imx_fail_memory(diag);
        goto done;
    }
    taps columns[GRID];
    for (uint32_t j = 0; j < GRID; j++) {
        columns[j].weights = column_weights + j * room;
        find_taps(&columns[j], across, j);
    }
    double across_total = (double)across.window * across.window;
    double scale = 1.0 / (across_total * down.window * down.window);
    taps rows = {0, 0, row_weights};
    for (uint32_t i = 0; i < GRID; i++) {
        find_taps(&rows, down, i);
        sum_rows(sums, picture, &rows);
        to_luma(sums, picture.width);
        for (uint32_t j = 0; j < GRID; j++) {
            grid[i][j] = weighted_sum(sums, &columns[j], scale);
        }
    }
done:
    free(sums);
    free(row_weights);
    free(column_weights);
    return status;
}

static int step(float u, float v) { return abs((int)((u - v) * 100.0F / 255.0F)); }

static uint8_t quality_of(float grid[GRID][GRID]) {
    int sum = 0;
    for (int i = 0; i < GRID; i++) {
        for (int j = 0; j < GRID; j++) {
            sum += i + 1 < GRID ? step(grid[i][j], grid[i + 1][j]) : 0;
            sum += j + 1 < GRID ? step(grid[i][j], grid[i][j + 1]) : 0;
        }
    }
    int quality = sum / 90;
    return (uint8_t)(quality > 100 ? 100 : quality);
}

/* sqrt(2 / 64) * cos(pi * m / 128) for any m. */
static float wave(unsigned m) {
    m %= 256;
    m = m > 128 ? 256 - m : m;
    return m <= 64 ? quarter_wave[m] : -quarter_wave[128 - m];
}

/* Frequencies 1 to 16 each way. */
static void transform(float out[COEFS][COEFS], float grid[GRID][GRID]) {
    float basis[GRID][COEFS];
    for (unsigned k = 0; k < GRID; k++) {
        for (unsigned i = 0; i < COEFS; i++) {
            basis[k][i] = wave((i + 1) * (2 * k + 1));
        }
    }
    for (int i = 0; i < COEFS; i++) {
        float row[GRID] = {0};
        for (int k = 0; k < GRID; k++) {
            for (int j = 0; j < GRID; j++) {
                row[j] += basis[k][i] * grid[k][j];
            }
        }
        for (int j = 0; j < COEFS; j++) {
            out[i][j] = 0.0F;
        }
        for (int k = 0; k < GRID; k++) {
            for (int j = 0; j < COEFS; j++) {
                out[i][j] += row[k] * basis[k][j];
            }
        }
    }
}

/* The lower of the two middle ones: Hoare's quickselect, on a copy. */
static float median_of(float coefs[COEFS][COEFS]) {
    float values[BITS];
    memcpy(values, coefs, sizeof values);
    const int wanted = BITS / 2 - 1;
    int low = 0;
    int high = BITS - 1;
    while (low < high) {
        float pivot = values[low + (high - low) / 2];
        int i = low;
        int j = high;
        while (i <= j) {
            while (values[i] < pivot) {
                i++;
            }
            while (values[j] > pivot) {
                j--;
            }
            if (i <= j) {
                float swapped = values[i];
                values[i++] = values[j];
                values[j--] = swapped;
            }
        }
        if (wanted <= j) {
            high = j;
        } else if (wanted >= i) {
            low = i;
        } else {
            break;
        }
    }
    return values[wanted];
}

static void hash_turned(imgmatch_pdq *out, float coefs[COEFS][COEFS], turn how) {
    float turned[COEFS][COEFS];
    for (int i = 0; i < COEFS; i++) {
        for (int j = 0; j < COEFS; j++) {
            /* Entry i is frequency i + 1: the even entries are the odd frequencies. */
            bool negate = (how.negate_rows && i % 2 == 0) != (how.negate_columns && j % 2 == 0);
            float value = negate ? -coefs[i][j] : coefs[i][j];
            turned[how.transpose ? j : i][how.transpose ? i : j] = value;
        }
    }
    float median = median_of(turned);
    int near = 0;
    for (int bit = 0; bit < BITS; bit++) {
        float above = turned[bit / COEFS][bit % COEFS] - median;
        /* The hash prints its highest bit first. */
        out->hash[IMGMATCH_PDQ_BYTES - 1 - bit / 8] |= (uint8_t)((above > 0.0F) << (bit % 8));
        near += fabsf(above) < unstable_band;
    }
    out->unstable = (uint8_t)(near > UINT8_MAX ? UINT8_MAX : near);
}

imgmatch_status imx_pdq_compute(imgmatch_pdq out[IMGMATCH_ORIENT_COUNT], imx_pixels picture,
                                imgmatch_diag *diag) {
    memset(out, 0, IMGMATCH_ORIENT_COUNT * sizeof *out);
    if (picture.width < MIN_SIDE || picture.height < MIN_SIDE) {
        return IMGMATCH_OK;
    }
    float grid[GRID][GRID];
    imgmatch_status status = shrink(grid, picture, diag);
    if (status != IMGMATCH_OK) {
        return status;
    }
    float coefs[COEFS][COEFS];
    transform(coefs, grid);
    uint8_t quality = quality_of(grid);
    for (int i = 0; i < IMGMATCH_ORIENT_COUNT; i++) {
        hash_turned(&out[i], coefs, turns[i]);
        out[i].quality = quality;
    }
    return IMGMATCH_OK;
}
