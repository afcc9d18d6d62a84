#include "base/diag.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define WHOLE_BYTES 10000 /* A path or two as long as the system takes, and words. */
#define GAP "[...]"

/* A long path must not push out what comes behind it, which is what is wrong: the middle is left
 * out. Characters of UTF-8 stay whole. */
static void copy_ends(char out[IMGMATCH_DIAG_MESSAGE_BYTES], const char *text, size_t length) {
    const size_t room = IMGMATCH_DIAG_MESSAGE_BYTES - sizeof GAP;
    if (length < IMGMATCH_DIAG_MESSAGE_BYTES) {
        memcpy(out, text, length + 1);
        return;
    }
    size_t head = room / 2, tail = length - (room - head);
    for (int i = 0; i < 3 && ((unsigned char)text[head] & 0xC0) == 0x80; i++) {
        head--;
    }
    for (int i = 0; i < 3 && ((unsigned char)text[tail] & 0xC0) == 0x80; i++) {
        tail++;
    }
    memcpy(out, text, head);
    memcpy(out + head, GAP, sizeof GAP - 1);
    memcpy(out + head + sizeof GAP - 1, text + tail, length - tail + 1);
}

static void fill(imgmatch_diag *diag, imgmatch_status status, imgmatch_reason reason,
                 const char *format, va_list args) IMX_PRINTF(4, 0);

static void fill(imgmatch_diag *diag, imgmatch_status status, imgmatch_reason reason,
                 const char *format, va_list args) {
    if (diag == NULL || diag->status != IMGMATCH_OK) {
        return;
    }
    char whole[WHOLE_BYTES];
    diag->status = status;
    diag->reason = reason;
    int length = vsnprintf(whole, sizeof whole, format, args);
    if (length < 0) {
        length = 0;
        whole[0] = '\0';
    }
    copy_ends(diag->message, whole,
              (size_t)length < sizeof whole ? (size_t)length : sizeof whole - 1);
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
