/* Tentative matches between the features of a reference and those of a query. */
#ifndef IMX_MATCH_CORRESPONDENCE_H
#define IMX_MATCH_CORRESPONDENCE_H

#include "fingerprint/sketch.h"

#include <stdbool.h>

typedef struct imx_correspondence {
    uint32_t reference; /* Index of the feature. */
    uint32_t query;
    float ratio; /* Distance / that of the second-best place, 0..1: small is telling. */
} imx_correspondence;

/* At most one for each feature of the reference; as of the mirrored reference if asked for.
 * Returns their number. */
uint32_t imx_correspondences_find(imx_correspondence out[IMX_SKETCH_MAX_FEATURES],
                                  const imx_features *query, const imx_sketch *reference,
                                  bool mirrored);

/* Squared Euclidean distance of two descriptors. */
int32_t imx_descriptor_distance(const int8_t *a, const int8_t *b);

/* The reference's feature as it is in the mirrored picture. */
imx_feature imx_feature_mirror(const imx_feature *feature, float picture_width);

#endif
