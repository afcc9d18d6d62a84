#include "image/bit_reader.h"
#include "image/coded_size.h"

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
static void skip_operating_points(imx_bit_reader *bits, bool decoder_model, unsigned delay_bits) {
    bool initial_delays = imx_bits_flag(bits);
    uint32_t points = imx_bits_take(bits, 5) + 1;
    for (uint32_t i = 0; i < points; i++) {
        imx_bits_skip(bits, 12);
        if (imx_bits_take(bits, 5) > 7) {
            imx_bits_skip(bits, 1);
        }
        if (decoder_model && imx_bits_flag(bits)) {
            imx_bits_skip(bits, delay_bits);
            imx_bits_skip(bits, delay_bits);
            imx_bits_skip(bits, 1);
        }
        if (initial_delays && imx_bits_flag(bits)) {
            imx_bits_skip(bits, 4);
        }
    }
}

/* timing_info, decoder_model_info and operating points, 5.5.1 to 5.5.4. */
static void read_timing(av1_sequence *sequence, imx_bit_reader *bits) {
    bool decoder_model = false;
    unsigned delay_bits = 0;
    if (imx_bits_flag(bits)) {
        imx_bits_skip(bits, 32);
        imx_bits_skip(bits, 32);
        bool equal_intervals = imx_bits_flag(bits);
        if (equal_intervals) {
            (void)imx_bits_golomb(bits);
        }
        decoder_model = imx_bits_flag(bits);
        if (decoder_model) {
            delay_bits = imx_bits_take(bits, 5) + 1;
            imx_bits_skip(bits, 32);
            imx_bits_skip(bits, 5);
            sequence->frame_time_bits = imx_bits_take(bits, 5) + 1;
            sequence->frame_times = !equal_intervals;
        }
    }
    skip_operating_points(bits, decoder_model, delay_bits);
}

/* The tools of a sequence that is no still picture, from enable_interintra_compound on. */
static void read_tools(av1_sequence *sequence, imx_bit_reader *bits) {
    imx_bits_skip(bits, 4);
    bool order_hints = imx_bits_flag(bits);
    if (order_hints) {
        imx_bits_skip(bits, 2);
    }
    sequence->screen_content_tools =
        imx_bits_flag(bits) ? EVERY_PICTURE_SAYS : imx_bits_take(bits, 1);
    if (sequence->screen_content_tools > 0) {
        sequence->integer_motion =
            imx_bits_flag(bits) ? EVERY_PICTURE_SAYS : imx_bits_take(bits, 1);
    }
    if (order_hints) {
        imx_bits_skip(bits, 3);
    }
}

/* color_config, 5.5.2, up to its end, and film_grain_params_present behind it. `bits` is at the
 * first of them, a copy: only the shape and the room need what is read here. */
static void read_colours(imx_coded_pictures *pictures, imx_bit_reader bits, uint32_t profile,
                         imx_coded_shape shape) {
    enum { BT_709 = 1, SRGB = 13, IDENTITY = 0 };
    bool deep = imx_bits_flag(&bits);
    bool twelve = profile == 2 && deep && imx_bits_flag(&bits);
    shape.bits = twelve ? 12 : deep ? 10 : 8;
    pictures->deep = pictures->deep || deep || bits.failed;
    pictures->dense = pictures->dense || profile > 0; /* 0 is 4:2:0 or grey. */
    imx_coded_note_shape(pictures, shape, !bits.failed);
    bool grey = profile != 1 && imx_bits_flag(&bits);
    bool described = imx_bits_flag(&bits);
    uint32_t primaries = described ? imx_bits_take(&bits, 8) : 0;
    uint32_t transfer = described ? imx_bits_take(&bits, 8) : 0;
    uint32_t matrix = described ? imx_bits_take(&bits, 8) : 2;
    bool rgb = !grey && primaries == BT_709 && transfer == SRGB && matrix == IDENTITY;
    bool quarter = profile == 0; /* Chroma in both directions; else 4:4:4 or 4:2:2, */
    imx_bits_skip(&bits, rgb ? 0 : 1);
    if (!grey && !rgb && twelve) {
        bool half = imx_bits_flag(&bits); /* or as it says. */
        quarter = half && imx_bits_flag(&bits);
    }
    imx_bits_skip(&bits, !grey && !rgb && quarter ? 2 : 0);
    imx_bits_skip(&bits, grey ? 0 : 1);
    pictures->grain = pictures->grain || imx_bits_flag(&bits) || bits.failed;
}

