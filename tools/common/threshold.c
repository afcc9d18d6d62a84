#include "threshold.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* More than what six digits may be off by, of the value. */
#define SIX_DIGITS 5e-6

double cli_score_below(double score) {
    double millionths = round(1e6 * score);
    return (millionths / 1e6 > score ? millionths - 1 : millionths) / 1e6;
}

static void print(char out[CLI_THRESHOLD_BYTES], double value) {
    snprintf(out, CLI_THRESHOLD_BYTES, "%.6g", value);
}

void cli_threshold_below(char out[CLI_THRESHOLD_BYTES], double value) {
    print(out, value);
    if (strtod(out, NULL) > value)
        print(out, value - SIX_DIGITS * fabs(value));
}

void cli_threshold_above(char out[CLI_THRESHOLD_BYTES], double value) {
    print(out, value);
    if (strtod(out, NULL) < value)
        print(out, value + SIX_DIGITS * fabs(value));
}
