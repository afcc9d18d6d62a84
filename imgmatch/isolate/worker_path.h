/* Where the worker program is. */
#ifndef IMX_ISOLATE_WORKER_PATH_H
#define IMX_ISOLATE_WORKER_PATH_H

#include <imgmatch/status.h>

/* `chosen` if not NULL, else what IMGMATCH_DECODE_WORKER names, else the one that was installed or
 * built with this library. IMGMATCH_ERR_NOT_FOUND when it cannot be run. The caller frees. */
imgmatch_status imx_worker_path_find(char **out, const char *chosen, imgmatch_diag *diag);

#endif
