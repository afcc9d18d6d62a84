/*
 * One set of bounds for everything that comes from outside. A NULL `limits` parameter means
 * IMGMATCH_LIMITS_INIT. Limits are checked before the memory that they bound is allocated.
 *
 * Every field is 1 or more: a call that is given limits of which one is 0 fails with
 * IMGMATCH_ERR_ARGUMENT and a message that names it (photo lists want lines of 16 bytes at the
 * least). Start from IMGMATCH_LIMITS_INIT and change
 * what shall be different.
 */
#ifndef IMGMATCH_LIMITS_H
#define IMGMATCH_LIMITS_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct imgmatch_limits {
    /** Size of one photo's file; over it: too_large. Default 67108864 (64 MiB). */
    uint64_t max_file_bytes;
    /** Width x height as the header says; over it: too_large. Bounds memory as well: AVIF and HEIC
        photos take some 16 bytes for each at most, or 32 MiB in all, and are too_complex when
        they would take more, as a coded picture of over 8 bits in 4:2:2 or 4:4:4 with more than
        two thirds of max_pixels would, or with AV1's film grain more than half. A HEIC picture of
        n even slices may have 8 * max_pixels / (n + 1) pixels. Default 100000000. */
    uint64_t max_pixels;
    /** Longest side in pixels; over it: too_large. Default 32768. */
    uint32_t max_side;
    /** Shortest side in pixels; under it: too_small. Default 16. */
    uint32_t min_side;
    /** Frames of an animation (the first is used); over it: too_complex. Default 10000. */
    uint32_t max_frames;
    /** Scans of a progressive JPEG; over it: too_complex, as with scans x pixels of over
        20 * max_pixels. Default 200. */
    uint32_t max_jpeg_scans;
    /** Ancillary chunks of a PNG; over it: too_complex. Default 1000. */
    uint32_t max_png_chunks;
    /** One ancillary PNG chunk, or an ICC profile; over it: too_complex. Default 4194304. */
    uint64_t max_chunk_bytes;
    /** References verified for one query, and so its matches. Default 64. */
    uint32_t max_candidates;
    /** Views looked at for one query. Default 64. */
    uint32_t max_views;
    /** One line of a manifest, of an export or of labels, with its line end. Default 1048576. */
    uint32_t max_line_bytes;
    /** Nesting of a JSON text. Default 32. */
    uint32_t max_json_depth;
    /** Metadata kept with one item. Default 65536 (64 KiB). */
    uint32_t max_metadata_bytes;
    /** Milliseconds for decoding one photo, at least 1; over it: decoder_timeout. A decoder pool
        holds it whatever the decoder does; without one it is looked at between rows. Default
        10000. */
    uint32_t max_decode_ms;
} imgmatch_limits;

#define IMGMATCH_LIMITS_INIT                                                                       \
    {                                                                                              \
        64u << 20, 100000000u, 32768u, 16u, 10000u, 200u, 1000u, 4u << 20, 64u, 64u, 1u << 20,     \
            32u, 64u << 10, 10000u                                                                 \
    }

#ifdef __cplusplus
}
#endif
#endif
