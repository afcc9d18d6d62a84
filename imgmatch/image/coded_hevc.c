/*
 * HEVC's network units. Beside the pictures themselves libde265 1.0 makes of a few bytes:
 *
 *   tables of a whole picture for each picture parameter set, which stay for each of 64 numbers;
 *   a whole grey picture for each reference that a picture says it has, if it is not there;
 *   all blocks up to the picture's end for each slice, whether others have them as well, and also
 *   when the slice's data ends before;
 *   a decoder's state for each row or tile that a slice claims to have.
 *
 * All of that counts in pixels of the largest picture so far: sets stand before what they are for.
 */
#include "image/bit_reader.h"
#include "image/coded_size.h"

#include <string.h>

/* What is read of a parameter set or of a slice is in so many of its first bytes, of which decoders
 * that are in use write a hundred. */
#define MOST_UNESCAPED_BYTES 256u
/* For each byte that keeps start codes out of a unit libde265 1.0 moves all that follow; so many
 * are moved in the time that one takes otherwise. */
#define MOVED_AT_ONCE 16u
/* A slice's header is kept, with room for all that it may say of references. */
#define SLICE_WORK 4096u
#define MOST_REFERENCES 16u
/* The room that each row or tile of a slice takes until its picture is whole, when they are coded
 * to be decoded side by side. */
#define PART_PIXELS 32768u
#define MOST_TILES 440u
/* One is what any picture has; cameras repeat it before the picture. */
#define USUAL_PICTURE_SETS 2u
/* HEVC has no level for larger ones. With it no sum below overflows before some 1.8 gigabytes of
 * units, and the size of an item is bounded by far less (heif.c). */
#define MOST_SIDE 65536u

/* Each block of a picture that is made of nothing but itself says how it is predicted, part by
 * part, and mpm_idx or rem_intra_luma_pred_mode takes one bit of data or more each time (7.3.8.5,
 * 9.3.4.3.4). Half a bit is asked for. x265 writes seven bits a block of a black picture. */
#define MOST_BLOCKS_A_BYTE 16u

/* A unit's bytes without those that keep start codes out of it: 3 behind two zeros. */
static size_t unescape(uint8_t *out, const uint8_t *data, size_t size) {
    size_t count = 0;
    unsigned zeros = 0;
    for (size_t i = 0; i < size && count < MOST_UNESCAPED_BYTES; i++) {
        if (zeros >= 2 && data[i] == 3) {
            zeros = 0;
            continue;
        }
        zeros = data[i] == 0 ? zeros + 1 : 0;
        out[count++] = data[i];
    }
    return count;
}

/* profile_tier_level, 7.3.3: flags and levels of the whole and of each sub-layer. */
static void skip_profile(imx_bit_reader *bits, uint32_t sub_layers) {
    bool has_profile[8] = {false};
    bool has_level[8] = {false};
    for (int i = 0; i < 3; i++) {
        imx_bits_skip(bits, 32);
    }
    for (uint32_t i = 0; i < sub_layers; i++) {
        has_profile[i] = imx_bits_flag(bits);
        has_level[i] = imx_bits_flag(bits);
    }
    for (uint32_t i = sub_layers; sub_layers > 0 && i < 8; i++) {
        imx_bits_skip(bits, 2);
    }
    for (uint32_t i = 0; i < sub_layers; i++) {
        for (int j = 0; has_profile[i] && j < 11; j++) {
            imx_bits_skip(bits, 8);
        }
        if (has_level[i]) {
            imx_bits_skip(bits, 8);
        }
    }
}

static uint64_t largest_picture(const imx_coded_pictures *pictures) {
    uint64_t width = pictures->width < MOST_SIDE ? pictures->width : MOST_SIDE;
    uint64_t height = pictures->height < MOST_SIDE ? pictures->height : MOST_SIDE;
    return width * height;
}

/* Room that is kept as long as the decoder is there. */
static void keep(imx_coded_pictures *pictures, uint64_t pixels) {
    pictures->more_pixels += pixels;
    pictures->kept_pixels += pixels;
}

static void skip_golombs(imx_bit_reader *bits, unsigned count) {
    for (unsigned i = 0; i < count; i++) {
        (void)imx_bits_golomb(bits);
    }
}

/* Up to the number of reference picture sets. A set in the parameters or in a slice has as many
 * references as there are buffers, or one more than another set has. */
