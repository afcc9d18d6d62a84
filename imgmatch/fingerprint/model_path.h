/* Where a model's manifest is. */
#ifndef IMX_FINGERPRINT_MODEL_PATH_H
#define IMX_FINGERPRINT_MODEL_PATH_H

#include <imgmatch/status.h>

/* `path` may be a manifest or a folder that holds one; NULL: what IMGMATCH_MODEL names, else the
 * model that was installed with this library. IMGMATCH_ERR_NOT_FOUND when there is nothing. The
 * caller frees. */
imgmatch_status imx_model_path_find(char **out, const char *path, imgmatch_diag *diag);

#endif
