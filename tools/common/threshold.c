#include "threshold.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

double cli_score_below(double score, int decimals) {
    double scale = pow(10, decimals);
    double parts = round(scale * score);
    return (parts / scale > score ? parts - 1 : parts) / scale;
}

static void print(char out[CLI_THRESHOLD_BYTES], double value) {
    snprintf(out, CLI_THRESHOLD_BYTES, "%.6g", value);
}

/* One of the sixth digit. */
static double step_of(double value) { return pow(10, floor(log10(fabs(value))) - 5); }

void cli_threshold_below(char out[CLI_THRESHOLD_BYTES], double value) {
    print(out, value);
    double printed = strtod(out, NULL);
    if (printed > value)
        print(out, printed - step_of(value));
}

void cli_threshold_above(char out[CLI_THRESHOLD_BYTES], double value) {
    print(out, value);
    double printed = strtod(out, NULL);
    if (printed < value)
        print(out, printed + step_of(value));
}
