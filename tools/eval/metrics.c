#include "eval/metrics.h"

#include <math.h>
#include <stdlib.h>

static int compare_pairs(const void *a, const void *b) {
    const eval_pair *left = a, *right = b;
    if (left->score != right->score)
        return left->score > right->score ? -1 : 1;
    return (int)left->right - (int)right->right;
}

void eval_sort_pairs(eval_pair *pairs, size_t count) {
    if (count > 1)
        qsort(pairs, count, sizeof *pairs, compare_pairs);
}

double eval_micro_ap(const eval_pair *pairs, size_t count, size_t positives) {
    double sum = 0;
    size_t right = 0;
    for (size_t i = 0; i < count; i++) {
        if (pairs[i].right)
            sum += (double)++right / (double)(i + 1);
    }
    return positives > 0 ? sum / (double)positives : 0;
}

size_t eval_curve(eval_point *points, const eval_pair *pairs, size_t count, size_t positives) {
    size_t made = 0, right = 0;
    for (size_t i = 0; i < count; i++) {
        right += pairs[i].right;
        if (i + 1 < count && pairs[i + 1].score == pairs[i].score)
            continue;
        points[made++] = (eval_point){.score = pairs[i].score,
                                      .precision = (double)right / (double)(i + 1),
                                      .recall = positives ? (double)right / (double)positives : 0,
                                      .reached = true};
    }
    return made;
}

eval_point eval_recall_at(const eval_pair *pairs, size_t count, size_t positives,
                          double precision) {
    eval_point best = {NAN, precision, 0, false};
    size_t right = 0;
    for (size_t i = 0; i < count; i++) {
        right += pairs[i].right;
        if ((i + 1 < count && pairs[i + 1].score == pairs[i].score) || right == 0 || positives == 0)
            continue;
        double here = (double)right / (double)(i + 1), recall = (double)right / (double)positives;
        if (here >= precision && recall > best.recall)
            best = (eval_point){pairs[i].score, here, recall, true};
    }
    return best;
}

static int compare_values(const void *a, const void *b) {
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

double eval_percentile(double *values, size_t count, double share) {
    if (count == 0)
        return NAN;
    qsort(values, count, sizeof *values, compare_values);
    double rank = ceil(share * (double)count);
    return values[rank < 1 ? 0 : (size_t)rank - 1];
}
