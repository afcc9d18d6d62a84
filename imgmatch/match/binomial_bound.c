/*
 * P(at most k successes in n trials of probability p) is the regularised incomplete beta function
 * I(1-p; n-k, k+1) = 1 - I(p; k+1, n-k), so the bound is a quantile of the beta distribution, which
 * has no trouble with k and n that are not whole. The function is computed by its continued
 * fraction (DLMF 8.17.22) with the method of Lentz, the quantile by bisection: a few thousand
 * operations, with no case in which it does not converge.
 */
#include "match/binomial_bound.h"

#include <math.h>

#define MOST_TERMS 20000 /* About the square root of `trials` are needed. */
#define BISECTIONS 80
#define PRECISION 1e-15
#define TINY 1e-300

static double not_zero(double value) { return fabs(value) < TINY ? TINY : value; }

/* d_i of the continued fraction 1 + d_1 / (1 + d_2 / (1 + ... */
static double term(int i, double x, double a, double b) {
    int half = i / 2;
    double m = half;
    if (i % 2 == 0) {
        return m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
    }
    return -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
}

/* I(x; a, b) where the fraction converges fast: x < (a + 1) / (a + b + 2). */
static double lower_part(double x, double a, double b) {
    int sign = 0;
    double scale = lgamma_r(a + b, &sign) - lgamma_r(a, &sign) - lgamma_r(b, &sign);
    double front = exp(scale + a * log(x) + b * log1p(-x)) / a;
    double up = 1, down = 0, fraction = 1, step = 0;
    for (int i = 1; i < MOST_TERMS && fabs(step - 1) > PRECISION; i++) {
        double d = term(i, x, a, b);
        down = 1 / not_zero(1 + d * down);
        up = not_zero(1 + d / up);
        step = up * down;
        fraction *= step;
    }
    return front / fraction;
}

static double incomplete_beta(double x, double a, double b) {
    if (x <= 0 || x >= 1) {
        return x <= 0 ? 0 : 1;
    }
    return x < (a + 1) / (a + b + 2) ? lower_part(x, a, b) : 1 - lower_part(1 - x, b, a);
}

double imx_binomial_bound(double seen, double trials) {
    if (!(trials > 0) || !(seen < trials)) {
        return 1;
    }
    double a = seen + 1;
    double b = trials - seen;
    double low = 0, high = 1;
    for (int i = 0; i < BISECTIONS; i++) {
        double middle = (low + high) / 2;
        if (incomplete_beta(middle, a, b) < IMX_BOUND_CONFIDENCE) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return high;
}
