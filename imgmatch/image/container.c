#include "image/container.h"

#include "base/byte_order.h"
#include "base/diag.h"

#include <string.h>

static imgmatch_status fail_truncated(imgmatch_diag *diag, const char *what) {
    return imx_fail_photo(diag, IMGMATCH_REASON_TRUNCATED, "%s", what);
}

imgmatch_status imx_container_check_frames(uint64_t frames, const imgmatch_limits *limits,
                                           imgmatch_diag *diag) {
    if (frames > limits->max_frames) {
        return imx_fail_photo(diag, IMGMATCH_REASON_TOO_COMPLEX, "more than %u frames",
                              limits->max_frames);
    }
    return IMGMATCH_OK;
}

/* The end of a chain of GIF sub-blocks, or 0 when the data ends before it. */
static size_t skip_gif_blocks(const uint8_t *data, size_t size, size_t at) {
    while (at < size) {
        size_t length = data[at];
        if (length == 0) {
            return at + 1;
        }
        at += 1 + length;
    }
    return 0;
}

static size_t gif_palette_bytes(uint8_t flags) {
    return (flags & 0x80u) != 0 ? (size_t)3 << ((flags & 7u) + 1) : 0;
}

/* A file without the final trailer, or with something else there, is whole when its frames are. */
static imgmatch_status check_gif(const uint8_t *data, size_t size, const imgmatch_limits *limits,
                                 imgmatch_diag *diag) {
    if (size < 13) {
        return fail_truncated(diag, "GIF: file ends in its header");
    }
    imgmatch_status status =
        imx_codec_check_size(imx_little16(data + 6), imx_little16(data + 8), limits, diag);
    if (status != IMGMATCH_OK) {
        return status;
    }
    size_t at = 13 + gif_palette_bytes(data[10]);
    uint64_t frames = 0;
    while (at < size && (data[at] == 0x21 || data[at] == 0x2C)) {
        if (data[at] == 0x21) {
            at = skip_gif_blocks(data, size, at + 2);
        } else if (size - at > 10) {
            size_t pixels = at + 11 + gif_palette_bytes(data[at + 9]);
            at = skip_gif_blocks(data, size, pixels);
            ++frames;
        } else {
            at = 0;
        }
        if (at == 0) {
            return fail_truncated(diag, "GIF: file ends inside a block");
        }
    }
    if (frames == 0) {
        return at >= size ? fail_truncated(diag, "GIF: file ends before its first frame")
                          : imx_fail_photo(diag, IMGMATCH_REASON_CORRUPT, "GIF: no frame");
    }
    return imx_container_check_frames(frames, limits, diag);
}

imgmatch_status imx_container_open(imx_container *out, imx_raster *raster, const uint8_t *data,
                                   size_t size, imgmatch_format format,
                                   const imgmatch_limits *limits, imgmatch_diag *diag) {
    *out = (imx_container){.data = data, .size = size};
    switch (format) {
    case IMGMATCH_FORMAT_WEBP:
        return imx_webp_open(out, raster, limits, diag);
    case IMGMATCH_FORMAT_GIF:
        return check_gif(data, size, limits, diag);
    case IMGMATCH_FORMAT_TIFF:
        return imx_tiff_open(out, raster, limits, diag);
    case IMGMATCH_FORMAT_HEIF:
        return imx_heif_open(out, limits, diag);
    default:
        return imx_fail(diag, IMGMATCH_ERR_INTERNAL, "no container of this format");
    }
}
