#include "base/random.h"

uint64_t imx_random_next(imx_random *random) {
    uint64_t z = (random->state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

uint32_t imx_random_below(imx_random *random, uint32_t bound) {
    /* The high word of a product; its bias (bound / 2^32) does not matter here. */
    return (uint32_t)(((imx_random_next(random) >> 32) * bound) >> 32);
}

double imx_random_unit(imx_random *random) {
    return (double)(imx_random_next(random) >> 11) * 0x1.0p-53;
}
