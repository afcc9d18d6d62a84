/* Sizes in coded pictures' own headers decide how much memory a decoder takes: they are read as the
 * decoder reads them, and never smaller. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "base/buffer.h"
#include "image/coded_size.h"
#include "made_files/bytes.h"
#include "made_files/heif_file.h"

#include <string.h>

typedef struct av1_options {
    bool timing;
    bool decoder_model;
    bool frame_ids;
    bool order_hints;
    bool own_size; /* Of the picture: at most 2 to the number of bits. */
    bool hidden;
} av1_options;

static void put_unit(imx_buffer *out, unsigned type, const heif_bits *bits) {
    size_t size = (bits->count + 7) / 8;
    assert_true(imx_buffer_append_byte(out, (uint8_t)(type << 3 | 2u)));
    assert_true(imx_buffer_append_byte(out, (uint8_t)size));
    put(out, bits->bytes, size);
}

/* A sequence that is no still picture, with all that can stand before a picture's size. */
static void put_sequence(imx_buffer *out, uint32_t width, uint32_t height, unsigned bits_a_side,
                         const av1_options *options) {
    heif_bits bits = {.count = 0};
    heif_bits_put(&bits, 0, 5);
    heif_bits_put(&bits, options->timing, 1);
    if (options->timing) {
        heif_bits_put(&bits, 1, 32);
        heif_bits_put(&bits, 25, 32);
        heif_bits_put(&bits, 0, 1); /* No equal intervals. */
        heif_bits_put(&bits, options->decoder_model, 1);
        if (options->decoder_model) {
            heif_bits_put(&bits, 9, 5);
            heif_bits_put(&bits, 1, 32);
            heif_bits_put(&bits, 3, 5);
            heif_bits_put(&bits, 4, 5); /* Five bits of time in every picture. */
        }
    }
    heif_bits_put(&bits, 1, 1); /* Initial delays. */
    heif_bits_put(&bits, 1, 5); /* Two operating points. */
    for (int i = 0; i < 2; i++) {
        heif_bits_put(&bits, 0x101, 12);
        heif_bits_put(&bits, 9, 5);
        heif_bits_put(&bits, 1, 1); /* Tier. */
        if (options->decoder_model) {
            heif_bits_put(&bits, 1, 1);
            heif_bits_put(&bits, 0x155, 10);
            heif_bits_put(&bits, 0x2AA, 10);
            heif_bits_put(&bits, 1, 1);
        }
        heif_bits_put(&bits, 1, 1);
        heif_bits_put(&bits, 7, 4);
    }
    heif_bits_put(&bits, bits_a_side - 1, 4);
    heif_bits_put(&bits, bits_a_side - 1, 4);
    heif_bits_put(&bits, width - 1, bits_a_side);
    heif_bits_put(&bits, height - 1, bits_a_side);
    heif_bits_put(&bits, options->frame_ids, 1);
    if (options->frame_ids) {
        heif_bits_put(&bits, 12, 4);
        heif_bits_put(&bits, 0, 3); /* 15 bits. */
    }
    heif_bits_put(&bits, 0, 3);
    heif_bits_put(&bits, 0, 4);
    heif_bits_put(&bits, options->order_hints, 1);
    heif_bits_put(&bits, 0, options->order_hints ? 2 : 0);
    heif_bits_put(&bits, 1, 1); /* Every picture says whether it is of a screen, */
    heif_bits_put(&bits, 1, 1); /* and whether it moves by whole pixels. */
    heif_bits_put(&bits, 6, options->order_hints ? 3 : 0);
    heif_bits_put(&bits, 0, 8); /* Colours and tools of 8 bits. */
    put_unit(out, 1, &bits);
}

static void put_picture(imx_buffer *out, const av1_options *options) {
    heif_bits bits = {.count = 0};
    heif_bits_put(&bits, 0, 1);
    heif_bits_put(&bits, 0, 2); /* A key frame. */
    heif_bits_put(&bits, !options->hidden, 1);
    if (options->decoder_model && !options->hidden) {
        heif_bits_put(&bits, 0x15, 5);
    }
    heif_bits_put(&bits, 0, options->hidden ? 2 : 0);
    heif_bits_put(&bits, 0, 1);
    heif_bits_put(&bits, 1, 1); /* Of a screen. */
    heif_bits_put(&bits, 0, 1);
    heif_bits_put(&bits, 0x1234, options->frame_ids ? 15 : 0);
    heif_bits_put(&bits, options->own_size, 1);
    heif_bits_put(&bits, 0, 32);
    put_unit(out, 6, &bits);
}

