#include "match/homography.h"

#include "match/normal_equations.h"

#include <math.h>

#define UNKNOWNS 8
#define LEAST_PAIRS 8
#define ITERATIONS 6
#define ENOUGH 1e-6          /* A smaller change of every number ends it. */
#define DAMPING 1e-4         /* Of the perspective's two numbers, for each pair. */
#define LEAST_SPREAD 0.035   /* Standard deviation of the places across their line. */
#define MOST_FORESHORTENED 3 /* Depth of the farthest corner over that of the nearest. */

static imx_point centre_of(const imx_place_pair *pairs, size_t count) {
    imx_point centre = {0, 0};
    for (size_t i = 0; i < count; i++) {
        centre.x += pairs[i].from.x / (float)count;
        centre.y += pairs[i].from.y / (float)count;
    }
    return centre;
}

/* Do the places fill an area? The smaller principal deviation says. */
static bool fill_an_area(const imx_place_pair *pairs, size_t count, imx_point centre) {
    double xx = 0, yy = 0, xy = 0;
    for (size_t i = 0; i < count; i++) {
        double x = (double)(pairs[i].from.x - centre.x);
        double y = (double)(pairs[i].from.y - centre.y);
        xx += x * x / (double)count;
        yy += y * y / (double)count;
        xy += x * y / (double)count;
    }
    double smaller = (xx + yy - hypot(xx - yy, 2 * xy)) / 2;
    return smaller >= LEAST_SPREAD * LEAST_SPREAD;
}

/* One weighted step; the largest change of a number, or negative when there is no answer. */
static double step(imx_transform *transform, const imx_place_pair *pairs, size_t count,
                   imx_point centre, float bound) {
    double normal[UNKNOWNS * UNKNOWNS] = {0};
    double right[UNKNOWNS] = {0};
    float *m = transform->m;
    for (size_t i = 0; i < count; i++) {
        imx_point at = {pairs[i].from.x - centre.x, pairs[i].from.y - centre.y};
        imx_point now = imx_transform_apply(transform, at);
        double x = (double)at.x, y = (double)at.y;
        double u = (double)now.x, v = (double)now.y;
        double depth = (double)m[6] * x + (double)m[7] * y + 1;
        double du = (double)pairs[i].to.x - u, dv = (double)pairs[i].to.y - v;
        double off = (du * du + dv * dv) / ((double)bound * (double)bound);
        double weight = 1 / ((1 + off) * (1 + off));
        const double across[UNKNOWNS] = {x, y, 1, 0, 0, 0, -u * x, -u * y};
        const double down[UNKNOWNS] = {0, 0, 0, x, y, 1, -v * x, -v * y};
        weight /= depth * depth;
        for (size_t j = 0; j < UNKNOWNS; j++) {
            for (size_t k = 0; k <= j; k++) {
                normal[j * UNKNOWNS + k] += weight * (across[j] * across[k] + down[j] * down[k]);
            }
            right[j] += weight * depth * (across[j] * du + down[j] * dv);
        }
    }
    normal[6 * UNKNOWNS + 6] += DAMPING * (double)count;
    normal[7 * UNKNOWNS + 7] += DAMPING * (double)count;
    if (!imx_solve(normal, right, UNKNOWNS)) {
        return -1;
    }
    double largest = 0;
    for (size_t j = 0; j < UNKNOWNS; j++) {
        m[j] += (float)right[j];
        largest = fmax(largest, fabs(right[j]));
    }
    return largest;
}

bool imx_homography_fit(imx_transform *transform, const imx_place_pair *pairs, size_t count,
                        float bound) {
    if (count < LEAST_PAIRS) {
        return false;
    }
    imx_point centre = centre_of(pairs, count);
    if (!fill_an_area(pairs, count, centre)) {
        return false;
    }
    /* About the centre, where the numbers are of one size. */
    const imx_transform there = {{1, 0, centre.x, 0, 1, centre.y}};
    const imx_transform back = {{1, 0, -centre.x, 0, 1, -centre.y}};
    imx_transform now = imx_transform_compose(transform, &there);
    double change = 1;
    for (int i = 0; i < ITERATIONS && change > ENOUGH; i++) {
        change = step(&now, pairs, count, centre, bound);
    }
    now = imx_transform_compose(&now, &back);
    for (size_t i = 0; i < UNKNOWNS; i++) {
        if (change < 0 || !isfinite(now.m[i])) {
            return false;
        }
    }
    *transform = now;
    return true;
}

bool imx_homography_is_plausible(const imx_transform *transform, float width, float height) {
    const imx_point corners[4] = {{0, 0}, {width, 0}, {width, height}, {0, height}};
    imx_point drawn[4];
    float nearest = INFINITY;
    float farthest = 0;
    for (size_t i = 0; i < 4; i++) {
        float depth = transform->m[6] * corners[i].x + transform->m[7] * corners[i].y + 1;
        drawn[i] = imx_transform_apply(transform, corners[i]);
        nearest = fminf(nearest, depth);
        farthest = fmaxf(farthest, depth);
    }
    if (!(nearest > 0 && farthest < MOST_FORESHORTENED * nearest)) {
        return false;
    }
    for (size_t i = 0; i < 4; i++) {
        imx_point a = drawn[i], b = drawn[(i + 1) % 4], c = drawn[(i + 2) % 4];
        if (!((b.x - a.x) * (c.y - b.y) - (b.y - a.y) * (c.x - b.x) > 0)) {
            return false;
        }
    }
    return true;
}
