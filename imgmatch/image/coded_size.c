#include "image/coded_size.h"

#include <string.h>

/* A sequence parameter set has its size in the first hundred bytes. */
#define MOST_UNESCAPED_BYTES 256u

/* Each unit, however short it is, is copied, kept in a list and looked at. */
#define UNIT_WORK 256u
/* For each byte that keeps start codes out of a unit libde265 1.0 moves all that follow; so many
 * are moved in the time that one takes otherwise. */
#define MOVED_AT_ONCE 16u

/* Bits, most significant first. Behind the end come zeros, and `failed` is set. */
typedef struct bit_reader {
    const uint8_t *data;
    size_t size_bytes;
    size_t at_bit;
    bool failed;
} bit_reader;

static uint32_t take_bits(bit_reader *bits, unsigned count) {
    uint32_t value = 0;
    for (unsigned i = 0; i < count; i++) {
        size_t byte = bits->at_bit / 8;
        bool inside = byte < bits->size_bytes;
        bits->failed = bits->failed || !inside;
        uint32_t bit = inside ? bits->data[byte] >> (7 - bits->at_bit % 8) & 1u : 0;
        value = value << 1 | bit;
        bits->at_bit += inside;
    }
    return value;
}

static bool take_flag(bit_reader *bits) { return take_bits(bits, 1) != 0; }

static void skip_bits(bit_reader *bits, unsigned count) { (void)take_bits(bits, count); }

/* An unsigned number as AV1 and HEVC write numbers of any size: as many zeros as bits follow the
 * first one. AV1's uvlc() and HEVC's ue(v) are alike up to 31 bits. */
static uint32_t take_golomb(bit_reader *bits) {
    unsigned zeros = 0;
    while (!take_flag(bits) && !bits->failed) {
        zeros++;
    }
    if (zeros > 31) {
        bits->failed = true;
        return 0;
    }
    return (1u << zeros) - 1 + take_bits(bits, zeros);
}

static void count_size(imx_coded_pictures *pictures, uint64_t width, uint64_t height) {
    pictures->width = width > pictures->width ? width : pictures->width;
    pictures->height = height > pictures->height ? height : pictures->height;
}

/* `sound` is false when the stream ended before all of it was read. */
static void note_shape(imx_coded_pictures *pictures, imx_coded_shape shape, bool sound) {
    bool other = memcmp(&shape, &pictures->shape, sizeof shape) != 0;
    pictures->shape_unsure = pictures->shape_unsure || !sound || (pictures->shape_known && other);
    pictures->shape = shape;
    pictures->shape_known = true;
}

/* What a picture's header cannot be read without. */
typedef struct av1_sequence {
    bool known;
    bool reduced_still_picture;
    bool frame_times; /* In every picture that is shown. */
    unsigned frame_time_bits;
    unsigned width_bits; /* Of a picture that says its own size. */
    unsigned height_bits;
    unsigned frame_id_bits;
    uint32_t screen_content_tools; /* 0, 1, or 2: every picture says it. */
    uint32_t integer_motion;
} av1_sequence;

#define EVERY_PICTURE_SAYS 2u

/* operating_parameters_info and what comes before it, 5.5.1. */
static void skip_operating_points(bit_reader *bits, bool decoder_model, unsigned delay_bits) {
    bool initial_delays = take_flag(bits);
    uint32_t points = take_bits(bits, 5) + 1;
    for (uint32_t i = 0; i < points; i++) {
        skip_bits(bits, 12);
        if (take_bits(bits, 5) > 7) {
            skip_bits(bits, 1);
        }
        if (decoder_model && take_flag(bits)) {
            skip_bits(bits, delay_bits);
            skip_bits(bits, delay_bits);
            skip_bits(bits, 1);
        }
        if (initial_delays && take_flag(bits)) {
            skip_bits(bits, 4);
        }
    }
}

