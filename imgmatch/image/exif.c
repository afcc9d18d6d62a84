#include "image/exif.h"

#include "base/byte_order.h"

#include <string.h>

#define TAG_ORIENTATION 0x0112u
#define TYPE_SHORT 3u
#define ENTRY_BYTES 12u

typedef struct block_reader {
    const uint8_t *bytes;
    size_t size;
    bool big_endian;
} block_reader;

static uint32_t read16(const block_reader *block, size_t at) {
    return block->big_endian ? imx_big16(block->bytes + at) : imx_little16(block->bytes + at);
}

static uint32_t read32(const block_reader *block, size_t at) {
    return block->big_endian ? imx_big32(block->bytes + at) : imx_little32(block->bytes + at);
}

uint32_t imx_exif_orientation(const uint8_t *block_bytes, size_t size) {
    if (size >= 6 && memcmp(block_bytes, "Exif\0\0", 6) == 0) {
        block_bytes += 6;
        size -= 6;
    }
    if (size < 8) {
        return 1;
    }
    block_reader block = {block_bytes, size, block_bytes[0] == 'M'};
    if (memcmp(block_bytes, block.big_endian ? "MM\0*" : "II*\0", 4) != 0) {
        return 1;
    }
    size_t directory = read32(&block, 4);
    if (directory > size - 2) {
        return 1;
    }
    size_t entries = read16(&block, directory);
    size_t room = (size - 2 - directory) / ENTRY_BYTES;
    if (entries > room) {
        entries = room;
    }
    for (size_t i = 0; i < entries; ++i) {
        size_t at = directory + 2 + i * ENTRY_BYTES;
        if (read16(&block, at) == TAG_ORIENTATION && read16(&block, at + 2) == TYPE_SHORT) {
            uint32_t value = read16(&block, at + 8);
            return value >= 1 && value <= 8 ? value : 1;
        }
    }
    return 1;
}

/* Every orientation is a walk through the source: start at a corner, step along a row of the
 * result by `across` bytes and from row to row by `down` bytes. */
void imx_exif_turn(uint8_t *out, imx_pixels in, uint32_t orientation) {
    ptrdiff_t pixel = 3;
    ptrdiff_t row = (ptrdiff_t)in.stride_bytes;
    ptrdiff_t right = (ptrdiff_t)(in.width - 1) * pixel;
    ptrdiff_t bottom = (ptrdiff_t)(in.height - 1) * row;
    bool swapped = orientation >= 5;
    /* The result's left to right runs right to left (or bottom to top) in the source ... */
    bool reverse_across =
        orientation == 2 || orientation == 3 || orientation == 6 || orientation == 7;
    /* ... and its top to bottom runs bottom to top (or right to left). */
    bool reverse_down =
        orientation == 3 || orientation == 4 || orientation == 7 || orientation == 8;
    ptrdiff_t across = swapped ? row : pixel;
    ptrdiff_t down = swapped ? pixel : row;
    ptrdiff_t across_end = swapped ? bottom : right;
    ptrdiff_t down_end = swapped ? right : bottom;
    ptrdiff_t line = (reverse_across ? across_end : 0) + (reverse_down ? down_end : 0);
    across = reverse_across ? -across : across;
    down = reverse_down ? -down : down;
    uint32_t width = swapped ? in.height : in.width;
    uint32_t height = swapped ? in.width : in.height;
    for (uint32_t y = 0; y < height; ++y, line += down) {
        ptrdiff_t from = line;
        for (uint32_t x = 0; x < width; ++x, from += across, out += 3) {
            out[0] = in.rgb[from];
            out[1] = in.rgb[from + 1];
            out[2] = in.rgb[from + 2];
        }
    }
}