static void test_av1_sequences_of_every_kind(void **state) {
    (void)state;
    for (unsigned i = 0; i < 64; i++) {
        av1_options options = {(i & 1) != 0, (i & 3) == 3,  (i & 4) != 0,
                               (i & 8) != 0, (i & 16) != 0, (i & 32) != 0};
        imx_buffer out;
        imx_buffer_init(&out, 1024);
        put_sequence(&out, 700, 500, 10, &options);
        put_picture(&out, &options);
        imx_coded_pictures pictures = {0};
        assert_true(imx_av1_measure(&pictures, out.bytes, out.size));
        assert_int_equal(pictures.width, options.own_size ? 1024 : 700);
        assert_int_equal(pictures.height, options.own_size ? 1024 : 500);
        assert_int_equal(pictures.count, 1);
        imx_buffer_free(&out);
    }
}

static void test_av1_still_picture(void **state) {
    (void)state;
    imx_buffer out;
    imx_buffer_init(&out, 1024);
    heif_put_av1(&out, 65536, 31);
    heif_put_av1(&out, 40, 30000);
    imx_coded_pictures pictures = {0};
    assert_true(imx_av1_measure(&pictures, out.bytes, out.size));
    assert_int_equal(pictures.width, 65536);
    assert_int_equal(pictures.height, 30000);
    assert_int_equal(pictures.count, 2);
    assert_false(pictures.deep);
    heif_put_deep_av1(&out, 40, 30000, false);
    assert_true(imx_av1_measure(&pictures, out.bytes, out.size));
    assert_true(pictures.deep && !pictures.dense);
    heif_put_deep_av1(&out, 40, 30000, true);
    assert_true(imx_av1_measure(&pictures, out.bytes, out.size));
    assert_true(pictures.deep && pictures.dense);
    imx_buffer_free(&out);
}

/* Whether there is film grain is said behind the colours, which are said in many ways. */
static void test_av1_film_grain_is_found(void **state) {
    (void)state;
    static const struct {
        const char *what;
        unsigned profile;
        const char *bits; /* From the depth to what comes before the film grain. */
    } colours[] = {
        {"8 bits, 4:2:0", 0, "0 0 0 1 01 1"},
        {"10 bits, grey", 0, "1 1 0 1"},
        {"8 bits, described", 0, "0 0 1 00000001 00001101 00000001 0 10 0"},
        {"8 bits, RGB", 1, "0 1 00000001 00001101 00000000 1"},
        {"10 bits, 4:4:4", 1, "1 0 1 0"},
        {"10 bits, 4:2:2", 2, "1 0 0 0 1 0"},
        {"12 bits, 4:4:4", 2, "1 1 0 0 1 0 1"},
        {"12 bits, 4:2:2", 2, "1 1 0 0 1 10 1"},
        {"12 bits, 4:2:0", 2, "1 1 0 0 1 11 01 1"},
        {"12 bits, grey", 2, "1 1 1 0 1"},
    };
    for (size_t i = 0; i < 2 * sizeof colours / sizeof *colours; i++) {
        heif_bits bits = {.count = 0};
        heif_bits_put(&bits, colours[i / 2].profile, 3);
        heif_bits_put(&bits, 3, 2); /* A still picture, with a short header. */
        heif_bits_put(&bits, 0, 5);
        heif_bits_put(&bits, 0x77, 8); /* Sides of 8 bits. */
        heif_bits_put(&bits, 99 << 8 | 49, 16);
        heif_bits_put(&bits, 0, 6);
        for (const char *bit = colours[i / 2].bits; *bit != 0; bit++) {
            heif_bits_put(&bits, *bit == '1', *bit == ' ' ? 0 : 1);
        }
        heif_bits_put(&bits, i % 2, 1);
        heif_bits_put(&bits, i % 2 == 0 ? 0xFF : 0, 8);
        imx_buffer out;
        imx_buffer_init(&out, 64);
        put_unit(&out, 1, &bits);
        imx_coded_pictures pictures = {0};
        assert_true(imx_av1_measure(&pictures, out.bytes, out.size));
        assert_int_equal(pictures.width, 100);
        if (pictures.grain != (i % 2 == 1)) {
            fail_msg("%s", colours[i / 2].what);
        }
        imx_buffer_free(&out);
    }
}

/* A decoder that begins at a picture would take its size from elsewhere. */
static void test_av1_pictures_follow_their_sequence(void **state) {
    (void)state;
    imx_coded_pictures pictures = {0};
    assert_false(imx_av1_measure(&pictures, (const uint8_t *)"\x12\0\x32\x04\0\0\0\0", 8));
    pictures = (imx_coded_pictures){0};
    assert_true(imx_av1_measure(&pictures, (const uint8_t *)"\x12\0", 2));
    assert_true(imx_av1_measure(&pictures, NULL, 0));
    assert_int_equal(pictures.count, 0);
}

