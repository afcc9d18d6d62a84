/*
 * BMP, read here because no trusted loader below us does.
 *
 * Phases: parse the header into a plan that holds nothing but checked numbers, then fill rows.
 * Every read of the file goes through a bound, so a bad offset ends as `truncated`. Windows headers
 * of 40 to 124 bytes and the OS/2 header of 12 are read: 1, 4 and 8 bits with palette (plain and
 * run-length coded), 16, 24 and 32 bits with masks. Embedded JPEG and PNG are unsupported.
 */
#include "image/codec.h"

#include "base/byte_order.h"
#include "base/diag.h"
#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

enum { RAW = 0, RLE8 = 1, RLE4 = 2, MASKS = 3, MASKS_ALPHA = 6 };

#define FILE_HEADER_BYTES 14u

typedef struct bmp_plan {
    const uint8_t *data;
    size_t size;
    uint32_t width;
    uint32_t height;
    bool top_down;
    uint32_t bits; /* Of a pixel. */
    uint32_t compression;
    size_t pixels_at;
    uint8_t palette[256][3]; /* RGB. */
    uint32_t masks[4];       /* Red, green, blue, alpha. */
} bmp_plan;

static imgmatch_status fail_truncated(imgmatch_diag *diag) {
    return imx_fail_photo(diag, IMGMATCH_REASON_TRUNCATED, "BMP: file ends too early");
}

static imgmatch_status fail_corrupt(imgmatch_diag *diag, const char *what) {
    return imx_fail_photo(diag, IMGMATCH_REASON_CORRUPT, "BMP: %s", what);
}

static bool known_depth(uint32_t bits, uint32_t compression) {
    switch (compression) {
    case RAW:
        return bits == 1 || bits == 4 || bits == 8 || bits == 16 || bits == 24 || bits == 32;
    case RLE8:
        return bits == 8;
    case RLE4:
        return bits == 4;
    case MASKS:
    case MASKS_ALPHA:
        return bits == 16 || bits == 32;
    default:
        return false;
    }
}

static void plan_masks(bmp_plan *plan, uint32_t header_bytes) {
    static const uint32_t masks16[3] = {0x7C00, 0x03E0, 0x001F};
    static const uint32_t masks32[3] = {0xFF0000, 0xFF00, 0xFF};
    bool explicit_masks = plan->compression == MASKS || plan->compression == MASKS_ALPHA;
    if (!explicit_masks) {
        memcpy(plan->masks, plan->bits == 16 ? masks16 : masks32, sizeof masks16);
        return;
    }
    const uint8_t *at = plan->data + FILE_HEADER_BYTES + 40;
    for (int i = 0; i < 3; ++i) {
        plan->masks[i] = imx_little32(at + 4 * i);
    }
    if (header_bytes >= 56 || plan->compression == MASKS_ALPHA) {
        plan->masks[3] = imx_little32(at + 12);
    }
}

static void plan_palette(bmp_plan *plan, size_t at, uint32_t used, size_t entry_bytes) {
    uint32_t most = 1u << plan->bits;
    uint32_t count = used == 0 || used > most ? most : used;
    size_t room = at < plan->pixels_at ? (plan->pixels_at - at) / entry_bytes : 0;
    for (uint32_t i = 0; i < count && i < room; ++i) {
        const uint8_t *entry = plan->data + at + i * entry_bytes;
        plan->palette[i][0] = entry[2];
        plan->palette[i][1] = entry[1];
        plan->palette[i][2] = entry[0];
    }
}

/* Dimensions, depth and compression of either kind of header. */
static imgmatch_status plan_numbers(bmp_plan *plan, uint32_t header_bytes, uint32_t *palette_used,
                                    imgmatch_diag *diag) {
    const uint8_t *header = plan->data + FILE_HEADER_BYTES;
    if (header_bytes == 12) {
        plan->width = imx_little16(header + 4);
        plan->height = imx_little16(header + 6);
        plan->bits = imx_little16(header + 10);
        return IMGMATCH_OK;
    }
    uint32_t width = imx_little32(header + 4);
    uint32_t height = imx_little32(header + 8);
    plan->top_down = (height & 0x80000000u) != 0;
    plan->width = width;
    plan->height = plan->top_down ? 0u - height : height;
    plan->bits = imx_little16(header + 14);
    plan->compression = imx_little32(header + 16);
    *palette_used = imx_little32(header + 32);
    return (width & 0x80000000u) != 0 ? fail_corrupt(diag, "negative width") : IMGMATCH_OK;
}

