#include "image/container.h"

#include "base/diag.h"
#include "image/codec.h"
#include "image/heif.h"

#include <string.h>

static imgmatch_status fail_truncated(imgmatch_diag *diag, const char *what) {
    return imx_fail_photo(diag, IMGMATCH_REASON_TRUNCATED, "%s", what);
}

static imgmatch_status check_frames(uint64_t frames, const imgmatch_limits *limits,
                                    imgmatch_diag *diag) {
    if (frames > limits->max_frames) {
        return imx_fail_photo(diag, IMGMATCH_REASON_TOO_COMPLEX, "more than %u frames",
                              limits->max_frames);
    }
    return IMGMATCH_OK;
}

static uint32_t little32(const uint8_t *at) {
    return (uint32_t)at[3] << 24 | (uint32_t)at[2] << 16 | (uint32_t)at[1] << 8 | at[0];
}

/* RIFF: the header gives the size of the whole; an animation is one ANMF chunk a frame. */
static imgmatch_status check_webp(const uint8_t *data, size_t size, const imgmatch_limits *limits,
                                  imgmatch_diag *diag) {
    if (size < 20 || size - 8 < little32(data + 4)) {
        return fail_truncated(diag, "WebP: file is shorter than its header says");
    }
    size_t end = 8 + (size_t)little32(data + 4);
    uint64_t frames = 0;
    for (size_t at = 12; at + 8 <= end;) {
        uint64_t length = little32(data + at + 4);
        length += length & 1; /* Chunks are padded to even sizes. */
        frames += memcmp(data + at, "ANMF", 4) == 0;
        if (length > end - at - 8) {
            break;
        }
        at += 8 + (size_t)length;
    }
    return check_frames(frames, limits, diag);
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
    uint32_t width = data[6] | (uint32_t)data[7] << 8;
    uint32_t height = data[8] | (uint32_t)data[9] << 8;
    imgmatch_status status = imx_codec_check_size(width, height, limits, diag);
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
    return check_frames(frames, limits, diag);
}

/* Classic TIFF and BigTIFF differ in the width of offsets and counts only. */
typedef struct tiff_file {
    const uint8_t *data;
    size_t size;
    bool big_endian;
    bool big_tiff;
    bool failed; /* Something lay outside the file. */
} tiff_file;

static uint64_t tiff_number(tiff_file *tiff, uint64_t at, unsigned bytes) {
    if (at > tiff->size || tiff->size - at < bytes) {
        tiff->failed = true;
        return 0;
    }
    uint64_t value = 0;
    for (unsigned i = 0; i < bytes; ++i) {
        unsigned from = tiff->big_endian ? i : bytes - 1 - i;
        value = value << 8 | tiff->data[at + from];
    }
    return value;
}

/* The numbers of one tag: offsets or sizes of strips or tiles. */
typedef struct tiff_array {
    uint64_t at;
    uint64_t count;
    unsigned bytes; /* Of one number. */
} tiff_array;

static tiff_array tiff_entry(tiff_file *tiff, uint64_t entry) {
    unsigned wide = tiff->big_tiff ? 8 : 4;
    uint64_t type = tiff_number(tiff, entry + 2, 2);
    tiff_array array = {.count = tiff_number(tiff, entry + 4, wide),
                        .bytes = type == 3    ? 2
                                 : type == 16 ? 8
                                              : 4};
    uint64_t place = entry + 4 + wide;
    bool inside_entry = array.count <= wide / array.bytes;
    array.at = inside_entry ? place : tiff_number(tiff, place, wide);
    return array;
}

/* Every strip or tile of a directory has to lie in the file. */
static void tiff_check_directory(tiff_file *tiff, uint64_t directory, uint64_t entries) {
    tiff_array offsets = {0};
    tiff_array sizes = {0};
    unsigned head = tiff->big_tiff ? 8 : 2;
    unsigned entry_bytes = tiff->big_tiff ? 20 : 12;
    for (uint64_t i = 0; i < entries && !tiff->failed; ++i) {
        uint64_t entry = directory + head + i * entry_bytes;
        uint64_t tag = tiff_number(tiff, entry, 2);
        if (tag == 273 || tag == 324) {
            offsets = tiff_entry(tiff, entry);
        } else if (tag == 279 || tag == 325) {
            sizes = tiff_entry(tiff, entry);
        }
    }
    uint64_t count = offsets.count < sizes.count ? offsets.count : sizes.count;
    for (uint64_t i = 0; i < count && !tiff->failed; ++i) {
        uint64_t offset = tiff_number(tiff, offsets.at + i * offsets.bytes, offsets.bytes);
        uint64_t bytes = tiff_number(tiff, sizes.at + i * sizes.bytes, sizes.bytes);
        if (offset > tiff->size || bytes > tiff->size - offset) {
            tiff->failed = true;
        }
    }
}

/* The first directory holds the picture that is read; the others are only counted. */
static imgmatch_status check_tiff(const uint8_t *data, size_t size, const imgmatch_limits *limits,
                                  imgmatch_diag *diag) {
    tiff_file tiff = {data, size, size > 0 && data[0] == 'M', false, false};
    tiff.big_tiff = tiff_number(&tiff, 2, 2) == 43;
    unsigned wide = tiff.big_tiff ? 8 : 4;
    unsigned head = tiff.big_tiff ? 8 : 2;
    unsigned entry_bytes = tiff.big_tiff ? 20 : 12;
    uint64_t directory = tiff_number(&tiff, tiff.big_tiff ? 8 : 4, wide);
    uint64_t frames = 0;
    while (directory != 0 && !tiff.failed && frames <= limits->max_frames) {
        uint64_t entries = tiff_number(&tiff, directory, head);
        if (entries > size / entry_bytes) {
            tiff.failed = true;
            break;
        }
        if (frames == 0) {
            tiff_check_directory(&tiff, directory, entries);
        }
        ++frames;
        directory = tiff_number(&tiff, directory + head + entries * entry_bytes, wide);
    }
    if (tiff.failed) {
        return fail_truncated(diag, "TIFF: pixels or tags lie outside the file");
    }
    return frames == 0 ? imx_fail_photo(diag, IMGMATCH_REASON_CORRUPT, "TIFF: no picture")
                       : check_frames(frames, limits, diag);
}

imgmatch_status imx_container_check(const uint8_t *data, size_t size, imgmatch_format format,
                                    const imgmatch_limits *limits, imgmatch_diag *diag) {
    switch (format) {
    case IMGMATCH_FORMAT_WEBP:
        return check_webp(data, size, limits, diag);
    case IMGMATCH_FORMAT_GIF:
        return check_gif(data, size, limits, diag);
    case IMGMATCH_FORMAT_TIFF:
        return check_tiff(data, size, limits, diag);
    case IMGMATCH_FORMAT_HEIF:
        return imx_heif_check(data, size, limits, diag);
    default:
        return imx_fail(diag, IMGMATCH_ERR_INTERNAL, "no container of this format");
    }
}
