#include "fingerprint/model_settings.h"

#include "base/diag.h"
#include "base/sha256.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Names have no limit of their own in a manifest, and one that is cut would be another's. */
#define FACTS_BYTES 4096

/* The bits of a number: as decimals it would depend on the locale. */
static uint32_t bits_of(float number) {
    uint32_t bits;
    memcpy(&bits, &number, sizeof bits);
    return bits;
}

static uint64_t bits_of_double(double number) {
    uint64_t bits;
    memcpy(&bits, &number, sizeof bits);
    return bits;
}

imgmatch_status imx_model_settings_digest(char out[65], const imx_manifest *manifest,
                                          imgmatch_diag *diag) {
    char facts[FACTS_BYTES];
    const float *mean = manifest->mean, *std = manifest->std;
    /* A gem_p that the pooling does not use makes no difference. */
    double gem_p = manifest->pooling == IMX_POOLING_GEM ? manifest->gem_p : 0;
    int size = snprintf(facts, sizeof facts,
                        "input %" PRIu32 " %" PRIu32 " %d %d\n"
                        "mean %08" PRIx32 " %08" PRIx32 " %08" PRIx32 "\n"
                        "std %08" PRIx32 " %08" PRIx32 " %08" PRIx32 "\n"
                        "output %" PRIu32 " %d %016" PRIx64 " %s\n"
                        "names %s\n%s\n",
                        manifest->width, manifest->height, manifest->channels_last, manifest->bgr,
                        bits_of(mean[0]), bits_of(mean[1]), bits_of(mean[2]), bits_of(std[0]),
                        bits_of(std[1]), bits_of(std[2]), manifest->dimension,
                        (int)manifest->pooling, bits_of_double(gem_p),
                        manifest->whitening_file != NULL ? manifest->whitening_sha256 : "-",
                        manifest->input_name, manifest->output_name);
    if (size < 0 || (size_t)size >= sizeof facts) {
        return imx_fail(diag, IMGMATCH_ERR_MODEL, "the names of input and output are too long");
    }
    return imx_sha256_hex(out, facts, (size_t)size, diag);
}
