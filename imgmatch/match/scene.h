/* What the parts of geometry.h share: two pictures to be aligned, and an alignment of them. */
#ifndef IMX_MATCH_SCENE_H
#define IMX_MATCH_SCENE_H

#include "match/geometry.h"

#define IMX_NO_MATCH UINT32_MAX

/* The two pictures, the reference mirrored or not. */
typedef struct imx_scene {
    const imx_features *query;
    const imx_sketch *reference;
    bool mirrored;
    uint32_t feature_count;
    imx_feature features[IMX_SKETCH_MAX_FEATURES]; /* The reference's. */
    uint32_t match[IMX_SKETCH_MAX_FEATURES];       /* Its tentative match, or IMX_NO_MATCH. */
} imx_scene;

/* In longest sides; of the mirrored reference where the scene's is. */
typedef struct imx_alignment_model {
    imx_transform transform;
    uint32_t count;
    uint32_t reference[IMX_SKETCH_MAX_FEATURES]; /* Inliers: indices of features. */
    uint32_t query[IMX_SKETCH_MAX_FEATURES];
} imx_alignment_model;

static inline imx_point imx_feature_place(const imx_feature *feature) {
    return (imx_point){feature->x, feature->y};
}

/* Root mean square distance of the inliers, in longest sides of the query. */
float imx_model_residual(const imx_alignment_model *model, const imx_scene *scene);

/* Everything about a geometry, from a model with an inlier at least. */
void imx_geometry_measure(imx_geometry *out, const imx_alignment_model *model,
                          const imx_scene *scene);

#endif
