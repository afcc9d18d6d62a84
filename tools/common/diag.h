/* Diagnostics as the library's calls fill them, for what the tools do by themselves. */
#ifndef IMGMATCH_TOOLS_DIAG_H
#define IMGMATCH_TOOLS_DIAG_H

#include <imgmatch/status.h>

/* Note status and message in `diag` (NULL is allowed) unless it has one; returns `status`. */
imgmatch_status cli_fail(imgmatch_diag *diag, imgmatch_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
