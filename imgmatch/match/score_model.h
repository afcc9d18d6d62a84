/*
 * The two forms of the score's models: curves that are added, and trees that are.
 *
 * Curves (an additive logistic model, Hastie and Tibshirani 1986): every input, 0..1, adds to the
 * log-odds by a curve of straight pieces. For questions of few inputs, each of which tells
 * something by itself; their answers are smooth.
 *
 * Trees (gradient boosting, Friedman 2001): each asks three questions of the kind "is this input
 * over that number?", the later two depending on the answers before, and adds one of eight numbers
 * to the log-odds. For what one measurement says only beside another: that parts moved counts when
 * their places are known well, that colours are off counts less when everything else is the same.
 *
 * None of them falls where an input rises, as a better measurement must not lower a score;
 * models/score/fit.py fits them so and writes them.
 */
#ifndef IMX_MATCH_SCORE_MODEL_H
#define IMX_MATCH_SCORE_MODEL_H

#include <stdint.h>

/* What the models are made of, each 0..1; score.c says how. */
typedef enum imx_score_input {
    IMX_INPUT_HASH = 0,
    IMX_INPUT_SIMILARITY,
    IMX_INPUT_INLIERS,
    IMX_INPUT_EXPLAINED,
    IMX_INPUT_CELLS_MEDIAN,
    IMX_INPUT_HASH_AND_AGREE,
    IMX_INPUT_DIRECT,
    IMX_INPUT_EXACT_PLACES,
    IMX_INPUT_UNSTRETCHED,
    IMX_INPUT_SUBJECT_CELLS,
    IMX_INPUT_PARTS_STAY, /* Where pixels were compared and moves are not known, between copies and
                           * look-alikes. */
    IMX_INPUT_MOST_PARTS_STAY,
    IMX_INPUT_COLOUR_KEPT,
    IMX_INPUT_HUE_KEPT,
    IMX_INPUT_BRIGHTNESS_KEPT,
    IMX_INPUT_CORE_COLOUR_KEPT,
    IMX_INPUT_CORE_BRIGHTNESS_KEPT,
    IMX_INPUT_MOST_COLOUR_KEPT,
    IMX_INPUT_TONED_COLOUR_KEPT, /* After the best change of tone for all of the picture. */
    IMX_INPUT_TEXTURED, /* How much there was to compare: plain cloth agrees with any other; */
    IMX_INPUT_COVERAGE, /* and how much of the reference is in the query. */
    IMX_INPUT_COUNT
} imx_score_input;

/* A curve rises by `rise[k]` between knot k and 1. */
#define IMX_SCORE_KNOTS 4

typedef struct imx_score_curves {
    double bias; /* Log-odds when all inputs are 0. */
    double rise[IMX_INPUT_COUNT][IMX_SCORE_KNOTS];
} imx_score_curves;

#define IMX_SCORE_LEAVES 8
#define IMX_SCORE_SPLITS (IMX_SCORE_LEAVES - 1)

/* Split k is followed by split 2k+1 when its input is at most its threshold, else by 2k+2; from
 * IMX_SCORE_SPLITS on these are the leaves. Without padding, as it is summed up for its identity.
 */
typedef struct imx_score_tree {
    uint32_t input[IMX_SCORE_SPLITS];
    float threshold[IMX_SCORE_SPLITS];
    float leaf[IMX_SCORE_LEAVES];
} imx_score_tree;

#define IMX_SCORE_TREES 150

typedef struct imx_score_trees {
    double bias; /* Log-odds before all trees. */
    imx_score_tree trees[IMX_SCORE_TREES];
} imx_score_trees;

_Static_assert(sizeof(imx_score_tree) == 4 * (2 * IMX_SCORE_SPLITS + IMX_SCORE_LEAVES) &&
                   sizeof(imx_score_trees) ==
                       sizeof(double) + IMX_SCORE_TREES * sizeof(imx_score_tree),
               "padding is no part of an identity");

/* The probability that a model gives. */
double imx_score_curves_probability(const imx_score_curves *model,
                                    const double inputs[IMX_INPUT_COUNT]);
double imx_score_trees_probability(const imx_score_trees *model,
                                   const double inputs[IMX_INPUT_COUNT]);

#endif
