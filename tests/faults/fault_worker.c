/* The decode worker, in which an allocation fails for photos that carry a mark. */
#include "faults/fault_worker.h"

#include "base/diag.h"
#include "faults/fault_malloc.h"
#include "faults/trigger.h"

#include <imgmatch/image.h>

#include <string.h>

imgmatch_status __real_imgmatch_image_decode(imgmatch_image **out, const void *data, size_t size,
                                             const imgmatch_limits *limits, imgmatch_diag *diag);
imgmatch_status __wrap_imgmatch_image_decode(imgmatch_image **out, const void *data, size_t size,
                                             const imgmatch_limits *limits, imgmatch_diag *diag);

imgmatch_status __wrap_imgmatch_image_decode(imgmatch_image **out, const void *data, size_t size,
                                             const imgmatch_limits *limits, imgmatch_diag *diag) {
    allocation_mark mark = {.n = -1};
    if (size < sizeof mark) {
        return __real_imgmatch_image_decode(out, data, size, limits, diag);
    }
    memcpy(&mark, (const uint8_t *)data + size - sizeof mark, sizeof mark);
    if (memcmp(mark.mark, ALLOCATION_MARK, sizeof mark.mark) != 0) {
        fault_malloc_find_owners(); /* All is loaded; no file can be looked into later. */
        return __real_imgmatch_image_decode(out, data, size, limits, diag);
    }
    fault_arm((int)mark.owner, (long)mark.n, false);
    imgmatch_status status =
        __real_imgmatch_image_decode(out, data, size - sizeof mark, limits, diag);
    if (fault_disarm() || status != IMGMATCH_OK) {
        return status;
    }
    imgmatch_image_free(*out);
    *out = NULL;
    return imx_fail_photo(diag, IMGMATCH_REASON_UNSUPPORTED, NO_SUCH_ALLOCATION);
}
