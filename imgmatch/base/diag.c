#include "base/diag.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void fill(imgmatch_diag *diag, imgmatch_status status, imgmatch_reason reason,
                 const char *format, va_list args) IMX_PRINTF(4, 0);

static void fill(imgmatch_diag *diag, imgmatch_status status, imgmatch_reason reason,
                 const char *format, va_list args) {
    if (diag == NULL || diag->status != IMGMATCH_OK) {
        return;
    }
    diag->status = status;
    diag->reason = reason;
    (void)vsnprintf(diag->message, sizeof diag->message, format, args);
}

imgmatch_status imx_fail(imgmatch_diag *diag, imgmatch_status status, const char *format, ...) {
    va_list args;
    va_start(args, format);
    fill(diag, status, IMGMATCH_REASON_NONE, format, args);
    va_end(args);
    return status;
}

imgmatch_status imx_fail_photo(imgmatch_diag *diag, imgmatch_reason reason, const char *format,
                               ...) {
    va_list args;
    va_start(args, format);
    fill(diag, IMGMATCH_ERR_PHOTO, reason, format, args);
    va_end(args);
    return IMGMATCH_ERR_PHOTO;
}

imgmatch_status imx_fail_errno(imgmatch_diag *diag, int error, const char *verb, const char *path) {
    /* strerror's text is static for known numbers in every libc we build on; strerror_r comes in
     * two incompatible shapes. */
    char text[128];
    text[0] = '\0';
    const char *message = text;
#if defined(__GLIBC__) && defined(_GNU_SOURCE)
    message = strerror_r(error, text, sizeof text);
#else
    (void)strerror_r(error, text, sizeof text);
#endif
    imgmatch_status status = error == ENOENT   ? IMGMATCH_ERR_NOT_FOUND
                             : error == ENOMEM ? IMGMATCH_ERR_MEMORY
                                               : IMGMATCH_ERR_IO;
    return imx_fail(diag, status, "%s: cannot %s: %s", path, verb, message);
}
