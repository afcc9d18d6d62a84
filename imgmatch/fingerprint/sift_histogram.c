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
#include <string.h>

#define BINS 4
#define DIRECTIONS 8
#define PADDED (BINS + 2) /* With the bins outside into which pixels at the edge reach. */
#define TWO_PI 6.283185307179586
#define FALLOFF_END 25.0
#define STRETCH 32

void imx_falloff_make(imx_falloff *out) {
    for (int i = 0; i <= IMX_FALLOFF_STEPS; i++) {
        out->values[i] = exp(-(double)i * (FALLOFF_END / IMX_FALLOFF_STEPS));
    }
}

typedef struct histogram {
    float bins[PADDED][PADDED][DIRECTIONS];
} histogram;

/* A keypoint with what follows from it. */
typedef struct view {
    const imx_sift_frame *frame;
    double sine;
    double cosine;
    double spread; /* Twice the window's variance. */
    const imx_falloff *falloff;
} view;

/* Pixels side by side, each with its place among the bins. */
typedef struct stretch {
    float x[STRETCH]; /* In bins, from the keypoint, along its own axes. */
    float y[STRETCH];
    float direction[STRETCH];
    double distance[STRETCH]; /* Squared, in units of the spread. */
} stretch;

/* The pixels of a row from `first` on. */
IMX_FOR_EACH_PROCESSOR
static void place_pixels(stretch *restrict out, const view *self, const float *restrict gradients,
                         double off_y, int first, int count) {
    const double cosine = self->cosine;
    const double sine = self->sine;
    const double side = self->frame->bin_side;
    const double angle = self->frame->angle;
    const double middle = self->frame->x;
    const double spread = self->spread;
    const double dy = (double)(float)off_y;
    for (int i = 0; i < count; i++) {
        double dx = (double)(float)((double)(first + i) - middle);
        float x = (float)((cosine * dx + sine * dy) / side);
        float y = (float)((-sine * dx + cosine * dy) / side);
        out->x[i] = x;
        out->y[i] = y;
        out->distance[i] = (double)(x * x + y * y) / spread;
    }
    for (int i = 0; i < count; i++) {
        /* Both are 0..2 pi, so one turn is enough. */
        float turned = (float)((double)gradients[2 * i + 1] - angle);
        turned += turned < 0 ? (float)TWO_PI : 0;
        out->direction[i] = (float)((double)(DIRECTIONS * turned) / TWO_PI);
    }
}

static double falloff_at(const imx_falloff *falloff, double x) {
    x *= IMX_FALLOFF_STEPS / FALLOFF_END;
    int below = (int)x;
    double part = x - below;
    double a = falloff->values[below];
    return a + part * (falloff->values[below + 1] - a);
}

static int floor_of(float value) {
    int whole = (int)value;
    return whole - ((float)whole > value);
}

static void add_pixel(histogram *out, const view *self, const stretch *from, int i,
                      float strength) {
    float nx = from->x[i];
    float ny = from->y[i];
    int column = floor_of((float)((double)nx - 0.5));
    int row = floor_of((float)((double)ny - 0.5));
    if (column < -BINS / 2 - 1 || column >= BINS / 2 || row < -BINS / 2 - 1 || row >= BINS / 2) {
        return;
    }
    int direction = (int)from->direction[i];
    float right = (float)((double)nx - (column + 0.5));
    float below = (float)((double)ny - (row + 0.5));
    float further = from->direction[i] - (float)direction;
    float weight = (float)falloff_at(self->falloff, from->distance[i]) * strength;
    const float columns[2] = {weight * fabsf(1 - right), weight * fabsf(0 - right)};
    const float rows[2] = {fabsf(1 - below), fabsf(0 - below)};
    const float directions[2] = {fabsf(1 - further), fabsf(0 - further)};
    size_t first = (size_t)direction & (DIRECTIONS - 1);
    size_t second = (first + 1) & (DIRECTIONS - 1);
    for (int j = 0; j < 2; j++) {
        for (int k = 0; k < 2; k++) {
            float *bins = out->bins[row + BINS / 2 + 1 + j][column + BINS / 2 + 1 + k];
            float share = columns[k] * rows[j];
            bins[first] += share * directions[0];
            bins[second] += share * directions[1];
        }
    }
}

/* Narrow from..to to where |slope * x + start| <= limit, to within a pixel. */
static void narrow(double *from, double *to, double slope, double start, double limit) {
    if (fabs(slope) < 1e-6) {
        return; /* All of the row, or none, which add_pixel finds. */
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
                       .spread = 2.0 * (double)(float)frame->window * (double)(float)frame->window,
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
            place_pixels(&places, &self, pixels, off_y, at_x, count);
            for (int i = 0; i < count; i++) {
                add_pixel(&sums, &self, &places, i, pixels[2 * i]);
            }
        }
    }
    for (int i = 0; i < BINS; i++) {
        memcpy(out + (size_t)i * BINS * DIRECTIONS, sums.bins[i + 1][1],
               BINS * DIRECTIONS * sizeof(float));
    }
}
