/* Any bytes as a model's manifest.json. */
#include "fuzz.h"

#include "fingerprint/manifest.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    imx_manifest manifest;
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    imgmatch_status status = imx_manifest_parse(&manifest, (const char *)data, size, &diag);
    if (status != IMGMATCH_OK) {
        fuzz_require(status == IMGMATCH_ERR_MODEL && diag.message[0] != '\0');
        return 0;
    }
    fuzz_require(manifest.width >= IMX_MODEL_MIN_SIDE && manifest.width <= IMX_MODEL_MAX_SIDE);
    fuzz_require(manifest.height >= IMX_MODEL_MIN_SIDE && manifest.height <= IMX_MODEL_MAX_SIDE);
    fuzz_require(manifest.dimension >= 1 && manifest.dimension <= IMX_MODEL_MAX_DIMENSION);
    fuzz_require(strlen(manifest.sha256) == 64);
    /* A manifest names files in its own folder only. */
    fuzz_require(strchr(manifest.file, '/') == NULL);
    fuzz_require(manifest.whitening_file == NULL || strchr(manifest.whitening_file, '/') == NULL);
    for (size_t i = 0; i < 3; i++) {
        fuzz_require(manifest.std[i] != 0);
    }
    imx_manifest_clear(&manifest);
    return 0;
}
