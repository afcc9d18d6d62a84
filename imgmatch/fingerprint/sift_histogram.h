/* The histogram of gradients around a keypoint, before it is normalised. */
#ifndef IMX_FINGERPRINT_SIFT_HISTOGRAM_H
#define IMX_FINGERPRINT_SIFT_HISTOGRAM_H

#include <stdint.h>

/* The gradients of one level of an octave. */
typedef struct imx_gradients {
    const float *values; /* Two for each pixel: strength, and direction 0..2 pi. */
    uint32_t width;
    uint32_t height;
} imx_gradients;

/* A keypoint, in pixels of that level. */
typedef struct imx_sift_frame {
    double x;
    double y;
    double bin_side;
    double angle;
    double window; /* Standard deviation of the weights, in bins: a power of 2. */
} imx_sift_frame;

#define IMX_FALLOFF_STEPS 256

/* exp(-x) for 0 <= x <= 25. */
typedef struct imx_falloff {
    double values[IMX_FALLOFF_STEPS + 1];
} imx_falloff;

void imx_falloff_make(imx_falloff *out);

/* Of 4 x 4 bins of 8 directions, as in a descriptor: direction fastest, then x, then y. */
void imx_sift_histogram(float out[128], const imx_gradients *gradients, const imx_sift_frame *frame,
                        const imx_falloff *falloff);

#endif