static imgmatch_status make_plan(bmp_plan *plan, const imgmatch_limits *limits,
                                 imgmatch_diag *diag) {
    if (plan->size < FILE_HEADER_BYTES + 12) {
        return fail_truncated(diag);
    }
    plan->pixels_at = imx_little32(plan->data + 10);
    uint32_t header_bytes = imx_little32(plan->data + FILE_HEADER_BYTES);
    if (header_bytes != 12 && (header_bytes < 40 || header_bytes > 124)) {
        return imx_fail_photo(diag, IMGMATCH_REASON_UNSUPPORTED, "BMP: header of %u bytes",
                              header_bytes);
    }
    /* The masks of a 40-byte header lie behind it; all other tables lie before the pixels. */
    size_t tables = FILE_HEADER_BYTES + (size_t)header_bytes;
    size_t needed = header_bytes == 12 ? tables : FILE_HEADER_BYTES + 56;
    if (plan->size < needed || plan->pixels_at > plan->size) {
        return fail_truncated(diag);
    }
    uint32_t palette_used = 0;
    imgmatch_status status = plan_numbers(plan, header_bytes, &palette_used, diag);
    if (status != IMGMATCH_OK) {
        return status;
    }
    if (!known_depth(plan->bits, plan->compression)) {
        return imx_fail_photo(diag, IMGMATCH_REASON_UNSUPPORTED, "BMP: %u bits, compression %u",
                              plan->bits, plan->compression);
    }
    if (plan->bits <= 8) {
        plan_palette(plan, tables, palette_used, header_bytes == 12 ? 3 : 4);
    } else {
        plan_masks(plan, header_bytes);
    }
    return imx_codec_check_size(plan->width, plan->height, limits, diag);
}

static uint8_t *row_at(const imx_raster *raster, const bmp_plan *plan, uint32_t row) {
    size_t y = plan->top_down ? row : plan->height - 1 - row;
    return raster->samples + y * 3 * plan->width;
}

/* The bits under a mask, stretched to 0..255. */
static uint8_t masked(uint32_t pixel, uint32_t mask) {
    if (mask == 0) {
        return 0;
    }
    unsigned shift = (unsigned)__builtin_ctz(mask);
    uint64_t most = mask >> shift;
    uint64_t value = (pixel & mask) >> shift;
    return (uint8_t)((value * 255 + most / 2) / most);
}

static uint32_t packed_pixel(const uint8_t *at, uint32_t bits) {
    return bits == 16   ? imx_little16(at)
           : bits == 32 ? imx_little32(at)
                        : imx_little16(at) | (uint32_t)at[2] << 16;
}

static void read_palette_row(uint8_t *rgb, const uint8_t *row, const bmp_plan *plan) {
    uint32_t mask = (1u << plan->bits) - 1;
    for (uint32_t x = 0; x < plan->width; ++x) {
        uint32_t bit = x * plan->bits;
        uint32_t index = (uint32_t)row[bit / 8] >> (8 - plan->bits - bit % 8) & mask;
        memcpy(rgb + 3 * (size_t)x, plan->palette[index], 3);
    }
}

static void read_packed_row(uint8_t *rgb, const uint8_t *row, const bmp_plan *plan, bool alpha) {
    size_t bytes = plan->bits / 8;
    for (uint32_t x = 0; x < plan->width; ++x) {
        uint32_t pixel = packed_pixel(row + x * bytes, plan->bits);
        uint8_t sample[4] = {masked(pixel, plan->masks[0]), masked(pixel, plan->masks[1]),
                             masked(pixel, plan->masks[2]), masked(pixel, plan->masks[3])};
        if (alpha) {
            imx_codec_flatten_row(rgb + 3 * (size_t)x, sample, 1, 4);
        } else {
            memcpy(rgb + 3 * (size_t)x, sample, 3);
        }
    }
}

/* Many writers leave the alpha of opaque pictures at 0: it counts when some pixel has more. */
static bool uses_alpha(const bmp_plan *plan, size_t row_bytes) {
    if (plan->bits < 16 || plan->masks[3] == 0) {
        return false;
    }
    for (uint32_t row = 0; row < plan->height; ++row) {
        const uint8_t *from = plan->data + plan->pixels_at + row * row_bytes;
        for (uint32_t x = 0; x < plan->width; ++x) {
            if ((packed_pixel(from + x * (plan->bits / 8), plan->bits) & plan->masks[3]) != 0) {
                return true;
            }
        }
    }
    return false;
}

