#include "match/transform.h"

#include <math.h>
#include <stdlib.h>

#define HORIZON 1e-4F /* Nearer to it, or beyond, a point counts as this near. */

float imx_transform_depth(const imx_transform *transform, imx_point point) {
    return fmaxf(transform->m[6] * point.x + transform->m[7] * point.y + 1, HORIZON);
}

imx_transform imx_transform_to(const imx_point corners[4]) {
    imx_point a = corners[0];
    imx_point b = corners[1];
    imx_point c = corners[2];
    imx_point d = corners[3];
    /* How far c is from where a parallelogram would have it, in the directions of its two sides. */
    float x = a.x - b.x + c.x - d.x;
    float y = a.y - b.y + c.y - d.y;
    float area = (b.x - c.x) * (d.y - c.y) - (d.x - c.x) * (b.y - c.y);
    float g = (x * (d.y - c.y) - (d.x - c.x) * y) / area;
    float h = ((b.x - c.x) * y - x * (b.y - c.y)) / area;
    return (imx_transform){{b.x - a.x + g * b.x, d.x - a.x + h * d.x, a.x, b.y - a.y + g * b.y,
                            d.y - a.y + h * d.y, a.y, g, h}};
}

imx_transform imx_transform_affine(const imx_transform *transform) {
    if (imx_transform_is_affine(transform)) {
        return *transform;
    }
    imx_point a = imx_transform_apply(transform, (imx_point){0, 0});
    imx_point b = imx_transform_apply(transform, (imx_point){1, 0});
    imx_point c = imx_transform_apply(transform, (imx_point){0, 1});
    imx_point d = imx_transform_apply(transform, (imx_point){1, 1});
    imx_point centre = {(a.x + b.x + c.x + d.x) / 4, (a.y + b.y + c.y + d.y) / 4};
    imx_point across = {(b.x - a.x + d.x - c.x) / 2, (b.y - a.y + d.y - c.y) / 2};
    imx_point down = {(c.x - a.x + d.x - b.x) / 2, (c.y - a.y + d.y - b.y) / 2};
    return (imx_transform){{across.x, down.x, centre.x - (across.x + down.x) / 2, across.y, down.y,
                            centre.y - (across.y + down.y) / 2}};
}

imx_transform imx_transform_tangent(const imx_transform *transform, imx_point at) {
    if (imx_transform_is_affine(transform)) {
        return *transform;
    }
    const float *m = transform->m;
    imx_point to = imx_transform_apply(transform, at);
    float depth = imx_transform_depth(transform, at);
    float a = (m[0] - to.x * m[6]) / depth;
    float b = (m[1] - to.x * m[7]) / depth;
    float c = (m[3] - to.y * m[6]) / depth;
    float d = (m[4] - to.y * m[7]) / depth;
    return (imx_transform){{a, b, to.x - a * at.x - b * at.y, c, d, to.y - c * at.x - d * at.y}};
}

imx_transform imx_transform_compose(const imx_transform *outer, const imx_transform *inner) {
    const float *a = outer->m;
    const float *b = inner->m;
    imx_transform result = {{a[0] * b[0] + a[1] * b[3], a[0] * b[1] + a[1] * b[4],
                             a[0] * b[2] + a[1] * b[5] + a[2], a[3] * b[0] + a[4] * b[3],
                             a[3] * b[1] + a[4] * b[4], a[3] * b[2] + a[4] * b[5] + a[5]}};
    if (imx_transform_is_affine(outer) && imx_transform_is_affine(inner)) {
        return result;
    }
    float *m = result.m;
    m[0] += a[2] * b[6];
    m[1] += a[2] * b[7];
    m[3] += a[5] * b[6];
    m[4] += a[5] * b[7];
    m[6] = a[6] * b[0] + a[7] * b[3] + b[6];
    m[7] = a[6] * b[1] + a[7] * b[4] + b[7];
    float depth = a[6] * b[2] + a[7] * b[5] + 1;
    for (size_t i = 0; i < 8; i++) {
        m[i] /= depth;
    }
    return result;
}

float imx_transform_determinant(const imx_transform *transform) {
    return transform->m[0] * transform->m[4] - transform->m[1] * transform->m[3];
}

bool imx_transform_invert(imx_inverse *out, const imx_transform *transform) {
    double m[8];
    for (size_t i = 0; i < 8; i++) {
        m[i] = (double)transform->m[i];
    }
    const double adjoint[9] = {
        m[4] - m[5] * m[7],        m[2] * m[7] - m[1],        m[1] * m[5] - m[2] * m[4],
        m[5] * m[6] - m[3],        m[0] - m[2] * m[6],        m[2] * m[3] - m[0] * m[5],
        m[3] * m[7] - m[4] * m[6], m[1] * m[6] - m[0] * m[7], m[0] * m[4] - m[1] * m[3]};
    double whole = m[6] * adjoint[2] + m[7] * adjoint[5] + adjoint[8];
    if (!(fabs(whole) > 1e-9)) {
        return false;
    }
    /* By the determinant: then its depth is 1 / w, and positive where w is. */
    for (size_t i = 0; i < 9; i++) {
        out->m[i] = (float)(adjoint[i] / whole);
    }
    return true;
}

