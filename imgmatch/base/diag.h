/* Filling a caller's imgmatch_diag; each returns the status it was given, so that callers can
 * write `return imx_fail(diag, ...)`. The first message wins. */
#ifndef IMX_BASE_DIAG_H
#define IMX_BASE_DIAG_H

#include <imgmatch/status.h>

#if defined(__GNUC__)
#define IMX_PRINTF(format_index, first_arg) __attribute__((format(printf, format_index, first_arg)))
#else
#define IMX_PRINTF(format_index, first_arg)
#endif

imgmatch_status imx_fail(imgmatch_diag *diag, imgmatch_status status, const char *format, ...)
    IMX_PRINTF(3, 4);

/* IMGMATCH_ERR_PHOTO with a reason. */
imgmatch_status imx_fail_photo(imgmatch_diag *diag, imgmatch_reason reason, const char *format, ...)
    IMX_PRINTF(3, 4);

/* IMGMATCH_ERR_MEMORY: "out of memory". Inline, so that static analysis sees that what is NULL then
 * is not used. */
static inline imgmatch_status imx_fail_memory(imgmatch_diag *diag) {
    (void)imx_fail(diag, IMGMATCH_ERR_MEMORY, "out of memory");
    return IMGMATCH_ERR_MEMORY;
}

/* IMGMATCH_ERR_IO, or NOT_FOUND for ENOENT: "PATH: cannot VERB: strerror(error)". */
imgmatch_status imx_fail_errno(imgmatch_diag *diag, int error, const char *verb, const char *path);

#endif
