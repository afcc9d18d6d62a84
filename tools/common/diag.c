#include "diag.h"

#include <stdarg.h>
#include <stdio.h>

imgmatch_status cli_fail(imgmatch_diag *diag, imgmatch_status status, const char *format, ...) {
    if (diag && diag->status == IMGMATCH_OK) {
        va_list arguments;
        diag->status = status;
        va_start(arguments, format);
        (void)vsnprintf(diag->message, sizeof diag->message, format, arguments);
        va_end(arguments);
    }
    return status;
}
