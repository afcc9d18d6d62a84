/*
 * manifest.json: what an ONNX file expects and gives.
 *
 *   {
 *     "name": "imgmatch-1", "version": "1.0", "licence": "Apache-2.0",
 *     "file": "model.onnx", "sha256": "<64 hex digits>",
 *     "preprocessing_version": 1,
 *     "input": {
 *       "name": "image", "width": 224, "height": 224,
 *       "layout": "NCHW" | "NHWC", "channels": "RGB" | "BGR", "resize": "stretch-triangle",
 *       "mean": [r, g, b], "std": [r, g, b]
 *     },
 *     "output": {
 *       "name": "embedding", "dimension": 256, "normalised": true,
 *       "pooling": "in_graph" | "mean" | "gem", "gem_p": 3.0,
 *       "whitening": null | {"file": "whitening.f32", "sha256": "<64 hex digits>"}
 *     },
 *     "background": null | {"file": "...", "sha256": "...", ...}
 *   }
 *
 * The network sees (x / 255 - mean) / std for a byte x; mean and std are in the order of
 * `channels`. With pooling "mean" or "gem" the output is a feature map in the input's layout. A
 * whitening file holds little-endian float32: `dimension` rows of the matrix, then `dimension`
 * offsets; it is applied to the pooled features after they were scaled to length 1. The embedding
 * is scaled to length 1 in any case. "gem_p" (default 3), "whitening" and "background" may be
 * left out; "background" is not used here. Unknown keys are allowed at the top and in
 * "background" only.
 */
#ifndef IMX_FINGERPRINT_MANIFEST_H
#define IMX_FINGERPRINT_MANIFEST_H

#include <imgmatch/status.h>

#include <stdbool.h>
#include <stddef.h>

#define IMX_MODEL_MIN_SIDE 16u
#define IMX_MODEL_MAX_SIDE 1024u
#define IMX_MODEL_MAX_DIMENSION 4096u

typedef enum imx_pooling {
    IMX_POOLING_IN_GRAPH = 0,
    IMX_POOLING_MEAN = 1,
    IMX_POOLING_GEM = 2 /* Generalised mean: (mean of x^p)^(1/p), Radenovic et al. 2018. */
} imx_pooling;

typedef struct imx_manifest {
    char *name;
    char *version;
    char *licence;
    char *file; /* In the manifest's folder. */
    char sha256[65];

    char *input_name;
    uint32_t width;
    uint32_t height;
    bool channels_last; /* NHWC */
    bool bgr;
    float mean[3]; /* In the order of the channels. */
    float std[3];

    char *output_name;
    uint32_t dimension;
    bool normalised;
    imx_pooling pooling;
    double gem_p;
    char *whitening_file; /* NULL for none. */
    char whitening_sha256[65];
} imx_manifest;

/* Read and check a manifest's text. IMGMATCH_ERR_MODEL names the key that is wrong. */
imgmatch_status imx_manifest_parse(imx_manifest *out, const char *text, size_t size,
                                   imgmatch_diag *diag);

/* Free what the manifest owns and make it empty. */
void imx_manifest_clear(imx_manifest *manifest);

#endif
