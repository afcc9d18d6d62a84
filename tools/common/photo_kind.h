/* Is a file in a folder meant to be a photo? */
#ifndef IMGMATCH_TOOLS_PHOTO_KIND_H
#define IMGMATCH_TOOLS_PHOTO_KIND_H

#include <stdbool.h>

/* Does the name end as a photo's does? Upper and lower case are the same. */
bool cli_has_photo_suffix(const char *path);

/* Do its first bytes look like a photo's? False for a file that cannot be read. */
bool cli_has_photo_content(const char *path);

#endif
