#include "eval/dice.h"

eval_dice eval_dice_new(uint64_t seed, const char *name) {
    uint64_t hash = 0xcbf29ce484222325u; /* FNV-1a */
    for (; *name; name++)
        hash = (hash ^ (unsigned char)*name) * 0x100000001b3u;
    eval_dice dice = {hash ^ (seed * 0x9e3779b97f4a7c15u)};
    (void)eval_dice_next(&dice);
    return dice;
}

uint64_t eval_dice_next(eval_dice *dice) {
    uint64_t mixed = dice->state += 0x9e3779b97f4a7c15u;
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9u;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebu;
    return mixed ^ (mixed >> 31);
}

int eval_dice_below(eval_dice *dice, int limit) {
    return (int)((eval_dice_next(dice) >> 33) % (uint64_t)limit);
}

double eval_dice_between(eval_dice *dice, double low, double high) {
    return low + (high - low) * ((double)(eval_dice_next(dice) >> 11) * 0x1p-53);
}
