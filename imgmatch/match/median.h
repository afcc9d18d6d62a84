#ifndef IMX_MATCH_MEDIAN_H
#define IMX_MATCH_MEDIAN_H

#include <stddef.h>

void imx_sort(float *values, size_t count);

/* The upper one of two; 0 of none. Sorts the values. */
float imx_median(float *values, size_t count);

#endif
