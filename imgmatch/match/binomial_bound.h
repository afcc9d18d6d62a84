/* How often something happens at the most, given how often it was seen. */
#ifndef IMX_MATCH_BINOMIAL_BOUND_H
#define IMX_MATCH_BINOMIAL_BOUND_H

/* The confidence of the bound: of twenty such statements one is wrong. */
#define IMX_BOUND_CONFIDENCE 0.95

/*
 * The one-sided upper bound of Clopper and Pearson (1934) on a probability, after `seen` successes
 * in `trials` independent trials: the probability at which so few would be seen in 5% of all cases.
 * Without a success it is about 3 / trials. Neither need be whole: trials that are not independent
 * count as fewer. 1 when trials <= seen or trials <= 0.
 */
double imx_binomial_bound(double seen, double trials);

#endif
