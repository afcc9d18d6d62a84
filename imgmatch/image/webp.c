/*
 * WebP's chunks. libvips makes room for the whole canvas while it reads the header, and hands EXIF
 * and XMP to parsers of their own: the canvas is checked here, profile and orientation are read
 * here, and the flags that tell of metadata are cleared in a copy of the file.
 */
#include "image/container.h"

#include "base/byte_order.h"
#include "base/diag.h"
#include "base/memory.h"
#include "image/exif.h"

#include <string.h>

#define FIRST_CHUNK 12u
#define CHUNK_HEAD 8u
#define EXTENDED_BYTES 10u /* Of a VP8X chunk: flags, three reserved bytes, the canvas. */
#define MAX_CHUNKS 1000u   /* Beside frames. */
#define HAS_PROFILE 0x20u
#define HAS_EXIF 0x08u
#define HAS_XMP 0x04u

typedef struct webp_chunk {
    const uint8_t *data;
    size_t size; /* No more than there is in the file. */
} webp_chunk;

typedef struct webp_plan {
    webp_chunk extended; /* The first of each kind; data is NULL when there is none. This one has
                            to be the first of all, or else it counts for nothing. */
    webp_chunk profile;
    webp_chunk exif;
    webp_chunk lossy; /* Not in a frame of an animation. */
    webp_chunk lossless;
    uint64_t frames;
    uint64_t others; /* The decoder keeps a note of each. */
} webp_plan;

static void note_chunk(webp_plan *plan, const uint8_t *type, webp_chunk chunk, bool first) {
    struct {
        const char *type;
        webp_chunk *place;
    } kinds[] = {
        {"ICCP", &plan->profile},
        {"EXIF", &plan->exif},
        {"VP8 ", &plan->lossy},
        {"VP8L", &plan->lossless},
    };
    if (first && memcmp(type, "VP8X", 4) == 0) {
        plan->extended = chunk;
    }
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; ++i) {
        if (memcmp(type, kinds[i].type, 4) == 0 && kinds[i].place->data == NULL) {
            *kinds[i].place = chunk;
        }
    }
    bool is_frame = memcmp(type, "ANMF", 4) == 0;
    plan->frames += is_frame;
    plan->others += !is_frame;
}

/* RIFF: the header gives the size of the whole. */
static imgmatch_status read_chunks(webp_plan *plan, const uint8_t *data, size_t size,
                                   imgmatch_diag *diag) {
    if (size < 20 || size - 8 < imx_little32(data + 4)) {
        return imx_fail_photo(diag, IMGMATCH_REASON_TRUNCATED,
                              "WebP: file is shorter than its header says");
    }
    size_t end = 8 + (size_t)imx_little32(data + 4);
    for (size_t at = FIRST_CHUNK; at + CHUNK_HEAD <= end;) {
        size_t length = imx_little32(data + at + 4);
        size_t room = end - at - CHUNK_HEAD;
        webp_chunk chunk = {data + at + CHUNK_HEAD, length < room ? length : room};
        note_chunk(plan, data + at, chunk, at == FIRST_CHUNK);
        length += length & 1; /* Chunks are padded to even sizes. */
        if (length > room) {
            break;
        }
        at += CHUNK_HEAD + length;
    }
    return IMGMATCH_OK;
}

/* The extended chunk tells of the canvas; without it the picture does, and of two pictures either
 * may count. False, and 0 x 0, when it cannot be told. */