/* timing_info, decoder_model_info and operating points, 5.5.1 to 5.5.4. */
static void read_timing(av1_sequence *sequence, bit_reader *bits) {
    bool decoder_model = false;
    unsigned delay_bits = 0;
    if (take_flag(bits)) {
        skip_bits(bits, 32);
        skip_bits(bits, 32);
        bool equal_intervals = take_flag(bits);
        if (equal_intervals) {
            (void)take_golomb(bits);
        }
        decoder_model = take_flag(bits);
        if (decoder_model) {
            delay_bits = take_bits(bits, 5) + 1;
            skip_bits(bits, 32);
            skip_bits(bits, 5);
            sequence->frame_time_bits = take_bits(bits, 5) + 1;
            sequence->frame_times = !equal_intervals;
        }
    }
    skip_operating_points(bits, decoder_model, delay_bits);
}

/* The tools of a sequence that is no still picture, from enable_interintra_compound on. */
static void read_tools(av1_sequence *sequence, bit_reader *bits) {
    skip_bits(bits, 4);
    bool order_hints = take_flag(bits);
    if (order_hints) {
        skip_bits(bits, 2);
    }
    sequence->screen_content_tools = take_flag(bits) ? EVERY_PICTURE_SAYS : take_bits(bits, 1);
    if (sequence->screen_content_tools > 0) {
        sequence->integer_motion = take_flag(bits) ? EVERY_PICTURE_SAYS : take_bits(bits, 1);
    }
    if (order_hints) {
        skip_bits(bits, 3);
    }
}

/* sequence_header_obu, 5.5.1, as far as a picture's header needs it. */
static void read_sequence(av1_sequence *sequence, imx_coded_pictures *pictures, bit_reader *bits) {
    *sequence = (av1_sequence){.known = true,
                               .screen_content_tools = EVERY_PICTURE_SAYS,
                               .integer_motion = EVERY_PICTURE_SAYS};
    uint32_t profile = take_bits(bits, 3);
    skip_bits(bits, 1);
    sequence->reduced_still_picture = take_flag(bits);
    if (sequence->reduced_still_picture) {
        skip_bits(bits, 5);
    } else {
        read_timing(sequence, bits);
    }
    sequence->width_bits = take_bits(bits, 4) + 1;
    sequence->height_bits = take_bits(bits, 4) + 1;
    uint64_t width = take_bits(bits, sequence->width_bits) + 1;
    uint64_t height = take_bits(bits, sequence->height_bits) + 1;
    count_size(pictures, width, height);
    if (!sequence->reduced_still_picture) {
        if (take_flag(bits)) {
            sequence->frame_id_bits = take_bits(bits, 4) + 2;
            sequence->frame_id_bits += take_bits(bits, 3) + 1;
        }
        skip_bits(bits, 3);
        read_tools(sequence, bits);
    } else {
        skip_bits(bits, 3);
    }
    bit_reader more = *bits; /* Only the shape needs what follows. */
    skip_bits(&more, 3);
    bool deep = take_flag(&more);
    uint32_t depth = deep ? 10 : 8;
    if (profile == 2 && deep && take_flag(&more)) {
        depth = 12;
    }
    note_shape(
        pictures,
        (imx_coded_shape){.width = (uint32_t)width, .height = (uint32_t)height, .bits = depth},
        !more.failed);
}

/* uncompressed_header, 5.9.2, up to whether the picture has a size of its own. */
static void read_picture(const av1_sequence *sequence, imx_coded_pictures *pictures,
                         bit_reader *bits) {
    enum { KEY_FRAME = 0, SWITCH_FRAME = 3 };
    if (sequence->reduced_still_picture) {
        pictures->count++;
        return;
    }
    if (take_flag(bits)) { /* Shows a picture that was decoded before. */
        return;
    }
    pictures->count++;
    uint32_t type = take_bits(bits, 2);
    bool shown = take_flag(bits);
    if (shown && sequence->frame_times) {
        skip_bits(bits, sequence->frame_time_bits);
    }
    if (!shown) {
        skip_bits(bits, 1);
    }
    if (type != SWITCH_FRAME && !(type == KEY_FRAME && shown)) {
        skip_bits(bits, 1); /* Error resilient. */
    }
    skip_bits(bits, 1);
    uint32_t screen_content = sequence->screen_content_tools;
    if (screen_content == EVERY_PICTURE_SAYS) {
        screen_content = take_bits(bits, 1);
    }
    if (screen_content != 0 && sequence->integer_motion == EVERY_PICTURE_SAYS) {
        skip_bits(bits, 1);
    }
    skip_bits(bits, sequence->frame_id_bits);
    if (type == SWITCH_FRAME || take_flag(bits)) {
        pictures->shape_unsure = true;
        count_size(pictures, 1ull << sequence->width_bits, 1ull << sequence->height_bits);
    }
}

