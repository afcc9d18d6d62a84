#include "diag.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define WHOLE_BYTES 10000 /* A path or two as long as the system takes, and words. */
#define GAP "[...]"

/* Whether a byte goes on with a character of UTF-8. */
static bool goes_on(char byte) { return ((unsigned char)byte & 0xC0) == 0x80; }

imgmatch_status cli_fail(imgmatch_diag *diag, imgmatch_status status, const char *format, ...) {
    if (!diag || diag->status != IMGMATCH_OK)
        return status;
    char whole[WHOLE_BYTES] = "";
    va_list arguments;
    diag->status = status;
    va_start(arguments, format);
    (void)vsnprintf(whole, sizeof whole, format, arguments);
    va_end(arguments);
    /* What is wrong stands behind the path: of a long message the middle is left out. */
    const size_t length = strlen(whole), room = sizeof diag->message - sizeof GAP;
    size_t head = length < sizeof diag->message ? length : room / 2;
    size_t tail = length < sizeof diag->message ? length : length - (room - head);
    while (tail > head && goes_on(whole[head]))
        head--;
    while (goes_on(whole[tail]))
        tail++;
    (void)snprintf(diag->message, sizeof diag->message, "%.*s%s%s", (int)head, whole,
                   tail > head ? GAP : "", whole + tail);
    return status;
}
