#include "base/half.h"

#include <string.h>

/* The branch-free conversions of Fabian Giesen ("float->half variants", public domain), in the
 * round-to-nearest-even form; plain integer code, so every machine gives the same bits. */
static uint16_t half_of(float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    uint32_t sign = bits & 0x80000000u;
    bits ^= sign;
    uint32_t half;
    if (bits >= 0x47800000u) { /* 65536 and more, infinity, NaN */
        half = bits > 0x7f800000u ? 0x7e00u : 0x7c00u;
    } else if (bits < 0x38800000u) { /* Below the smallest normal half: let the FPU round. */
        float magnitude;
        memcpy(&magnitude, &bits, sizeof magnitude);
        magnitude += 0.5f;
        memcpy(&bits, &magnitude, sizeof bits);
        half = bits - 0x3f000000u;
    } else {
        uint32_t odd = (bits >> 13) & 1u;
        half = (bits + 0xc8000fffu + odd) >> 13;
    }
    return (uint16_t)(half | (sign >> 16));
}

static float float_of(uint16_t half) {
    uint32_t bits = (uint32_t)(half & 0x7fffu) << 13;
    uint32_t exponent = bits & 0x0f800000u;
    float value;
    bits += 0x38000000u;
    if (exponent == 0x0f800000u) { /* infinity, NaN */
        bits += 0x38000000u;
    } else if (exponent == 0) { /* zero, subnormal */
        bits += 0x00800000u;
        memcpy(&value, &bits, sizeof value);
        value -= 6.103515625e-05f;
        memcpy(&bits, &value, sizeof bits);
    }
    bits |= (uint32_t)(half & 0x8000u) << 16;
    memcpy(&value, &bits, sizeof value);
    return value;
}

void imx_half_from_float(uint16_t *out, const float *in, size_t count) {
    for (size_t i = 0; i < count; i++) {
        out[i] = half_of(in[i]);
    }
}

void imx_half_to_float(float *out, const uint16_t *in, size_t count) {
    for (size_t i = 0; i < count; i++) {
        out[i] = float_of(in[i]);
    }
}
