/* What a folder has in it. */
#ifndef IMX_BASE_FOLDER_H
#define IMX_BASE_FOLDER_H

#include <imgmatch/status.h>

/* Of an entry called `name` in the folder that is open as `folder_fd`. Anything but IMGMATCH_OK
 * ends the walk. */
typedef imgmatch_status imx_folder_visit(void *user, int folder_fd, const char *name,
                                         imgmatch_diag *diag);

/* Visit all entries but "." and "..", in no order, until a visit fails. A folder of which not all
 * could be read is IMGMATCH_ERR_IO: what was not seen is not what is not there. */
imgmatch_status imx_folder_each(const char *folder, imx_folder_visit *visit, void *user,
                                imgmatch_diag *diag);

#endif
