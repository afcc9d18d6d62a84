/*
 * Sixteen running sums, element i going to sum i mod 16, which are added pairwise at the end. The
 * product of two floats is exact in double precision, so fused or not makes no difference, and the
 * order of additions is written out here: vector instructions change the speed alone.
 */
#include "catalogue/inner_product.h"

#define LANES 16

__attribute__((always_inline)) static inline float inner_product(const float *a, const float *b,
                                                                 size_t dimension) {
    double sums[LANES] = {0};
    size_t i = 0;
    for (; i + LANES <= dimension; i += LANES) {
        for (size_t lane = 0; lane < LANES; lane++) {
            sums[lane] += (double)a[i + lane] * (double)b[i + lane];
        }
    }
    for (size_t lane = 0; i + lane < dimension; lane++) {
        sums[lane] += (double)a[i + lane] * (double)b[i + lane];
    }
    for (size_t half = LANES / 2; half > 0; half /= 2) {
        for (size_t lane = 0; lane < half; lane++) {
            sums[lane] += sums[lane + half];
        }
    }
    return (float)sums[0];
}

__attribute__((always_inline)) static inline void inner_products(float *out, const float *query,
                                                                 const float *vectors, size_t count,
                                                                 size_t dimension) {
    for (size_t i = 0; i < count; i++) {
        out[i] = inner_product(query, vectors + i * dimension, dimension);
    }
}

static void inner_products_plain(float *out, const float *query, const float *vectors, size_t count,
                                 size_t dimension) {
    inner_products(out, query, vectors, count, dimension);
}

#if defined(__x86_64__) && defined(__GNUC__)

__attribute__((target("avx2"))) static void inner_products_avx2(float *out, const float *query,
                                                                const float *vectors, size_t count,
                                                                size_t dimension) {
    inner_products(out, query, vectors, count, dimension);
}

void imx_inner_products(float *out, const float *query, const float *vectors, size_t count,
                        size_t dimension) {
    if (__builtin_cpu_supports("avx2")) {
        inner_products_avx2(out, query, vectors, count, dimension);
    } else {
        inner_products_plain(out, query, vectors, count, dimension);
    }
}

#else

void imx_inner_products(float *out, const float *query, const float *vectors, size_t count,
                        size_t dimension) {
    inner_products_plain(out, query, vectors, count, dimension);
}

#endif

float imx_inner_product(const float *a, const float *b, size_t dimension) {
    float out = 0;
    imx_inner_products(&out, a, b, 1, dimension);
    return out;
}
