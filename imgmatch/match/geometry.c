/*
 * From tentative matches to one transform.
 *
 * 1. Every match is a hypothesis: two places, sizes and directions give a similarity. Its support
 *    is the number of matches with about the same place, size and direction under it, each
 *    weighted by how telling its descriptor is. All hypotheses are tried (at most 140 squared
 *    comparisons), so there is no sampling and no luck (after Lowe 2004; Philbin et al. 2007).
 * 2. The best few are refined: least squares on what agrees, more features gathered near where the
 *    transform puts them (also those that looked ambiguous on their own, as on patterns), again
 *    with an affine transform as soon as enough features carry it.
 * 3. A homography is fitted to the best one's inliers, and to more that are gathered under it. It
 *    is kept if it explains clearly more.
 * 4. The one with most inliers wins, of the reference as it is and of the mirrored reference.
 *
 * All in units of the longest sides; the mirrored case is solved for the mirrored reference and put
 * together with the mirror at the end, so that transforms in here never mirror.
 */
#include "match/geometry.h"

#include "match/correspondence.h"
#include "match/homography.h"
#include "match/normal_equations.h"
#include "match/scene.h"

#include <math.h>
#include <string.h>

#define PI 3.14159265358979F
#define STARTS 4          /* Hypotheses refined. */
#define PLENTY 24         /* Inliers after which no other hypothesis is tried. */
#define ROUNDS 4          /* Of a refinement. */
#define MIN_SCALE 0.08F   /* Longest side of the reference in longest sides of the query, */
#define MAX_SCALE 12.0F   /* and the most. */
#define MAX_STRETCH 2.0F  /* Ratio of the principal scales. */
#define MIN_AFFINE 8      /* Inliers that carry an affine transform. */
#define MIN_HOMOGRAPHY 12 /* Inliers that carry one with perspective. */
#define MORE_INLIERS 3    /* What it has to explain more, besides an eighth; */
#define LEAST_GAIN 10.0F  /* or by how much less it has to leave: F of its two unknowns. */
#define START_ANGLE 0.5F  /* Radians by which directions under a transform may differ. */
#define START_SCALE 0.6F  /* The same for the logarithm of sizes. */
#define NEAR 0.012F       /* Longest sides by which an inlier may be off. */
/* Squared distance of an inlier's descriptors. Twice as much finds a tenth more true inliers and
 * three times as many between different photos. */
#define MAX_DISTANCE 6000
#define MAX_MATCH_DISTANCE 11000 /* The same for a tentative match, which has its ratio. */

typedef struct pair {
    imx_feature reference;
    imx_feature query;
    float weight;
} pair;

static float wrapped(float angle) {
    while (angle > PI) {
        angle -= 2 * PI;
    }
    while (angle < -PI) {
        angle += 2 * PI;
    }
    return angle;
}

static bool sane(const imx_transform *transform) {
    float larger;
    float smaller;
    imx_transform_scales(&larger, &smaller, transform);
    return imx_transform_determinant(transform) > 0 && smaller >= MIN_SCALE &&
           larger <= MAX_SCALE && larger <= MAX_STRETCH * smaller;
}

static imx_transform hypothesis_of(const pair *match) {
    float scale = match->query.scale / match->reference.scale;
    float angle = match->query.angle - match->reference.angle;
    float c = scale * cosf(angle);
    float s = scale * sinf(angle);
    float x = match->reference.x;
    float y = match->reference.y;
    return (imx_transform){
        {c, -s, match->query.x - (c * x - s * y), s, c, match->query.y - (s * x + c * y)}};
}

/* Do size and direction of two features fit a similarity of this scale and angle? */
static bool kin(const imx_feature *reference, const imx_feature *query, float log_scale,
                float angle) {
    float size = logf(query->scale / reference->scale) - log_scale;
    return fabsf(size) < START_SCALE &&
           fabsf(wrapped(query->angle - reference->angle - angle)) < START_ANGLE;
}