static imgmatch_status read_rows(imx_raster *raster, const bmp_plan *plan, imgmatch_diag *diag) {
    /* Rows are padded to 4 bytes. Sides were checked: no overflow in 64 bits. */
    size_t row_bytes = ((size_t)plan->width * plan->bits + 31) / 32 * 4;
    if ((plan->size - plan->pixels_at) / row_bytes < plan->height) {
        return fail_truncated(diag);
    }
    raster->had_alpha = uses_alpha(plan, row_bytes);
    for (uint32_t row = 0; row < plan->height; ++row) {
        const uint8_t *from = plan->data + plan->pixels_at + row * row_bytes;
        if (plan->bits <= 8) {
            read_palette_row(row_at(raster, plan, row), from, plan);
        } else {
            read_packed_row(row_at(raster, plan, row), from, plan, raster->had_alpha);
        }
    }
    return IMGMATCH_OK;
}

/* `count` pixels from x on; what runs over the end of the row is left out. `bytes` are literal
 * pixels, or one byte that is repeated. */
static void put_run(uint8_t *rgb, uint32_t x, uint32_t count, const uint8_t *bytes, bool literal,
                    const bmp_plan *plan) {
    for (uint32_t i = 0; i < count && x + i < plan->width; ++i) {
        uint32_t index = plan->bits == 8
                             ? bytes[literal ? i : 0]
                             : (uint32_t)bytes[literal ? i / 2 : 0] >> (i % 2 == 0 ? 4 : 0) & 15u;
        memcpy(rgb + 3 * (size_t)(x + i), plan->palette[index], 3);
    }
}

/* Run-length codes: (count, value), or an escape (0, 0) end of row, (0, 1) end of picture,
 * (0, 2) jump, (0, n) n literal pixels padded to an even number of bytes. */
static imgmatch_status read_runs(imx_raster *raster, const bmp_plan *plan, imgmatch_diag *diag) {
    for (size_t i = 0; i < (size_t)plan->width * plan->height; ++i) {
        memcpy(raster->samples + 3 * i, plan->palette[0], 3);
    }
    const uint8_t *data = plan->data;
    size_t at = plan->pixels_at;
    uint32_t x = 0;
    uint32_t row = 0;
    while (row < plan->height) {
        if (plan->size - at < 2) {
            return fail_truncated(diag);
        }
        uint32_t count = data[at];
        uint32_t value = data[at + 1];
        at += 2;
        if (count > 0) {
            put_run(row_at(raster, plan, row), x, count, data + at - 1, false, plan);
            x = x + count < plan->width ? x + count : plan->width;
        } else if (value == 0) {
            x = 0;
            ++row;
        } else if (value == 1) {
            return IMGMATCH_OK;
        } else if (value == 2) {
            if (plan->size - at < 2) {
                return fail_truncated(diag);
            }
            x = x + data[at] < plan->width ? x + data[at] : plan->width;
            row += data[at + 1];
            at += 2;
        } else {
            size_t bytes = (plan->bits == 8 ? value : (value + 1) / 2) + 1u;
            bytes &= ~(size_t)1;
            if (plan->size - at < bytes) {
                return fail_truncated(diag);
            }
            put_run(row_at(raster, plan, row), x, value, data + at, true, plan);
            x = x + value < plan->width ? x + value : plan->width;
            at += bytes;
        }
    }
    return IMGMATCH_OK;
}

imgmatch_status imx_bmp_decode(imx_raster *out, const uint8_t *data, size_t size,
                               const imgmatch_limits *limits, imgmatch_diag *diag) {
    bmp_plan plan = {.data = data, .size = size};
    imgmatch_status status = make_plan(&plan, limits, diag);
    if (status == IMGMATCH_OK) {
        status = imx_raster_reserve(out, plan.width, plan.height, 3, diag);
    }
    if (status != IMGMATCH_OK) {
        return status;
    }
    out->source_width = plan.width;
    out->source_height = plan.height;
    bool runs = plan.compression == RLE8 || plan.compression == RLE4;
    status = runs ? read_runs(out, &plan, diag) : read_rows(out, &plan, diag);
    if (status != IMGMATCH_OK) {
        imx_raster_clear(out);
    }
    return status;
}
