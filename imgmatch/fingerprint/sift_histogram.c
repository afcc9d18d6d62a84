/*
 * Each pixel's gradient is spread over the two nearest bins in x, in y and in direction, weighted
 * by its strength and by a Gaussian (Lowe 2004). The arithmetic is that of VLFeat, single and
 * double precision where it has them, so that the numbers are the same to the last bit (test_sift).
 * What is saved: VLFeat looks at the square around the turned square of bins, twice as many pixels
 * as lie in it, and asks of each of a pixel's eight bins whether there is one.
 */
#include "fingerprint/sift_histogram.h"

#include "base/processors.h"

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#define BINS 4
#define DIRECTIONS 8
#define PADDED (BINS + 2) /* With the bins outside into which pixels at the edge reach. */
#define TWO_PI 6.283185307179586
#define FALLOFF_END 25.0
#define STRETCH 32
#define NO_BINS (-1)

void imx_falloff_make(imx_falloff *out) {
    for (int i = 0; i <= IMX_FALLOFF_STEPS; i++) {
        out->values[i] = exp(-(double)i * (FALLOFF_END / IMX_FALLOFF_STEPS));
    }
}

/* All directions of a place, which the compiler keeps in one register where there are such. */
typedef float directions __attribute__((vector_size(DIRECTIONS * sizeof(float))));
typedef int32_t direction_bits __attribute__((vector_size(DIRECTIONS * sizeof(int32_t))));

typedef struct histogram {
    directions bins[PADDED * PADDED];
} histogram;

/* A keypoint with what follows from it. */
typedef struct view {
    const imx_sift_frame *frame;
    double sine;
    double cosine;
    double per_spread; /* 1 / twice the window's variance. */
    const imx_falloff *falloff;
} view;

/* Pixels side by side, each with its place among the bins. */
typedef struct stretch {
    float x[STRETCH]; /* In bins, from the keypoint, along its own axes. */
    float y[STRETCH];
    float direction[STRETCH];
    double distance[STRETCH]; /* Squared, in units of the spread. */
} stretch;

/* What the pixels of a stretch add to the bins: shares of the upper left, upper right, lower left
 * and lower right one, and of those the shares of two directions. */
typedef struct shares {
    int32_t bin[STRETCH]; /* The upper left one; NO_BINS: it adds nothing. */
    int32_t first[STRETCH];
    float bins[4][STRETCH];
    float directions[2][STRETCH];
} shares;

/* The pixels of a row from `first` on. */
IMX_FOR_EACH_PROCESSOR
static void place_pixels(stretch *restrict out, const view *self, const float *restrict gradients,
                         double off_y, int first, int count) {
    const double cosine = self->cosine;
    const double sine = self->sine;
    const double side = self->frame->bin_side;
    const double angle = self->frame->angle;
    const double middle = self->frame->x;
    const double per_spread = self->per_spread;
    const double dy = (double)(float)off_y;
    for (int i = 0; i < count; i++) {
        double dx = (double)(float)((double)(first + i) - middle);
        float x = (float)((cosine * dx + sine * dy) / side);
        float y = (float)((-sine * dx + cosine * dy) / side);
        out->x[i] = x;
        out->y[i] = y;
        out->distance[i] = (double)(x * x + y * y) * per_spread;
    }
    for (int i = 0; i < count; i++) {
        /* Both are 0..2 pi, so one turn is enough. */
        float turned = (float)((double)gradients[2 * i + 1] - angle);
        turned += turned < 0 ? (float)TWO_PI : 0;
        out->direction[i] = (float)((double)(DIRECTIONS * turned) / TWO_PI);
    }
}

/* Half a bin less is the same in single precision as in VLFeat's double: it is rounded once. */
static inline int32_t floor_of(float value) {
    int32_t whole = (int32_t)value;
    return whole - ((float)whole > value);
}

IMX_FOR_EACH_PROCESSOR
static void share_pixels(shares *restrict out, const stretch *restrict from, const view *self,
                         const float *restrict gradients, int count) {
    const double *falloff = self->falloff->values;
    float weights[STRETCH];
    for (int i = 0; i < count; i++) {
        double at = from->distance[i] * (IMX_FALLOFF_STEPS / FALLOFF_END);
        int below = (int)at;
        double part = at - below;
        below = below < IMX_FALLOFF_STEPS ? below : IMX_FALLOFF_STEPS - 1;
        double a = falloff[below];
        weights[i] = (float)(a + part * (falloff[below + 1] - a)) * gradients[2 * i];
    }
    for (int i = 0; i < count; i++) {
        int32_t column = floor_of(from->x[i] - 0.5F);
        int32_t row = floor_of(from->y[i] - 0.5F);
        bool among =
            column >= -BINS / 2 - 1 && column < BINS / 2 && row >= -BINS / 2 - 1 && row < BINS / 2;
        int32_t bin = (row + BINS / 2 + 1) * PADDED + column + BINS / 2 + 1;
        out->bin[i] = among ? bin : NO_BINS;
        float right = from->x[i] - ((float)column + 0.5F);
        float below = from->y[i] - ((float)row + 0.5F);
        float left_share = weights[i] * fabsf(1 - right);
        float right_share = weights[i] * fabsf(0 - right);
        float upper_share = fabsf(1 - below);
        float lower_share = fabsf(0 - below);
        out->bins[0][i] = left_share * upper_share;
        out->bins[1][i] = right_share * upper_share;
        out->bins[2][i] = left_share * lower_share;
        out->bins[3][i] = right_share * lower_share;
    }
    for (int i = 0; i < count; i++) {
        int32_t direction = (int32_t)from->direction[i];
        float further = from->direction[i] - (float)direction;
        out->first[i] = direction & (DIRECTIONS - 1);
        out->directions[0][i] = fabsf(1 - further);
        out->directions[1][i] = fabsf(0 - further);
    }
}