bool imx_av1_measure(imx_coded_pictures *pictures, const uint8_t *data, size_t size) {
    enum { SEQUENCE_HEADER = 1, FRAME_HEADER = 3, FRAME = 6, REDUNDANT_FRAME_HEADER = 7 };
    av1_sequence sequence = {0};
    for (size_t at = 0; at < size;) {
        uint8_t head = data[at++];
        unsigned type = head >> 3 & 15u;
        at += (head & 4u) != 0; /* Extension: temporal and spatial layer. */
        uint64_t length = at < size ? size - at : 0;
        if ((head & 2u) != 0) { /* Has its size, seven bits a byte, the lowest first. */
            uint64_t said = 0;
            unsigned shift = 0;
            bool more = true;
            for (; more && at < size && shift < 56; shift += 7) {
                said |= (uint64_t)(data[at] & 127u) << shift;
                more = data[at++] >= 128;
            }
            length = more ? UINT64_MAX : said;
        }
        if ((head & 128u) != 0 || at > size || length > size - at) {
            return false;
        }
        pictures->work += UNIT_WORK + length;
        bit_reader bits = {data + at, (size_t)length, 0, false};
        if (type == SEQUENCE_HEADER) {
            read_sequence(&sequence, pictures, &bits);
        } else if (type == FRAME_HEADER || type == FRAME || type == REDUNDANT_FRAME_HEADER) {
            bits.failed = !sequence.known;
            read_picture(&sequence, pictures, &bits);
        }
        if (bits.failed) {
            return false;
        }
        at += (size_t)length;
    }
    return true;
}

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
static void skip_profile(bit_reader *bits, uint32_t sub_layers) {
    bool has_profile[8] = {false};
    bool has_level[8] = {false};
    for (int i = 0; i < 3; i++) {
        skip_bits(bits, 32);
    }
    for (uint32_t i = 0; i < sub_layers; i++) {
        has_profile[i] = take_flag(bits);
        has_level[i] = take_flag(bits);
    }
    for (uint32_t i = sub_layers; sub_layers > 0 && i < 8; i++) {
        skip_bits(bits, 2);
    }
    for (uint32_t i = 0; i < sub_layers; i++) {
        for (int j = 0; has_profile[i] && j < 11; j++) {
            skip_bits(bits, 8);
        }
        if (has_level[i]) {
            skip_bits(bits, 8);
        }
    }
}

/* seq_parameter_set_rbsp, 7.3.2.2. */
static bool read_parameters(imx_coded_pictures *pictures, const uint8_t *data, size_t size) {
    uint8_t bytes[MOST_UNESCAPED_BYTES];
    bit_reader bits = {bytes, unescape(bytes, data, size), 0, false};
    skip_bits(&bits, 4);
    uint32_t sub_layers = take_bits(&bits, 3);
    skip_bits(&bits, 1);
    skip_profile(&bits, sub_layers);
    (void)take_golomb(&bits);
    if (take_golomb(&bits) == 3) { /* Chroma as large as luma: maybe in planes of their own. */
        skip_bits(&bits, 1);
    }
    imx_coded_shape shape = {.width = take_golomb(&bits)};
    shape.height = take_golomb(&bits);
    count_size(pictures, shape.width, shape.height);
    bit_reader more = bits; /* Only the shape needs what follows. */
    bool cut = take_flag(&more);
    for (int i = 0; cut && i < 4; i++) {
        shape.cut[i] = take_golomb(&more);
    }
    shape.bits = 8 + take_golomb(&more);
    note_shape(pictures, shape, !more.failed);
    return !bits.failed;
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
    enum { LAST_SLICE_TYPE = 31, SEQUENCE_PARAMETERS = 33 };
    pictures->work += UNIT_WORK + size + count_moved(data, size) / MOVED_AT_ONCE;
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
    bool first_slice = (data[2] & 128u) != 0;
    pictures->count += type <= LAST_SLICE_TYPE && first_slice;
    return type != SEQUENCE_PARAMETERS || read_parameters(pictures, data + 2, size - 2);
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
