/* SHA-256 (the one place that includes libcrypto). */
#ifndef IMX_BASE_SHA256_H
#define IMX_BASE_SHA256_H

#include <imgmatch/status.h>

#include <stddef.h>

/* Lower-case hex with a NUL. */
imgmatch_status imx_sha256_hex(char out[65], const void *bytes, size_t size, imgmatch_diag *diag);

#endif
