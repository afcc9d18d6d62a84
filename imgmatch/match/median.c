#include "match/median.h"

#include <stdlib.h>

static int by_value(const void *left, const void *right) {
    const float *a = left;
    const float *b = right;
    return *a < *b ? -1 : *a > *b;
}

void imx_sort(float *values, size_t count) { qsort(values, count, sizeof *values, by_value); }

float imx_median(float *values, size_t count) {
    imx_sort(values, count);
    return count > 0 ? values[count / 2] : 0;
}
