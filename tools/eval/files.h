/* Files of a benchmark. */
#ifndef IMGMATCH_TOOLS_EVAL_FILES_H
#define IMGMATCH_TOOLS_EVAL_FILES_H

#include "eval/picture.h"

#include <stdbool.h>

/* Copy a file to `folder`/`name`, and make the folders in between. False with errno set. */
bool eval_copy_file(const char *from, const char *folder, const char *name);

/* Is it a relative path that does not lead out of the folder it starts in? */
bool eval_stays_inside(const char *name);

/* Write a picture as JPEG (quality 1..100) or PNG (quality 0). */
imgmatch_status eval_write_picture(const char *path, const eval_picture *picture, int quality,
                                   imgmatch_diag *diag);

/* "`folder`/`name`", freed by the caller; NULL when out of memory. */
char *eval_join(const char *folder, const char *name);

#endif
