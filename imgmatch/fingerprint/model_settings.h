/* A digest of what a manifest says beside the network that changes its embeddings. */
#ifndef IMX_FINGERPRINT_MODEL_SETTINGS_H
#define IMX_FINGERPRINT_MODEL_SETTINGS_H

#include "manifest.h"

/* SHA-256, lower-case hex with a NUL: of the input's size, layout, channels, mean and std, and the
 * output's name, dimension, pooling and whitening. */
imgmatch_status imx_model_settings_digest(char out[65], const imx_manifest *manifest,
                                          imgmatch_diag *diag);

#endif
