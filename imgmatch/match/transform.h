/*
 * Transforms of the plane that keep lines straight:
 * x' = (m0 x + m1 y + m2) / w, y' = (m3 x + m4 y + m5) / w, w = m6 x + m7 y + 1.
 * With m6 = m7 = 0 they are affine. The others have a horizon, where w = 0; what lies on it or
 * beyond comes out far away.
 */
#ifndef IMX_MATCH_TRANSFORM_H
#define IMX_MATCH_TRANSFORM_H

#include <stdbool.h>
#include <stddef.h>

typedef struct imx_transform {
    float m[8];
} imx_transform;

/* The way back, with all nine numbers of its matrix: w = m6 x + m7 y + m8. The last one cannot be
 * made 1 as above, being 0 or negative when what lands on (0, 0) is not before the horizon. */
typedef struct imx_inverse {
    float m[9];
} imx_inverse;

typedef struct imx_point {
    float x;
    float y;
} imx_point;

static inline bool imx_transform_is_affine(const imx_transform *transform) {
    return transform->m[6] == 0 && transform->m[7] == 0;
}

/* w at a point, and a little over 0 on the horizon and beyond. */
float imx_transform_depth(const imx_transform *transform, imx_point point);

/* Here, as it is done for every pixel. */
static inline imx_point imx_transform_apply(const imx_transform *transform, imx_point point) {
    const float *m = transform->m;
    imx_point result = {m[0] * point.x + m[1] * point.y + m[2],
                        m[3] * point.x + m[4] * point.y + m[5]};
    if (!imx_transform_is_affine(transform)) {
        float depth = imx_transform_depth(transform, point);
        result.x /= depth;
        result.y /= depth;
    }
    return result;
}

/* The transform that takes the unit square's corners, (0, 0) first and clockwise, to `corners`,
 * which have to be those of a convex quadrilateral (Heckbert 1989, 2.2.3). */
imx_transform imx_transform_to(const imx_point corners[4]);

/* The affine transform that is nearest to it at the unit square's corners; itself if affine. */
imx_transform imx_transform_affine(const imx_transform *transform);

/* The affine transform that touches it at a point; itself if affine. */
imx_transform imx_transform_tangent(const imx_transform *transform, imx_point at);

/* First `inner`, then `outer`, whose horizon must not go through the image of (0, 0). */
imx_transform imx_transform_compose(const imx_transform *outer, const imx_transform *inner);

/* Area's scale of an affine transform; negative when it mirrors. */
float imx_transform_determinant(const imx_transform *transform);

/* False when it cannot be inverted. */
bool imx_transform_invert(imx_inverse *out, const imx_transform *transform);

/* Where a point comes from, if it was before the horizon; others come out far away. */
imx_point imx_inverse_apply(const imx_inverse *inverse, imx_point point);

/* Larger and smaller principal scale (singular values) of an affine transform. */
void imx_transform_scales(float *larger, float *smaller, const imx_transform *transform);

/* Scale and rotation of the similarity that is nearest to a transform around a place. */
void imx_transform_similar(float *scale, float *angle, const imx_transform *transform,
                           imx_point at);

#define IMX_REGION_MAX 16

/* Corners of the part of the unit square's image that lies inside the unit square, in order;
 * returns their number, 0 when there is no such part. */
size_t imx_transform_region(imx_point out[IMX_REGION_MAX], const imx_transform *transform);

/* Area of the unit square's image that lies inside the unit square, and of that part's original
 * (0 when the transform cannot be inverted). */
void imx_transform_overlap(float *image, float *original, const imx_transform *transform);

/* Area of the convex hull; the points are put in order. */
float imx_hull_area(imx_point *points, size_t count);

#endif
