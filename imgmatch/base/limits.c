#include "base/limits.h"

#include "base/diag.h"

#include <stddef.h>

imgmatch_status imx_limits_check(const imgmatch_limits **limits, imgmatch_diag *diag) {
    static const imgmatch_limits defaults = IMGMATCH_LIMITS_INIT;
    if (*limits == NULL) {
        *limits = &defaults;
        return IMGMATCH_OK;
    }
    const imgmatch_limits *at = *limits;
    const struct {
        const char *name;
        uint64_t value;
    } fields[] = {
#define FIELD(name) {#name, at->name},
        IMX_LIMITS_FIELDS(FIELD)
#undef FIELD
    };
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        if (fields[i].value == 0) {
            return imx_fail(diag, IMGMATCH_ERR_ARGUMENT, "limits: %s is 0, not 1 or more",
                            fields[i].name);
        }
    }
    return IMGMATCH_OK;
}

imgmatch_status imx_threads_check(int threads, imgmatch_diag *diag) {
    return threads >= 0
               ? IMGMATCH_OK
               : imx_fail(diag, IMGMATCH_ERR_ARGUMENT,
                          "threads is %d, not 0 (one for each processor) or more", threads);
}
