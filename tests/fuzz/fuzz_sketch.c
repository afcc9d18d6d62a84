/* Any bytes as a stored sketch: what is read must be safe to verify a query with. */
#include "fuzz.h"

#include "base/random.h"
#include "fingerprint/sketch.h"
#include "match/alterations.h"
#include "match/evidence.h"

#include <stdlib.h>

#define SIDE 96u

/* A query with features: shapes and noise. Made once; freed by nobody, as it is needed to the end.
 */
static const imx_features *query_features(void) {
    static imx_features *features;
    if (features == NULL) {
        uint8_t *rgb = calloc(SIDE * SIDE, 3);
        fuzz_require(rgb != NULL);
        imx_random random = {1};
        for (int shape = 0; shape < 30; shape++) {
            uint32_t left = imx_random_below(&random, SIDE - 30);
            uint32_t top = imx_random_below(&random, SIDE - 30);
            uint8_t level = (uint8_t)imx_random_next(&random);
            for (uint32_t i = 0; i < 30 * 30; i++) {
                rgb[3 * ((top + i / 30) * SIDE + left + i % 30) + (uint32_t)shape % 3] = level;
            }
        }
        imx_pixels picture = {rgb, SIDE, SIDE, 3 * SIDE};
        fuzz_require(imx_features_find(&features, picture, IMX_FEATURES_STANDARD, NULL) ==
                     IMGMATCH_OK);
        fuzz_require(features->count > 0);
        free(rgb);
    }
    return features;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static imx_sketch sketch;
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    const imx_features *query = query_features();
    if (imx_sketch_read(&sketch, data, size, &diag) != IMGMATCH_OK) {
        fuzz_require(diag.status == IMGMATCH_ERR_CATALOGUE && diag.message[0] != '\0');
        return 0;
    }
    uint8_t bytes[IMX_SKETCH_MAX_BYTES];
    fuzz_require(imx_sketch_write(bytes, &sketch) == size);
    const imx_transform parts[] = {{{1, 0, 0, 0, 1, 0}},
                                   {{0.5F, 0, 0.1F, 0, 0.6F, 0.2F, 0.3F, -0.2F}}};
    imx_evidence evidence = {.similarity = 1};
    imx_evidence_verify(&evidence, query, &sketch, parts, 1 + size % 2);
    imx_alterations alterations;
    imx_alteration_hints hints = {.inside = {0, 0, 1, 1}, .jpeg = true};
    imx_alterations_name(&alterations, query, &sketch, &evidence.geometry, &evidence.agreement,
                         &hints);
    fuzz_require(alterations.count <= IMX_ALTERATIONS_MAX);
    return 0;
}