static uint32_t read_references(imx_bit_reader *bits, uint32_t buffers) {
    skip_golombs(bits, 4); /* Transforms. */
    bool scaled = imx_bits_flag(bits);
    if (scaled && imx_bits_flag(bits)) { /* By lists of their own. */
        return MOST_REFERENCES;
    }
    imx_bits_skip(bits, 2);
    if (imx_bits_flag(bits)) { /* Samples that are not coded. */
        imx_bits_skip(bits, 8);
        skip_golombs(bits, 2);
        imx_bits_skip(bits, 1);
    }
    uint32_t sets = imx_bits_golomb(bits);
    return bits->failed || buffers > MOST_REFERENCES || sets > MOST_REFERENCES - buffers
               ? MOST_REFERENCES
               : buffers + sets;
}

/* The depth of chroma and what follows it. False when blocks have a size that HEVC does not know:
 * libde265 takes small ones, and has some hundred bytes for each. */
static bool read_blocks(imx_coded_pictures *pictures, imx_bit_reader *bits, imx_coded_shape shape,
                        uint32_t sub_layers) {
    enum { LEAST_SIDE_BITS = 4, MOST_SIDE_BITS = 6 };
    uint32_t chroma_bits = 8 + imx_bits_golomb(bits);
    pictures->deep = pictures->deep || shape.bits > 8 || chroma_bits > 8 || bits->failed;
    skip_golombs(bits, 1); /* Bits of a picture's number. */
    uint32_t layers = imx_bits_flag(bits) ? sub_layers + 1 : 1;
    uint32_t buffers = 0;
    for (uint32_t i = 0; i < layers; i++) {
        buffers = imx_bits_golomb(bits) + 1;
        skip_golombs(bits, 2);
    }
    uint64_t side_bits = 3 + (uint64_t)imx_bits_golomb(bits);
    side_bits += imx_bits_golomb(bits);
    bool known = !bits->failed && shape.width <= MOST_SIDE && shape.height <= MOST_SIDE;
    if (known && (side_bits < LEAST_SIDE_BITS || side_bits > MOST_SIDE_BITS)) {
        return false;
    }
    uint32_t round = known ? (1u << side_bits) - 1 : 0;
    imx_hevc_sets *sets = &pictures->sets;
    uint32_t rows = known ? (shape.height + round) >> side_bits : MOST_SIDE >> LEAST_SIDE_BITS;
    sets->rows = rows > sets->rows ? rows : sets->rows;
    uint32_t blocks = known ? ((shape.width + round) >> side_bits) * rows : 0;
    sets->blocks_differ = sets->blocks_differ || (sets->sequence_known && blocks != sets->blocks);
    sets->sequence_known = true;
    sets->blocks = blocks;
    uint32_t references = read_references(bits, buffers);
    sets->references = references > sets->references ? references : sets->references;
    return true;
}

/* What is cut off on both ends of a side, in steps of so many pixels; false when nothing is left.
 */
static bool cut_side(uint32_t *at, uint32_t *shown, uint32_t side, const uint32_t cut[2],
                     uint64_t step) {
    uint64_t off = step * ((uint64_t)cut[0] + cut[1]);
    bool left = off < side;
    *at = left ? (uint32_t)(step * cut[0]) : 0;
    *shown = left ? side - (uint32_t)off : 0;
    return left;
}

/* seq_parameter_set_rbsp, 7.3.2.2. */
static bool read_sequence(imx_coded_pictures *pictures, const uint8_t *data, size_t size) {
    uint8_t bytes[MOST_UNESCAPED_BYTES];
    imx_bit_reader bits = {bytes, unescape(bytes, data, size), 0, false};
    imx_bits_skip(&bits, 4);
    uint32_t sub_layers = imx_bits_take(&bits, 3);
    imx_bits_skip(&bits, 1);
    skip_profile(&bits, sub_layers);
    (void)imx_bits_golomb(&bits);
    uint32_t chroma = imx_bits_golomb(&bits);
    pictures->dense = pictures->dense || chroma > 1; /* 4:2:2, 4:4:4. */
    if (chroma == 3 && imx_bits_flag(&bits)) {
        pictures->separate_planes = true;
    }
    imx_coded_shape shape = {.width = imx_bits_golomb(&bits)};
    shape.height = imx_bits_golomb(&bits);
    imx_coded_note_size(pictures, shape.width, shape.height);
    if (bits.failed) {
        return false;
    }
    bool has_cut = imx_bits_flag(&bits);
    uint32_t cut[4] = {0, 0, 0, 0}; /* Left, right, top and bottom, in pixels of the colours. */
    for (int i = 0; has_cut && i < 4; i++) {
        cut[i] = imx_bits_golomb(&bits);
    }
    bool across = cut_side(&shape.left, &shape.shown_width, shape.width, cut,
                           chroma == 1 || chroma == 2 ? 2 : 1);
    bool down =
        cut_side(&shape.top, &shape.shown_height, shape.height, cut + 2, chroma == 1 ? 2 : 1);
    shape.bits = 8 + imx_bits_golomb(&bits);
    imx_coded_note_shape(pictures, shape, !bits.failed);
    if (!across || !down) {
        return false;
    }
    return read_blocks(pictures, &bits, shape, sub_layers);
}

