/* Blurring grey pictures by Gaussians, for SIFT's scale space. */
#ifndef IMX_FINGERPRINT_GAUSSIAN_H
#define IMX_FINGERPRINT_GAUSSIAN_H

#include <stdint.h>

#define IMX_GAUSSIAN_MAX_REACH 32u

typedef struct imx_gaussian {
    uint32_t reach; /* Pixels to either side of the middle. */
    float weights[2 * IMX_GAUSSIAN_MAX_REACH + 1];
} imx_gaussian;

/* Four standard deviations to either side; `sigma` in pixels, over 0 and up to a quarter of
 * IMX_GAUSSIAN_MAX_REACH. */
void imx_gaussian_make(imx_gaussian *out, double sigma);

/* Blur width x height levels; outside, a picture goes on as at its edge. `out` and `in` are not the
 * same. `row` is room for width + 2 * IMX_GAUSSIAN_MAX_REACH numbers. */
void imx_gaussian_blur(float *out, float *row, const imx_gaussian *gaussian, const float *in,
                       uint32_t width, uint32_t height);

#endif
