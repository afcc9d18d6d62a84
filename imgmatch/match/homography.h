/*
 * Fitting a transform with perspective to places that belong together.
 *
 * Gauss-Newton on the distances in the second picture (Hartley and Zisserman 2004, 4.2 and 4.5),
 * with weights that fall with the distance (Geman and McClure 1987), so that a minority of wrong
 * pairs does not pull. It starts at a transform that is roughly right, and draws nothing at random.
 */
#ifndef IMX_MATCH_HOMOGRAPHY_H
#define IMX_MATCH_HOMOGRAPHY_H

#include "match/transform.h"

/* Two places in longest sides of their pictures. */
typedef struct imx_place_pair {
    imx_point from;
    imx_point to;
} imx_place_pair;

/* Improve `transform`; a pair that is off by `bound` has a quarter of the weight. False, and the
 * transform unchanged, when the pairs do not tell one: too few, or all about a line. */
bool imx_homography_fit(imx_transform *transform, const imx_place_pair *pairs, size_t count,
                        float bound);

/* Could a camera have taken the picture, width x height longest sides, like that? No when it folds
 * over or mirrors, or when one corner of it is drawn many times as large as another. */
bool imx_homography_is_plausible(const imx_transform *transform, float width, float height);

#endif
