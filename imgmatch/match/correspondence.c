#include "match/correspondence.h"

#include "base/processors.h"
#include "fingerprint/descriptor.h"

#include <math.h>

/* A match is kept when its distance is under this part of the second-best place's. Looser than
 * the usual 0.8, as the transform sorts the wrong ones out. */
#define MAX_RATIO 0.88F
#define SAME_PLACE 0.012F /* Longest sides: features of one place with other directions. */
#define PI 3.14159265358979F

int32_t imx_descriptor_distance(const int8_t *a, const int8_t *b) {
    int32_t total = 0;
    for (int i = 0; i < IMX_DESCRIPTOR_BYTES; i++) {
        int32_t difference = a[i] - b[i];
        total += difference * difference;
    }
    return total;
}

imx_feature imx_feature_mirror(const imx_feature *feature, float picture_width) {
    imx_feature mirrored = {.x = picture_width - feature->x,
                            .y = feature->y,
                            .scale = feature->scale,
                            .angle = PI - feature->angle};
    imx_descriptor_mirror(mirrored.descriptor, feature->descriptor);
    return mirrored;
}

static bool same_place(const imx_feature *a, const imx_feature *b) {
    return fabsf(a->x - b->x) < SAME_PLACE && fabsf(a->y - b->y) < SAME_PLACE;
}

IMX_FOR_EACH_PROCESSOR
static void measure_all(int32_t *restrict out, const imx_features *query,
                        const int8_t descriptor[IMX_DESCRIPTOR_BYTES]) {
    for (uint32_t i = 0; i < query->count; i++) {
        const int8_t *other = query->features[i].descriptor;
        int32_t total = 0;
        for (int k = 0; k < IMX_DESCRIPTOR_BYTES; k++) {
            int32_t difference = other[k] - descriptor[k];
            total += difference * difference;
        }
        out[i] = total;
    }
}

/* The nearest query feature, and the nearest one at another place. */
static bool match_one(imx_correspondence *out, const imx_features *query,
                      const int8_t descriptor[IMX_DESCRIPTOR_BYTES]) {
    int32_t distances[IMX_FEATURES_MAX];
    measure_all(distances, query, descriptor);
    uint32_t best = 0;
    for (uint32_t i = 1; i < query->count; i++) {
        best = distances[i] < distances[best] ? i : best;
    }
    int32_t second = INT32_MAX;
    for (uint32_t i = 0; i < query->count; i++) {
        if (distances[i] < second && i != best &&
            !same_place(&query->features[i], &query->features[best])) {
            second = distances[i];
        }
    }
    out->query = best;
    out->ratio =
        second == INT32_MAX || second == 0 ? 1 : sqrtf((float)distances[best] / (float)second);
    return out->ratio < MAX_RATIO;
}

uint32_t imx_correspondences_find(imx_correspondence out[IMX_SKETCH_MAX_FEATURES],
                                  const imx_features *query, const imx_sketch *reference,
                                  bool mirrored) {
    uint32_t count = 0;
    if (query->count < 2) {
        return 0;
    }
    for (uint32_t i = 0; i < reference->feature_count; i++) {
        int8_t descriptor[IMX_DESCRIPTOR_BYTES];
        const int8_t *as_is = reference->features[i].descriptor;
        if (mirrored) {
            imx_descriptor_mirror(descriptor, as_is);
        }
        out[count].reference = i;
        count += match_one(&out[count], query, mirrored ? descriptor : as_is);
    }
    return count;
}
