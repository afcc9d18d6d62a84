#include "match/transform.h"

#include <math.h>
#include <stdlib.h>

imx_point imx_transform_apply(const imx_transform *transform, imx_point point) {
    const float *m = transform->m;
    imx_point result = {m[0] * point.x + m[1] * point.y + m[2],
                        m[3] * point.x + m[4] * point.y + m[5]};
    return result;
}

imx_transform imx_transform_compose(const imx_transform *outer, const imx_transform *inner) {
    const float *a = outer->m;
    const float *b = inner->m;
    imx_transform result = {{a[0] * b[0] + a[1] * b[3], a[0] * b[1] + a[1] * b[4],
                             a[0] * b[2] + a[1] * b[5] + a[2], a[3] * b[0] + a[4] * b[3],
                             a[3] * b[1] + a[4] * b[4], a[3] * b[2] + a[4] * b[5] + a[5]}};
    return result;
}

float imx_transform_determinant(const imx_transform *transform) {
    return transform->m[0] * transform->m[4] - transform->m[1] * transform->m[3];
}

bool imx_transform_invert(imx_transform *out, const imx_transform *transform) {
    const float *m = transform->m;
    float determinant = imx_transform_determinant(transform);
    if (!(fabsf(determinant) > 1e-9F)) {
        return false;
    }
    float a = m[4] / determinant;
    float b = -m[1] / determinant;
    float c = -m[3] / determinant;
    float d = m[0] / determinant;
    *out = (imx_transform){{a, b, -(a * m[2] + b * m[5]), c, d, -(c * m[2] + d * m[5])}};
    return true;
}

void imx_transform_scales(float *larger, float *smaller, const imx_transform *transform) {
    const float *m = transform->m;
    float sum = hypotf(m[0] + m[4], m[3] - m[1]);
    float difference = hypotf(m[0] - m[4], m[3] + m[1]);
    *larger = (sum + difference) / 2;
    *smaller = fabsf(sum - difference) / 2;
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

float imx_transform_overlap(const imx_transform *transform) {
    imx_point region[IMX_REGION_MAX];
    size_t count = imx_transform_region(region, transform);
    return area_of(region, count);
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

bool imx_solve(double *a, double *b, size_t size) {
    for (size_t i = 0; i < size; i++) {
        for (size_t j = 0; j <= i; j++) {
            double total = a[i * size + j];
            for (size_t k = 0; k < j; k++) {
                total -= a[i * size + k] * a[j * size + k];
            }
            if (i != j) {
                a[i * size + j] = total / a[j * size + j];
            } else if (!(total > 1e-12)) {
                return false;
            } else {
                a[i * size + i] = sqrt(total);
            }
        }
    }
    for (size_t i = 0; i < size; i++) {
        for (size_t k = 0; k < i; k++) {
            b[i] -= a[i * size + k] * b[k];
        }
        b[i] /= a[i * size + i];
    }
    for (size_t i = size; i-- > 0;) {
        for (size_t k = i + 1; k < size; k++) {
            b[i] -= a[k * size + i] * b[k];
        }
        b[i] /= a[i * size + i];
    }
    return true;
}
