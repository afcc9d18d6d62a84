#ifndef IMX_MATCH_MEDIAN_H
#define IMX_MATCH_MEDIAN_H

#include <stddef.h>

/* The upper one of two; 0 of none. Puts the values in order. */
float imx_median(float *values, size_t count);

#endif
