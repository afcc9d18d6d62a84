/* IEEE 754 half precision: how embeddings are stored. Round to nearest even. */
#ifndef IMX_BASE_HALF_H
#define IMX_BASE_HALF_H

#include <stddef.h>
#include <stdint.h>

void imx_half_from_float(uint16_t *out, const float *in, size_t count);
void imx_half_to_float(float *out, const uint16_t *in, size_t count);

#endif