/* Every cut and every damaged length ends in an answer, and none is read past. */
static void test_damaged_units(void **state) {
    (void)state;
    imx_buffer out;
    imx_buffer_init(&out, 1024);
    heif_put_av1(&out, 640, 480);
    for (size_t size = 3; size < out.size; size++) {
        imx_coded_pictures pictures = {0};
        bool whole = imx_av1_measure(&pictures, out.bytes, size);
        assert_true(whole == (size == out.size - 6)); /* Between the two units. */
    }
    imx_buffer_clear(&out);
    heif_put_hevc_parameters(&out, 640, 480, 4);
    for (size_t size = 1; size < out.size; size++) {
        imx_coded_pictures pictures = {0};
        assert_false(imx_hevc_measure(&pictures, out.bytes, size));
    }
    static const uint8_t endless[] = {0x0A, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01};
    imx_coded_pictures pictures = {0};
    assert_false(imx_av1_measure(&pictures, endless, sizeof endless));
    imx_buffer_free(&out);
}

static void test_hevc_parameters(void **state) {
    (void)state;
    static const uint8_t slices[] = {
        0, 0, 0, 3, 0x26, 1, 0x80, /* The first slice of a picture */
        0, 0, 0, 3, 0x26, 1, 0x00, /* and another one of it, */
        0, 0, 0, 3, 0x26, 9, 0x80, /* one of a higher layer, */
        0, 0, 0, 2, 0x26, 1,       /* nothing, */
        0, 0, 0, 3, 0x4E, 1, 0x80, /* a remark. */
    };
    imx_buffer out;
    imx_buffer_init(&out, 1024);
    heif_put_hevc_parameters(&out, 4032, 3024, 4);
    put(&out, slices, sizeof slices);
    imx_coded_pictures pictures = {0};
    assert_true(imx_hevc_measure(&pictures, out.bytes, out.size));
    assert_int_equal(pictures.width, 4032);
    assert_int_equal(pictures.height, 3024);
    assert_int_equal(pictures.count, 1);
    imx_buffer_free(&out);
}

/* Of a file by x265: profile bytes with escapes. */
static void test_hevc_parameters_of_an_encoder(void **state) {
    (void)state;
    static const uint8_t unit[] = {0,    0,    0,    43,   0x42, 0x01, 0x01, 0x03, 0x70, 0x00,
                                   0x00, 0x03, 0x00, 0x90, 0x00, 0x00, 0x03, 0x00, 0x00, 0x03,
                                   0x00, 0x1E, 0xA0, 0x20, 0x81, 0x05, 0x96, 0xEA, 0x49, 0x29,
                                   0xAE, 0x6E, 0x04, 0x04, 0x0C, 0x08, 0x00, 0x00, 0x03, 0x00,
                                   0x08, 0x00, 0x00, 0x03, 0x00, 0x08, 0x40};
    imx_coded_pictures pictures = {0};
    assert_true(imx_hevc_measure(&pictures, unit, sizeof unit));
    assert_int_equal(pictures.width, 64);
    assert_int_equal(pictures.height, 64);
}

static void test_hevc_configuration(void **state) {
    (void)state;
    uint8_t fixed[23] = {1};
    fixed[21] = 3;
    fixed[22] = 1;
    imx_buffer out;
    imx_buffer_init(&out, 1024);
    put(&out, fixed, sizeof fixed);
    put(&out, "\x21\0\1", 3);
    heif_put_hevc_parameters(&out, 512, 256, 2);
    imx_coded_pictures pictures = {0};
    assert_true(imx_hevc_measure_configuration(&pictures, out.bytes, out.size));
    assert_int_equal(pictures.width, 512);
    assert_int_equal(pictures.height, 256);
    for (size_t size = 0; size < out.size; size++) {
        assert_false(imx_hevc_measure_configuration(&pictures, out.bytes, size));
    }
    out.bytes[21] = 1; /* Sizes of two bytes. */
    assert_false(imx_hevc_measure_configuration(&pictures, out.bytes, out.size));
    imx_buffer_free(&out);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_av1_sequences_of_every_kind),
        cmocka_unit_test(test_av1_still_picture),
        cmocka_unit_test(test_av1_film_grain_is_found),
        cmocka_unit_test(test_av1_pictures_follow_their_sequence),
        cmocka_unit_test(test_damaged_units),
        cmocka_unit_test(test_hevc_parameters),
        cmocka_unit_test(test_hevc_parameters_of_an_encoder),
        cmocka_unit_test(test_hevc_configuration),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