static float support_of(const pair *pairs, uint32_t count, const pair *chosen) {
    imx_transform transform = hypothesis_of(chosen);
    if (!sane(&transform)) {
        return 0;
    }
    float scale = chosen->query.scale / chosen->reference.scale;
    float log_scale = logf(scale);
    float angle = chosen->query.angle - chosen->reference.angle;
    float support = 0;
    for (uint32_t i = 0; i < count; i++) {
        const pair *other = &pairs[i];
        imx_point at = imx_transform_apply(&transform, imx_feature_place(&other->reference));
        float dx = at.x - other->query.x;
        float dy = at.y - other->query.y;
        /* The direction's error carries further the further away a match is. */
        float reach = scale * (fabsf(other->reference.x - chosen->reference.x) +
                               fabsf(other->reference.y - chosen->reference.y));
        float bound = 0.02F + 0.08F * reach;
        if (dx * dx + dy * dy < bound * bound &&
            kin(&other->reference, &other->query, log_scale, angle)) {
            support += other->weight;
        }
    }
    return support;
}

/* The place in the order of x of the first feature from `x` on. */
static uint32_t first_from(const imx_features *query, float x) {
    uint32_t low = 0;
    uint32_t high = query->count;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (query->features[query->by_x[middle]].x < x) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* What a feature of the reference is looked for with. */
typedef struct wanted {
    const imx_feature *feature;
    imx_point at; /* Where the transform puts it. */
    float bound;  /* How far off it may be. */
    float log_scale;
    float angle;
    uint32_t match; /* Its tentative match. */
} wanted;

/* The query's feature that is most like it; of several alike the best, which comes first.
 * query->count: none. */
static uint32_t find_near(const imx_features *query, const wanted *self, const bool *taken) {
    uint32_t best = query->count;
    int32_t nearest = MAX_MATCH_DISTANCE;
    for (uint32_t i = first_from(query, self->at.x - self->bound); i < query->count; i++) {
        uint32_t j = query->by_x[i];
        const imx_feature *other = &query->features[j];
        if (other->x - self->at.x > self->bound) {
            break;
        }
        if (fabsf(other->x - self->at.x) > self->bound ||
            fabsf(other->y - self->at.y) > self->bound || taken[j] ||
            !kin(self->feature, other, self->log_scale, self->angle)) {
            continue;
        }
        int32_t distance = imx_descriptor_distance(self->feature->descriptor, other->descriptor);
        bool nearer =
            distance < nearest || (distance == nearest && j < best && best < query->count);
        if (nearer && (distance < MAX_DISTANCE || self->match == j)) {
            nearest = distance;
            best = j;
        }
    }
    return best;
}

/* The query's features near where the transform puts the reference's, each used once. */
static void gather(imx_alignment_model *out, const imx_scene *scene, float near) {
    bool taken[IMX_FEATURES_MAX] = {false};
    bool affine = imx_transform_is_affine(&out->transform);
    float scale = 1;
    wanted next;
    out->count = 0;
    for (uint32_t i = 0; i < scene->feature_count; i++) {
        next.feature = &scene->features[i];
        if (i == 0 || !affine) {
            imx_transform_similar(&scale, &next.angle, &out->transform,
                                  imx_feature_place(next.feature));
            next.log_scale = logf(scale);
        }
        next.at = imx_transform_apply(&out->transform, imx_feature_place(next.feature));
        next.bound = near + 0.5F * scale * next.feature->scale;
        next.match = scene->match[i];
        uint32_t found = find_near(scene->query, &next, taken);
        if (found < scene->query->count) {
            taken[found] = true;
            out->reference[out->count] = i;
            out->query[out->count++] = found;
        }
    }
}

/* Least squares: a similarity (4 unknowns) or an affine transform (2 x 3). */
static bool fit_similarity(imx_transform *out, const imx_alignment_model *from,
                           const imx_scene *scene) {
    double n = from->count;
    double sx = 0, sy = 0, su = 0, sv = 0;
    for (uint32_t i = 0; i < from->count; i++) {
        const imx_feature *r = &scene->features[from->reference[i]];
        const imx_feature *q = &scene->query->features[from->query[i]];
        sx += (double)r->x / n;
        sy += (double)r->y / n;
        su += (double)q->x / n;
        sv += (double)q->y / n;
    }
    double along = 0, across = 0, power = 0;
    for (uint32_t i = 0; i < from->count; i++) {
        const imx_feature *r = &scene->features[from->reference[i]];
        const imx_feature *q = &scene->query->features[from->query[i]];
        double x = (double)r->x - sx, y = (double)r->y - sy;
        double u = (double)q->x - su, v = (double)q->y - sv;
        along += x * u + y * v;
        across += x * v - y * u;
        power += x * x + y * y;
    }
    if (!(power > 1e-6)) {
        return false;
    }
    double c = along / power, s = across / power;
    imx_transform fitted = {{(float)c, (float)-s, (float)(su - c * sx + s * sy), (float)s, (float)c,
                             (float)(sv - s * sx - c * sy)}};
    *out = fitted;
    return sane(out);
}

static bool fit_affine(imx_transform *out, const imx_alignment_model *from,
                       const imx_scene *scene) {
    double normal[9] = {0};
    double u[3] = {0};
    double v[3] = {0};
    /* A weak pull to the similarity found so far, for inliers that are nearly in a line. */
    const double pull = 0.02 * from->count;
    for (uint32_t i = 0; i < from->count; i++) {
        const imx_feature *r = &scene->features[from->reference[i]];
        const imx_feature *q = &scene->query->features[from->query[i]];
        const double row[3] = {(double)r->x - 0.5, (double)r->y - 0.5, 1};
        imx_point now = imx_transform_apply(out, imx_feature_place(r));
        for (size_t j = 0; j < 3; j++) {
            for (size_t k = 0; k < 3; k++) {
                normal[3 * j + k] += row[j] * row[k];
            }
            u[j] += row[j] * ((double)q->x - (double)now.x);
            v[j] += row[j] * ((double)q->y - (double)now.y);
        }
    }
    normal[0] += pull;
    normal[4] += pull;
    double again[9];
    memcpy(again, normal, sizeof again);
    if (!imx_solve(normal, u, 3) || !imx_solve(again, v, 3)) {
        return false;
    }
    float *m = out->m;
    imx_transform fitted = {{m[0] + (float)u[0], m[1] + (float)u[1],
                             m[2] + (float)(u[2] - 0.5 * (u[0] + u[1])), m[3] + (float)v[0],
                             m[4] + (float)v[1], m[5] + (float)(v[2] - 0.5 * (v[0] + v[1]))}};
    *out = fitted;
    return sane(out);
}

/* From a hypothesis to a transform that as many features as possible agree on. */
static void refine(imx_alignment_model *best, const imx_scene *scene, const pair *start) {
    imx_alignment_model now = {.transform = hypothesis_of(start)};
    gather(&now, scene, 3 * NEAR);
    for (int round = 0; round < ROUNDS && now.count >= 3; round++) {
        imx_transform fitted = now.transform;
        bool affine = now.count >= MIN_AFFINE && round > 0;
        if (!(affine ? fit_affine : fit_similarity)(&fitted, &now, scene)) {
            break;
        }
        imx_alignment_model next = {.transform = fitted};
        gather(&next, scene, round + 1 < ROUNDS ? 1.5F * NEAR : NEAR);
        if (round + 1 < ROUNDS || next.count + 2 >= now.count) {
            now = next;
        }
    }
    if (now.count > best->count) {
        *best = now;
    }
}

static bool fit_homography(imx_alignment_model *model, const imx_scene *scene, float bound) {
    const imx_picture_facts *facts = &scene->reference->facts;
    imx_place_pair pairs[IMX_SKETCH_MAX_FEATURES];
    for (uint32_t i = 0; i < model->count; i++) {
        pairs[i] = (imx_place_pair){imx_feature_place(&scene->features[model->reference[i]]),
                                    imx_feature_place(&scene->query->features[model->query[i]])};
    }
    imx_transform fitted = model->transform;
    if (!imx_homography_fit(&fitted, pairs, model->count, bound) ||
        !imx_homography_is_plausible(&fitted, facts->width, facts->height)) {
        return false;
    }
    imx_transform middle =
        imx_transform_tangent(&fitted, (imx_point){facts->width / 2, facts->height / 2});
    model->transform = fitted;
    return sane(&middle);
}

/* Two unknowns more always fit better: is it more than that? */
static bool is_clearly_better(const imx_alignment_model *homography,
                              const imx_alignment_model *affine, const imx_scene *scene) {
    if (homography->count >= affine->count + MORE_INLIERS + affine->count / 8) {
        return true;
    }
    float freedom = 2 * (float)homography->count - 8;
    float before = imx_model_residual(affine, scene);
    float after = imx_model_residual(homography, scene);
    return homography->count >= affine->count &&
           before * before > after * after * (1 + 2 * LEAST_GAIN / freedom);
}

/* Add perspective, if it explains clearly more. */
static void refine_perspective(imx_alignment_model *best, const imx_scene *scene) {
    static const float bounds[] = {3 * NEAR, 2 * NEAR, 1.5F * NEAR, NEAR};
    imx_alignment_model now = *best;
    for (size_t round = 0; round < sizeof bounds / sizeof *bounds; round++) {
        gather(&now, scene, bounds[round]);
        if (now.count < MIN_HOMOGRAPHY || !fit_homography(&now, scene, bounds[round])) {
            return;
        }
    }
    gather(&now, scene, NEAR);
    if (now.count >= MIN_HOMOGRAPHY && is_clearly_better(&now, best, scene)) {
        *best = now;
    }
}

/* Is a match an inlier already? Its hypothesis would lead to the same transform. */
static bool explains(const imx_alignment_model *found, imx_correspondence match) {
    for (uint32_t i = 0; i < found->count; i++) {
        if (found->reference[i] == match.reference) {
            return found->query[i] == match.query;
        }
    }
    return false;
}

/* Best model of the reference as it is, or of the mirrored one. Returns the number of matches. */
static uint32_t estimate(imx_alignment_model *out, imx_scene *scene) {
    imx_correspondence matches[IMX_SKETCH_MAX_FEATURES];
    pair pairs[IMX_SKETCH_MAX_FEATURES];
    float support[IMX_SKETCH_MAX_FEATURES];
    const imx_sketch *reference = scene->reference;
    out->count = 0;
    scene->feature_count = reference->feature_count;
    for (uint32_t i = 0; i < scene->feature_count; i++) {
        scene->features[i] =
            scene->mirrored ? imx_feature_mirror(&reference->features[i], reference->facts.width)
                            : reference->features[i];
    }
    uint32_t count = imx_correspondences_find(matches, scene->query, reference, scene->mirrored);
    for (uint32_t i = 0; i < scene->feature_count; i++) {
        scene->match[i] = IMX_NO_MATCH;
    }
    for (uint32_t i = 0; i < count; i++) {
        scene->match[matches[i].reference] = matches[i].query;
        pairs[i] = (pair){scene->features[matches[i].reference],
                          scene->query->features[matches[i].query], 1.1F - matches[i].ratio};
    }
    for (uint32_t i = 0; i < count; i++) {
        support[i] = support_of(pairs, count, &pairs[i]);
    }
    for (int start = 0; start < STARTS && count > 0 && out->count < PLENTY; start++) {
        uint32_t best = 0;
        for (uint32_t i = 1; i < count; i++) {
            best = support[i] > support[best] ? i : best;
        }
        if (support[best] <= pairs[best].weight) {
            break; /* It has only itself. */
        }
        support[best] = 0;
        if (!explains(out, matches[best])) {
            refine(out, scene, &pairs[best]);
        }
    }
    if (out->count >= MIN_AFFINE) {
        refine_perspective(out, scene);
    }
    return count;
}

void imx_geometry_find(imx_geometry *out, const imx_features *query, const imx_sketch *reference) {
    memset(out, 0, sizeof *out);
    imx_scene scenes[2] = {{.query = query, .reference = reference},
                           {.query = query, .reference = reference, .mirrored = true}};
    imx_alignment_model models[2];
    uint32_t matches[2];
    for (int i = 0; i < 2; i++) {
        matches[i] = estimate(&models[i], &scenes[i]);
    }
    int winner = models[1].count > models[0].count;
    if (models[winner].count < 3) {
        return;
    }
    imx_geometry_measure(out, &models[winner], &scenes[winner]);
    if (out->distinct < 3) {
        memset(out, 0, sizeof *out);
        return;
    }
    out->found = true;
    out->matches = (int)matches[winner];
}
