/*
 * Random numbers that depend on a seed and a name only (SplitMix64), so that every query of a
 * benchmark can be made on its own, in any order and on any thread.
 */
#ifndef IMGMATCH_TOOLS_EVAL_DICE_H
#define IMGMATCH_TOOLS_EVAL_DICE_H

#include <stdint.h>

typedef struct eval_dice {
    uint64_t state;
} eval_dice;

eval_dice eval_dice_new(uint64_t seed, const char *name);

uint64_t eval_dice_next(eval_dice *dice);

/* 0 <= number < limit; limit is at least 1. */
int eval_dice_below(eval_dice *dice, int limit);

/* low <= number < high. */
double eval_dice_between(eval_dice *dice, double low, double high);

#endif
