#include "base/half.h"

#include "base/processors.h"

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

/* Works out all three kinds and takes the one that applies: without branches, compilers make
 * vectors of it. */
static inline float float_of(uint16_t half) {
    uint32_t bits = (uint32_t)(half & 0x7fffu) << 13;
    uint32_t exponent = bits & 0x0f800000u;
    uint32_t normal = bits + 0x38000000u;
    uint32_t special = bits + 0x70000000u;   /* Infinity, NaN. */
    uint32_t subnormal = bits + 0x38800000u; /* And zero. */
    float value;
    memcpy(&value, &subnormal, sizeof value);
    value -= 6.103515625e-05f;
    memcpy(&subnormal, &value, sizeof subnormal);
    bits = exponent == 0x0f800000u ? special : normal;
    bits = exponent == 0 ? subnormal : bits;
    bits |= (uint32_t)(half & 0x8000u) << 16;
    memcpy(&value, &bits, sizeof value);
    return value;
}

void imx_half_from_float(uint16_t *out, const float *in, size_t count) {
    for (size_t i = 0; i < count; i++) {
        out[i] = half_of(in[i]);
    }
}

/* Static: the function by which one is chosen would be visible outside of the library. */
IMX_FOR_EACH_PROCESSOR
static void floats_of(float *restrict out, const uint16_t *restrict in, size_t count) {
    for (size_t i = 0; i < count; i++) {
        out[i] = float_of(in[i]);
    }
}

void imx_half_to_float(float *out, const uint16_t *in, size_t count) { floats_of(out, in, count); }
