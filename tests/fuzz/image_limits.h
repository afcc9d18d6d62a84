/* The limits under which photos are fuzzed: small enough for many runs a second, large enough for
 * photos that are decoded smaller. */
#ifndef TESTS_FUZZ_IMAGE_LIMITS_H
#define TESTS_FUZZ_IMAGE_LIMITS_H

#include <imgmatch/limits.h>

static inline imgmatch_limits fuzz_image_limits(void) {
    imgmatch_limits limits = IMGMATCH_LIMITS_INIT;
    limits.max_pixels = 4200000;
    limits.max_side = 8192;
    limits.max_frames = 50;
    limits.max_jpeg_scans = 20;
    limits.max_png_chunks = 20;
    limits.max_chunk_bytes = 1u << 16;
    return limits;
}

#endif
