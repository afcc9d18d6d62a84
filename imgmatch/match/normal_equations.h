/* Weighted least squares with few unknowns, by the normal equations. */
#ifndef IMX_MATCH_NORMAL_EQUATIONS_H
#define IMX_MATCH_NORMAL_EQUATIONS_H

#include <stdbool.h>
#include <stddef.h>

#define IMX_UNKNOWNS_MAX 9

typedef struct imx_normal_equations {
    size_t unknowns;
    double matrix[IMX_UNKNOWNS_MAX * IMX_UNKNOWNS_MAX]; /* Rows of `unknowns`; its lower half. */
    double right[IMX_UNKNOWNS_MAX];
} imx_normal_equations;

/* One equation: row * unknowns = value. */
void imx_normal_equations_add(imx_normal_equations *self, const double *row, double value,
                              double weight);

/* `ridge` is added to the diagonal, so that what the rows do not tell comes out near 0.
 * False, and zeros, when that is not enough. Uses the equations up. */
bool imx_normal_equations_solve(double *out, imx_normal_equations *self, double ridge);

/* Solve a symmetric positive definite system of `size` in place by Cholesky; false when it is
 * not, or nearly not. Of `a`, size * size numbers, the lower half is read; `b` holds the right side
 * and then the answer. */
bool imx_solve(double *a, double *b, size_t size);

#endif
