/* The numbers that callers bound our work with, checked where they come in. */
#ifndef IMX_BASE_LIMITS_H
#define IMX_BASE_LIMITS_H

#include <imgmatch/limits.h>
#include <imgmatch/status.h>

/* Let *limits, when NULL, be the defaults. IMGMATCH_ERR_ARGUMENT, with a message that names the
 * field, when one is 0: that is a limit that was forgotten, not one that anything could pass. */
imgmatch_status imx_limits_check(const imgmatch_limits **limits, imgmatch_diag *diag);

/* IMGMATCH_ERR_ARGUMENT for a negative number of threads. */
imgmatch_status imx_threads_check(int threads, imgmatch_diag *diag);

#endif