/* Zeros are added to the other directions, which changes none; pixels side by side mostly have the
 * same bins, whose sums are kept at hand. */
IMX_FOR_EACH_PROCESSOR
static void add_pixels(histogram *sums, const shares *from, int count) {
    static const direction_bits only[DIRECTIONS] = {
        {-1, 0, 0, 0, 0, 0, 0, 0}, {0, -1, 0, 0, 0, 0, 0, 0}, {0, 0, -1, 0, 0, 0, 0, 0},
        {0, 0, 0, -1, 0, 0, 0, 0}, {0, 0, 0, 0, -1, 0, 0, 0}, {0, 0, 0, 0, 0, -1, 0, 0},
        {0, 0, 0, 0, 0, 0, -1, 0}, {0, 0, 0, 0, 0, 0, 0, -1}};
    for (int i = 0; i < count;) {
        int32_t bin = from->bin[i];
        if (bin == NO_BINS) {
            i++;
            continue;
        }
        directions *at = &sums->bins[bin];
        directions a = at[0], b = at[1], c = at[PADDED], d = at[PADDED + 1];
        do {
            size_t first = (size_t)from->first[i];
            const directions one = from->directions[0][i] - (directions){0};
            const directions two = from->directions[1][i] - (directions){0};
            const directions both =
                (directions)(((direction_bits)one & only[first]) |
                             ((direction_bits)two & only[(first + 1) & (DIRECTIONS - 1)]));
            a += from->bins[0][i] * both;
            b += from->bins[1][i] * both;
            c += from->bins[2][i] * both;
            d += from->bins[3][i] * both;
            i++;
        } while (i < count && from->bin[i] == bin);
        at[0] = a;
        at[1] = b;
        at[PADDED] = c;
        at[PADDED + 1] = d;
    }
}

/* Narrow from..to to where |slope * x + start| <= limit, to within a pixel. */
static void narrow(double *from, double *to, double slope, double start, double limit) {
    if (fabs(slope) < 1e-6) {
        return; /* All of the row, or none, which share_pixels finds. */
    }
    double a = (-limit - start) / slope;
    double b = (limit - start) / slope;
    *from = fmax(*from, fmin(a, b) - 1);
    *to = fmin(*to, fmax(a, b) + 1);
}

void imx_sift_histogram(float out[128], const imx_gradients *gradients, const imx_sift_frame *frame,
                        const imx_falloff *falloff) {
    histogram sums;
    memset(&sums, 0, sizeof sums);
    const view self = {.frame = frame,
                       .sine = sin(frame->angle),
                       .cosine = cos(frame->angle),
                       /* A power of 2, like VLFeat's window: products with it are quotients. */
                       .per_spread =
                           1 / (2.0 * (double)(float)frame->window * (double)(float)frame->window),
                       .falloff = falloff};
    int width = (int)gradients->width;
    int height = (int)gradients->height;
    int x = (int)(frame->x + 0.5);
    int y = (int)(frame->y + 0.5);
    int reach = (int)floor(sqrt(2.0) * frame->bin_side * (BINS + 1) / 2.0 + 0.5);
    double limit = frame->bin_side * (BINS + 1) / 2.0;
    int top = y - reach > 1 ? y - reach : 1;
    int bottom = y + reach < height - 2 ? y + reach : height - 2;
    for (int at_y = top; at_y <= bottom; at_y++) {
        double off_y = at_y - frame->y;
        double from = -reach - 1;
        double to = reach + 1;
        narrow(&from, &to, self.cosine, self.sine * off_y, limit);
        narrow(&from, &to, -self.sine, self.cosine * off_y, limit);
        if (!(from <= to)) {
            continue;
        }
        int left = x + (int)floor(from);
        int right = x + (int)ceil(to);
        left = left > x - reach ? left : x - reach;
        right = right < x + reach ? right : x + reach;
        left = left > 1 ? left : 1;
        right = right < width - 2 ? right : width - 2;
        const float *row = gradients->values + 2 * (size_t)at_y * gradients->width;
        for (int at_x = left; at_x <= right; at_x += STRETCH) {
            int count = right - at_x + 1 < STRETCH ? right - at_x + 1 : STRETCH;
            const float *pixels = row + 2 * (size_t)at_x;
            stretch places;
            shares added;
            place_pixels(&places, &self, pixels, off_y, at_x, count);
            share_pixels(&added, &places, &self, pixels, count);
            add_pixels(&sums, &added, count);
        }
    }
    for (int i = 0; i < BINS; i++) {
        memcpy(out + (size_t)i * BINS * DIRECTIONS, &sums.bins[(i + 1) * PADDED + 1],
               BINS * DIRECTIONS * sizeof(float));
    }
}
