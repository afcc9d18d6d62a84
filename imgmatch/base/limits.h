/* The numbers that callers bound our work with, checked where they come in. */
#ifndef IMX_BASE_LIMITS_H
#define IMX_BASE_LIMITS_H

#include <imgmatch/limits.h>
#include <imgmatch/status.h>

/* All fields of imgmatch_limits, in their order. */
#define IMX_LIMITS_FIELDS(FIELD)                                                                   \
    FIELD(max_file_bytes)                                                                          \
    FIELD(max_pixels)                                                                              \
    FIELD(max_side)                                                                                \
    FIELD(min_side)                                                                                \
    FIELD(max_frames)                                                                              \
    FIELD(max_jpeg_scans)                                                                          \
    FIELD(max_png_chunks)                                                                          \
    FIELD(max_chunk_bytes)                                                                         \
    FIELD(max_candidates)                                                                          \
    FIELD(max_views)                                                                               \
    FIELD(max_line_bytes)                                                                          \
    FIELD(max_json_depth)                                                                          \
    FIELD(max_metadata_bytes)                                                                      \
    FIELD(max_decode_ms)

/* Let *limits, when NULL, be the defaults. IMGMATCH_ERR_ARGUMENT, with a message that names the
 * field, when one is 0: that is a limit that was forgotten, not one that anything could pass. */
imgmatch_status imx_limits_check(const imgmatch_limits **limits, imgmatch_diag *diag);

/* IMGMATCH_ERR_ARGUMENT for a negative number of threads. */
imgmatch_status imx_threads_check(int threads, imgmatch_diag *diag);

#endif