/* sequence_header_obu, 5.5.1, as far as a picture's header needs it. */
static void read_sequence(av1_sequence *sequence, imx_coded_pictures *pictures,
                          imx_bit_reader *bits) {
    *sequence = (av1_sequence){.known = true,
                               .screen_content_tools = EVERY_PICTURE_SAYS,
                               .integer_motion = EVERY_PICTURE_SAYS};
    uint32_t profile = imx_bits_take(bits, 3);
    imx_bits_skip(bits, 1);
    sequence->reduced_still_picture = imx_bits_flag(bits);
    if (sequence->reduced_still_picture) {
        imx_bits_skip(bits, 5);
    } else {
        read_timing(sequence, bits);
    }
    sequence->width_bits = imx_bits_take(bits, 4) + 1;
    sequence->height_bits = imx_bits_take(bits, 4) + 1;
    uint64_t width = imx_bits_take(bits, sequence->width_bits) + 1;
    uint64_t height = imx_bits_take(bits, sequence->height_bits) + 1;
    imx_coded_note_size(pictures, width, height);
    if (!sequence->reduced_still_picture) {
        if (imx_bits_flag(bits)) {
            sequence->frame_id_bits = imx_bits_take(bits, 4) + 2;
            sequence->frame_id_bits += imx_bits_take(bits, 3) + 1;
        }
        imx_bits_skip(bits, 3);
        read_tools(sequence, bits);
    } else {
        imx_bits_skip(bits, 3);
    }
    imx_bit_reader colours = *bits;
    imx_bits_skip(&colours, 3);
    read_colours(pictures, colours, profile,
                 (imx_coded_shape){.width = (uint32_t)width,
                                   .height = (uint32_t)height,
                                   .shown_width = (uint32_t)width,
                                   .shown_height = (uint32_t)height});
}

/* uncompressed_header, 5.9.2, up to whether the picture has a size of its own. */
static void read_picture(const av1_sequence *sequence, imx_coded_pictures *pictures,
                         imx_bit_reader *bits) {
    enum { KEY_FRAME = 0, SWITCH_FRAME = 3 };
    if (sequence->reduced_still_picture) {
        pictures->count++;
        return;
    }
    if (imx_bits_flag(bits)) { /* Shows a picture that was decoded before. */
        return;
    }
    pictures->count++;
    uint32_t type = imx_bits_take(bits, 2);
    bool shown = imx_bits_flag(bits);
    if (shown && sequence->frame_times) {
        imx_bits_skip(bits, sequence->frame_time_bits);
    }
    if (!shown) {
        imx_bits_skip(bits, 1);
    }
    if (type != SWITCH_FRAME && !(type == KEY_FRAME && shown)) {
        imx_bits_skip(bits, 1); /* Error resilient. */
    }
    imx_bits_skip(bits, 1);
    uint32_t screen_content = sequence->screen_content_tools;
    if (screen_content == EVERY_PICTURE_SAYS) {
        screen_content = imx_bits_take(bits, 1);
    }
    if (screen_content != 0 && sequence->integer_motion == EVERY_PICTURE_SAYS) {
        imx_bits_skip(bits, 1);
    }
    imx_bits_skip(bits, sequence->frame_id_bits);
    if (type == SWITCH_FRAME || imx_bits_flag(bits)) {
        pictures->shape_unsure = true;
        imx_coded_note_size(pictures, 1ull << sequence->width_bits, 1ull << sequence->height_bits);
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
        pictures->work += IMX_CODED_UNIT_WORK + length;
        imx_bit_reader bits = {data + at, (size_t)length, 0, false};
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