imx_point imx_inverse_apply(const imx_inverse *inverse, imx_point point) {
    const float *m = inverse->m;
    float depth = fmaxf(m[6] * point.x + m[7] * point.y + m[8], HORIZON);
    return (imx_point){(m[0] * point.x + m[1] * point.y + m[2]) / depth,
                       (m[3] * point.x + m[4] * point.y + m[5]) / depth};
}

void imx_transform_scales(float *larger, float *smaller, const imx_transform *transform) {
    const float *m = transform->m;
    float sum = hypotf(m[0] + m[4], m[3] - m[1]);
    float difference = hypotf(m[0] - m[4], m[3] + m[1]);
    *larger = (sum + difference) / 2;
    *smaller = fabsf(sum - difference) / 2;
}

void imx_transform_similar(float *scale, float *angle, const imx_transform *transform,
                           imx_point at) {
    const imx_transform tangent = imx_transform_tangent(transform, at);
    const float *m = tangent.m;
    *scale = hypotf(m[0] + m[4], m[3] - m[1]) / 2;
    *angle = atan2f(m[3] - m[1], m[0] + m[4]);
}

/* Keep of a polygon what lies on the inner side of one line (Sutherland and Hodgman 1974):
 * sign * coordinate <= sign * limit. */
static size_t clip(imx_point *out, const imx_point *in, size_t count, bool vertical, float sign,
                   float limit) {
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        imx_point a = in[i];
        imx_point b = in[(i + 1) % count];
        float from = sign * ((vertical ? a.x : a.y) - limit);
        float to = sign * ((vertical ? b.x : b.y) - limit);
        if (from <= 0) {
            out[kept++] = a;
        }
        if ((from < 0 && to > 0) || (from > 0 && to < 0)) {
            float part = from / (from - to);
            out[kept++] = (imx_point){a.x + part * (b.x - a.x), a.y + part * (b.y - a.y)};
        }
    }
    return kept;
}

static float area_of(const imx_point *points, size_t count) {
    double total = 0;
    for (size_t i = 0; i < count; i++) {
        imx_point a = points[i];
        imx_point b = points[(i + 1) % count];
        total += (double)a.x * (double)b.y - (double)b.x * (double)a.y;
    }
    return (float)(fabs(total) / 2);
}

size_t imx_transform_region(imx_point out[IMX_REGION_MAX], const imx_transform *transform) {
    /* Each line adds one corner at most; twice the room, should rounding bend an edge. */
    imx_point *first = out;
    imx_point second[IMX_REGION_MAX];
    const imx_point square[4] = {{0, 0}, {1, 0}, {1, 1}, {0, 1}};
    for (size_t i = 0; i < 4; i++) {
        first[i] = imx_transform_apply(transform, square[i]);
    }
    size_t count = clip(second, first, 4, true, -1, 0);
    count = clip(first, second, count, true, 1, 1);
    count = clip(second, first, count, false, -1, 0);
    return clip(first, second, count, false, 1, 1);
}

void imx_transform_overlap(float *image, float *original, const imx_transform *transform) {
    imx_point region[IMX_REGION_MAX];
    imx_inverse inverse;
    size_t count = imx_transform_region(region, transform);
    *image = area_of(region, count);
    *original = 0;
    if (imx_transform_invert(&inverse, transform)) {
        for (size_t i = 0; i < count; i++) {
            region[i] = imx_inverse_apply(&inverse, region[i]);
        }
        *original = area_of(region, count);
    }
}

static int by_place(const void *left, const void *right) {
    const imx_point *a = left;
    const imx_point *b = right;
    if (a->x != b->x) {
        return a->x < b->x ? -1 : 1;
    }
    return a->y < b->y ? -1 : a->y > b->y;
}

static float turn(imx_point a, imx_point b, imx_point c) {
    return (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x);
}

/* One half of Andrew's monotone chain, in place: the hull's points move to the front. The sum of
 * the two halves' areas under the chain is the hull's. */
static double chain_area(const imx_point *points, size_t count, bool upper) {
    /* Points that are left out are skipped by walking on from the last kept one. */
    double area = 0;
    size_t at = 0;
    while (at + 1 < count) {
        size_t next = at + 1;
        for (size_t i = at + 2; i < count; i++) {
            float side = turn(points[at], points[next], points[i]);
            if (upper ? side >= 0 : side <= 0) {
                next = i;
            }
        }
        area +=
            (double)(points[next].x - points[at].x) * (double)(points[next].y + points[at].y) / 2;
        at = next;
    }
    return area;
}

float imx_hull_area(imx_point *points, size_t count) {
    if (count < 3) {
        return 0;
    }
    qsort(points, count, sizeof *points, by_place);
    return (float)fabs(chain_area(points, count, true) - chain_area(points, count, false));
}
