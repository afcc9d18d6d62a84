#include "match/correspondence.h"

#include "base/processors.h"
#include "fingerprint/descriptor.h"
#include "fingerprint/descriptor_table.h"

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

/* The distance of the nearest one that is not at the place of `best`; INT32_MAX: there is none. */
IMX_FOR_EACH_PROCESSOR
static int32_t nearest_elsewhere(const int32_t *restrict keys, const imx_descriptor_table *table,
                                 uint32_t best) {
    const float *restrict xs = table->x;
    const float *restrict ys = table->y;
    const float x = xs[best];
    const float y = ys[best];
    const uint32_t room = table->room;
    int32_t least = IMX_KEY_NONE;
    for (uint32_t i = 0; i < room; i++) {
        float across = fabsf(xs[i] - x);
        float down = fabsf(ys[i] - y);
        float further = across > down ? across : down;
        /* No key has a bit more than IMX_KEY_NONE. */
        int32_t key = keys[i] | (further < SAME_PLACE ? IMX_KEY_NONE : 0);
        least = key < least ? key : least;
    }
    return least == IMX_KEY_NONE ? INT32_MAX : least >> IMX_KEY_INDEX_BITS;
}

/* The nearest query feature, and the nearest one at another place. */
static bool match_one(imx_correspondence *out, const imx_features *query,
                      const int8_t descriptor[IMX_DESCRIPTOR_BYTES]) {
    int32_t keys[IMX_TABLE_MAX];
    int32_t least = imx_descriptor_table_measure(keys, query->table, query->count, descriptor);
    int32_t distance = least >> IMX_KEY_INDEX_BITS;
    out->query = (uint32_t)least & ((1u << IMX_KEY_INDEX_BITS) - 1);
    int32_t second = nearest_elsewhere(keys, query->table, out->query);
    out->ratio = second == INT32_MAX || second == 0 ? 1 : sqrtf((float)distance / (float)second);
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
