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
    } fields[] = {{"max_file_bytes", at->max_file_bytes},
                  {"max_pixels", at->max_pixels},
                  {"max_side", at->max_side},
                  {"min_side", at->min_side},
                  {"max_frames", at->max_frames},
                  {"max_jpeg_scans", at->max_jpeg_scans},
                  {"max_png_chunks", at->max_png_chunks},
                  {"max_chunk_bytes", at->max_chunk_bytes},
                  {"max_candidates", at->max_candidates},
                  {"max_views", at->max_views},
                  {"max_line_bytes", at->max_line_bytes},
                  {"max_json_depth", at->max_json_depth},
                  {"max_metadata_bytes", at->max_metadata_bytes},
                  {"max_decode_ms", at->max_decode_ms}};
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
