/* The inner product that scores are made of: in double precision, with one fixed order of adding,
 * so that all processors, compilers and thread counts give the same bits. */
#ifndef IMX_CATALOGUE_INNER_PRODUCT_H
#define IMX_CATALOGUE_INNER_PRODUCT_H

#include <stddef.h>

float imx_inner_product(const float *a, const float *b, size_t dimension);

/* The same for `count` vectors that lie one behind the other. */
void imx_inner_products(float *out, const float *query, const float *vectors, size_t count,
                        size_t dimension);

#endif