static bool read_canvas(uint64_t *width, uint64_t *height, const webp_plan *plan) {
    *width = *height = 0;
    if (plan->extended.size >= EXTENDED_BYTES) {
        *width = 1 + (uint64_t)imx_little24(plan->extended.data + 4);
        *height = 1 + (uint64_t)imx_little24(plan->extended.data + 7);
        return true;
    }
    bool lossy = plan->lossy.size >= 10;
    bool lossless = plan->lossless.size >= 5;
    if (lossy) {
        *width = imx_little16(plan->lossy.data + 6) & 0x3FFFu;
        *height = imx_little16(plan->lossy.data + 8) & 0x3FFFu;
    }
    if (lossless) {
        uint32_t bits = imx_little32(plan->lossless.data + 1);
        uint64_t across = 1 + (bits & 0x3FFFu);
        uint64_t down = 1 + (bits >> 14 & 0x3FFFu);
        *width = across > *width ? across : *width;
        *height = down > *height ? down : *height;
    }
    return lossy || lossless;
}

void imx_webp_measure(uint64_t *width, uint64_t *height, const uint8_t *data, size_t size) {
    webp_plan plan = {0};
    *width = *height = 0;
    /* libwebp takes what follows anything but a chunk of these for a bare picture. */
    if (size < FIRST_CHUNK + CHUNK_HEAD || memcmp(data, "RIFF", 4) != 0 ||
        memcmp(data + 8, "WEBP", 4) != 0 ||
        (memcmp(data + FIRST_CHUNK, "VP8 ", 4) != 0 &&
         memcmp(data + FIRST_CHUNK, "VP8L", 4) != 0) ||
        read_chunks(&plan, data, size, NULL) != IMGMATCH_OK) {
        return;
    }
    (void)read_canvas(width, height, &plan); /* Its first chunk is a picture: not extended. */
}

/* What cannot be told here is left to the decoder. */
static imgmatch_status check_canvas(const webp_plan *plan, const imgmatch_limits *limits,
                                    imgmatch_diag *diag) {
    uint64_t width;
    uint64_t height;
    return read_canvas(&width, &height, plan) ? imx_codec_check_size(width, height, limits, diag)
                                              : IMGMATCH_OK;
}

/* Profile and orientation go to the raster, and out of the decoder's sight. */
static imgmatch_status take_metadata(imx_container *out, imx_raster *raster, const webp_plan *plan,
                                     const imgmatch_limits *limits, imgmatch_diag *diag) {
    uint32_t flags = plan->extended.size > 0 ? plan->extended.data[0] : 0;
    if ((flags & (HAS_PROFILE | HAS_EXIF | HAS_XMP)) == 0) {
        return IMGMATCH_OK;
    }
    if ((flags & HAS_EXIF) != 0 && plan->exif.data != NULL) {
        raster->orientation = imx_exif_orientation(plan->exif.data, plan->exif.size);
    }
    if ((flags & HAS_PROFILE) != 0 && plan->profile.size > 0) {
        imgmatch_status status =
            imx_raster_set_profile(raster, plan->profile.data, plan->profile.size, limits, diag);
        if (status != IMGMATCH_OK) {
            return status;
        }
    }
    out->copy = (uint8_t *)imx_copy_bytes(out->data, out->size);
    if (out->copy == NULL) {
        return imx_fail_memory(diag);
    }
    out->copy[plan->extended.data - out->data] =
        (uint8_t)(flags & ~(HAS_PROFILE | HAS_EXIF | HAS_XMP));
    out->data = out->copy;
    return IMGMATCH_OK;
}

imgmatch_status imx_webp_open(imx_container *out, imx_raster *raster, const imgmatch_limits *limits,
                              imgmatch_diag *diag) {
    webp_plan plan = {0};
    imgmatch_status status = read_chunks(&plan, out->data, out->size, diag);
    if (status == IMGMATCH_OK) {
        status = imx_container_check_frames(plan.frames, limits, diag);
    }
    if (status == IMGMATCH_OK) {
        status = plan.others <= MAX_CHUNKS
                     ? check_canvas(&plan, limits, diag)
                     : imx_fail_photo(diag, IMGMATCH_REASON_TOO_COMPLEX,
                                      "WebP: more than %u chunks", MAX_CHUNKS);
    }
    return status == IMGMATCH_OK ? take_metadata(out, raster, &plan, limits, diag) : status;
}
