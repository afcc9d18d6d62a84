/*
 * Figures on ranked pairs of a query and a reference. Equal scores are counted in the worst order:
 * wrong pairs stand before right ones, and a threshold takes all or none of them.
 */
#ifndef IMGMATCH_TOOLS_EVAL_METRICS_H
#define IMGMATCH_TOOLS_EVAL_METRICS_H

#include <stdbool.h>
#include <stddef.h>

typedef struct eval_pair {
    double score;
    bool right;
} eval_pair;

/* A threshold and what it gives: pairs with that score or a higher one are taken. */
typedef struct eval_point {
    double score;
    double precision;
    double recall;
    bool reached; /* False: no threshold has the precision; the recall is 0. */
} eval_point;

/* Highest scores first; wrong before right among equal scores. */
void eval_sort_pairs(eval_pair *pairs, size_t count);

/* The functions below take sorted pairs; `positives` is how many right pairs there are at all. */

/* Micro average precision: the mean, over all positives, of the precision at their ranks; 0 for
 * those that are not among the pairs. 0 when there are no positives. */
double eval_micro_ap(const eval_pair *pairs, size_t count, size_t positives);

/* The threshold with the highest recall among those with at least that precision. */
eval_point eval_recall_at(const eval_pair *pairs, size_t count, size_t positives, double precision);

/* One point for each different score; gives back how many. `points` has room for `count`. */
size_t eval_curve(eval_point *points, const eval_pair *pairs, size_t count, size_t positives);

/* The value that `share` (0..1) of the values do not exceed (nearest rank); sorts them. NaN when
 * there are none. */
double eval_percentile(double *values, size_t count, double share);

#endif
