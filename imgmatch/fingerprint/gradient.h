/* The gradients of a blurred picture, as polar coordinates. */
#ifndef IMX_FINGERPRINT_GRADIENT_H
#define IMX_FINGERPRINT_GRADIENT_H

#include <stdint.h>

/* Two numbers for each pixel: strength, and direction 0..2 pi. At least 2 x 2 pixels. */
void imx_gradient_make(float *out, const float *in, uint32_t width, uint32_t height);

#endif
