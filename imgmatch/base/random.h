/* A small seeded generator (SplitMix64, Steele et al. 2014): the same seed, the same numbers on
 * every machine. Not for secrets. */
#ifndef IMX_BASE_RANDOM_H
#define IMX_BASE_RANDOM_H

#include <stdint.h>

typedef struct imx_random {
    uint64_t state;
} imx_random;

uint64_t imx_random_next(imx_random *random);
/* 0 .. bound - 1, bound > 0. */
uint32_t imx_random_below(imx_random *random, uint32_t bound);
/* 0 <= x < 1. */
double imx_random_unit(imx_random *random);

#endif