/* pic_parameter_set_rbsp, 7.3.2.3, as far as slices need it. */
static void read_picture_set(imx_coded_pictures *pictures, const uint8_t *data, size_t size) {
    uint8_t bytes[MOST_UNESCAPED_BYTES];
    imx_bit_reader bits = {bytes, unescape(bytes, data, size), 0, false};
    imx_hevc_sets *sets = &pictures->sets;
    skip_golombs(&bits, 2);
    bool dependent_slices = imx_bits_flag(&bits);
    sets->slices_differ =
        sets->slices_differ || (sets->pictures > 0 && dependent_slices != sets->dependent_slices);
    sets->dependent_slices = dependent_slices;
    imx_bits_skip(&bits, 6);
    skip_golombs(&bits, 3);
    imx_bits_skip(&bits, 2);
    if (imx_bits_flag(&bits)) { /* Blocks have their own quantiser. */
        skip_golombs(&bits, 1);
    }
    skip_golombs(&bits, 2);
    imx_bits_skip(&bits, 4);
    bool tiled = imx_bits_flag(&bits);
    bool rows_apart = imx_bits_flag(&bits);
    uint64_t tiles = tiled ? (uint64_t)imx_bits_golomb(&bits) + 1 : 0;
    tiles *= tiled ? (uint64_t)imx_bits_golomb(&bits) + 1 : 0;
    tiles = tiles < MOST_TILES && !bits.failed ? tiles : MOST_TILES;
    sets->rows_apart = sets->rows_apart || rows_apart || bits.failed;
    sets->tiles = tiles > sets->tiles ? (uint32_t)tiles : sets->tiles;
    if (++sets->pictures > USUAL_PICTURE_SETS) {
        keep(pictures, largest_picture(pictures));
    }
}

/* A picture that is made of nothing but itself. */
static bool is_random_access(unsigned type) { return type >= 16 && type <= 23; }

/* How many of the picture's blocks lie before the slice, which is not its first one:
 * slice_segment_header, 7.3.6.1. None where sets differ in how that is written. */
static uint32_t blocks_before(const imx_hevc_sets *sets, unsigned type, const uint8_t *data,
                              size_t size) {
    if (sets->blocks_differ || sets->slices_differ) {
        return 0;
    }
    uint8_t bytes[MOST_UNESCAPED_BYTES];
    imx_bit_reader bits = {bytes, unescape(bytes, data, size), 0, false};
    imx_bits_skip(&bits, 1);
    if (is_random_access(type)) {
        imx_bits_skip(&bits, 1);
    }
    (void)imx_bits_golomb(&bits);
    if (sets->dependent_slices) {
        imx_bits_skip(&bits, 1);
    }
    unsigned address_bits = 0;
    while (address_bits < 32 && (uint64_t)1 << address_bits < sets->blocks) {
        address_bits++;
    }
    uint32_t address = imx_bits_take(&bits, address_bits);
    return !bits.failed && address < sets->blocks ? address : 0;
}

