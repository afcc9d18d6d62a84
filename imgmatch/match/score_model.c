#include "match/score_model.h"

#include <math.h>

static const double knots[IMX_SCORE_KNOTS] = {0, 0.3, 0.6, 0.85}; /* As in fit.py. */

static double probability(double log_odds) { return 1 / (1 + exp(-log_odds)); }

double imx_score_curves_probability(const imx_score_curves *model,
                                    const double inputs[IMX_INPUT_COUNT]) {
    double sum = model->bias;
    for (int i = 0; i < IMX_INPUT_COUNT; i++) {
        for (int k = 0; k < IMX_SCORE_KNOTS; k++) {
            sum += model->rise[i][k] * fmax(0, inputs[i] - knots[k]) / (1 - knots[k]);
        }
    }
    return probability(sum);
}

double imx_score_trees_probability(const imx_score_trees *model,
                                   const double inputs[IMX_INPUT_COUNT]) {
    double sum = model->bias;
    for (int i = 0; i < IMX_SCORE_TREES; i++) {
        const imx_score_tree *tree = &model->trees[i];
        int at = 0;
        while (at < IMX_SCORE_SPLITS) {
            at = 2 * at + (inputs[tree->input[at]] > (double)tree->threshold[at] ? 2 : 1);
        }
        sum += (double)tree->leaf[at - IMX_SCORE_SPLITS];
    }
    return probability(sum);
}
