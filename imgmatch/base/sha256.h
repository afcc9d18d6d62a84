/* SHA-256 (the one place that includes libcrypto). */
#ifndef IMX_BASE_SHA256_H
#define IMX_BASE_SHA256_H

#include <imgmatch/status.h>

#include <stdbool.h>
#include <stddef.h>

/* Lower-case hex with a NUL. */
imgmatch_status imx_sha256_hex(char out[65], const void *bytes, size_t size, imgmatch_diag *diag);

/* Is it as the call above writes it: 64 hexadecimal digits in lower case? */
bool imx_sha256_is_hex(const char *text);

#endif
