#include "match/median.h"

#include <stdlib.h>

static int by_value(const void *left, const void *right) {
    const float *a = left;
    const float *b = right;
    return *a < *b ? -1 : *a > *b;
}

float imx_median(float *values, size_t count) {
    qsort(values, count, sizeof *values, by_value);
    return count > 0 ? values[count / 2] : 0;
}