static void count_slice(imx_coded_pictures *pictures, unsigned type, const uint8_t *data,
                        size_t size) {
    enum { FIRST_WITHOUT_REFERENCES = 19, LAST_WITHOUT_REFERENCES = 20 };
    pictures->slice_bytes += size;
    pictures->may_skip = pictures->may_skip || !is_random_access(type);
    const imx_hevc_sets *sets = &pictures->sets;
    uint64_t pixels = largest_picture(pictures);
    bool first = (data[0] & 128u) != 0; /* Of a picture. */
    pictures->work += SLICE_WORK;
    pictures->count += first;
    if (!first || pictures->count > 1) { /* One is what any picture has. */
        uint32_t rows = sets->rows_apart ? sets->rows : 0;
        keep(pictures, PART_PIXELS * (rows > sets->tiles ? rows : sets->tiles));
    }
    if (!first) {
        uint32_t before = blocks_before(sets, type, data, size);
        pictures->more_pixels +=
            before == 0 ? pixels : pixels * (sets->blocks - before) / sets->blocks;
    } else if (type < FIRST_WITHOUT_REFERENCES || type > LAST_WITHOUT_REFERENCES) {
        keep(pictures, sets->references * pixels);
    }
}

static uint64_t count_moved(const uint8_t *data, size_t size) {
    uint64_t moved = 0;
    for (size_t at = 2; at < size; at++) {
        const uint8_t *three = memchr(data + at, 3, size - at);
        if (three == NULL) {
            break;
        }
        at = (size_t)(three - data);
        moved += three[-1] == 0 && three[-2] == 0 ? size - at : 0;
    }
    return moved;
}

static bool measure_unit(imx_coded_pictures *pictures, const uint8_t *data, size_t size) {
    enum { LAST_SLICE_TYPE = 31, SEQUENCE_PARAMETERS = 33, PICTURE_PARAMETERS = 34 };
    pictures->work += IMX_CODED_UNIT_WORK + size + count_moved(data, size) / MOVED_AT_ONCE;
    if (size < 3) {
        return true; /* Nothing behind its header; decoders pass over it. */
    }
    if ((data[1] & 7u) == 0) {
        return false; /* A header that ends in zeros would count among those in front of a 3. */
    }
    unsigned type = data[0] >> 1 & 63u;
    unsigned layer = (data[0] & 1u) << 5 | data[1] >> 3;
    if (layer > 0) {
        return true;
    }
    data += 2;
    size -= 2;
    if (type == SEQUENCE_PARAMETERS) {
        return read_sequence(pictures, data, size);
    }
    if (type == PICTURE_PARAMETERS) {
        read_picture_set(pictures, data, size);
    } else if (type <= LAST_SLICE_TYPE) {
        count_slice(pictures, type, data, size);
    }
    return true;
}

/* The unit at *at, behind its size in `size_bytes` bytes; *at ends behind it. */
static bool measure_next(imx_coded_pictures *pictures, const uint8_t *data, size_t size, size_t *at,
                         unsigned size_bytes) {
    if (size - *at < size_bytes) {
        return false;
    }
    uint64_t length = 0;
    for (unsigned i = 0; i < size_bytes; i++) {
        length = length << 8 | data[(*at)++];
    }
    if (length > size - *at || !measure_unit(pictures, data + *at, (size_t)length)) {
        return false;
    }
    *at += (size_t)length;
    return true;
}

bool imx_hevc_measure(imx_coded_pictures *pictures, const uint8_t *data, size_t size) {
    for (size_t at = 0; at < size;) {
        if (!measure_next(pictures, data, size, &at, 4)) {
            return false;
        }
    }
    return true;
}

bool imx_hevc_lacks_data(const imx_coded_pictures *pictures) {
    const imx_hevc_sets *sets = &pictures->sets;
    return !pictures->may_skip && !sets->blocks_differ &&
           pictures->slice_bytes < sets->blocks / MOST_BLOCKS_A_BYTE * pictures->count;
}

bool imx_hevc_measure_configuration(imx_coded_pictures *pictures, const uint8_t *data,
                                    size_t size) {
    enum { FIXED_BYTES = 23, ARRAY_HEAD_BYTES = 3 };
    if (size < FIXED_BYTES || (data[21] & 3u) != 3) {
        return false;
    }
    size_t at = FIXED_BYTES;
    for (unsigned arrays = data[22]; arrays > 0; arrays--) {
        if (size - at < ARRAY_HEAD_BYTES) {
            return false;
        }
        unsigned units = (unsigned)data[at + 1] << 8 | data[at + 2];
        at += ARRAY_HEAD_BYTES;
        for (; units > 0; units--) {
            if (!measure_next(pictures, data, size, &at, 2)) {
                return false;
            }
        }
    }
    return true;
}
