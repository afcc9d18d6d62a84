/* What HEVC's decoder makes of parameter sets and slices beside the pictures themselves takes
 * memory and time as pictures do: it has to count like them. */
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

/* Pictures of 512 x 256 pixels, in 32 blocks of 64 x 64. */
#define WIDTH 512u
#define HEIGHT 256u
#define PIXELS ((uint64_t)WIDTH * HEIGHT)
#define ROWS (HEIGHT / 64)
/* As much as a row or tile of a slice counts. */
#define PART_PIXELS 32768u
#define MOST_TILES 440u
enum { TRAILING = 1, IDR = 19, CRA = 21, PICTURE = 34 };

typedef struct fixture {
    imx_buffer stream;
    imx_coded_pictures pictures;
} fixture;

static int set_up(void **state) {
    static fixture made;
    imx_buffer_init(&made.stream, 4096);
    *state = &made;
    return 0;
}

static int tear_down(void **state) {
    fixture *made = *state;
    imx_buffer_free(&made->stream);
    return 0;
}

static heif_bits begin_unit(unsigned type) {
    heif_bits bits = {.count = 0};
    heif_bits_put(&bits, type << 9 | 1, 16);
    return bits;
}

static void end_unit(fixture *made, heif_bits *bits) { heif_put_hevc_unit(&made->stream, bits, 4); }

#define SIZE .width = WIDTH, .height = HEIGHT
static const heif_hevc_sequence plain = {SIZE, .block_side_bits = 6, .buffers = 1};

typedef struct picture_options {
    bool dependent_slices;
    bool rows_apart;
    uint32_t tiles_a_side;
} picture_options;

static void put_picture_set(fixture *made, picture_options options) {
    heif_bits bits = begin_unit(PICTURE);
    heif_bits_put(&bits, 3, 2); /* Number 0, of sequence 0. */
    heif_bits_put(&bits, options.dependent_slices, 1);
    heif_bits_put(&bits, 0, 6);
    heif_bits_put(&bits, 7, 3);
    heif_bits_put(&bits, 0, 2);
    heif_bits_put(&bits, 1, 1); /* Blocks have their own quantiser. */
    heif_bits_put(&bits, 7, 3);
    heif_bits_put(&bits, 0, 4);
    heif_bits_put(&bits, options.tiles_a_side > 0, 1);
    heif_bits_put(&bits, options.rows_apart, 1);
    if (options.tiles_a_side > 0) {
        heif_bits_put_golomb(&bits, options.tiles_a_side - 1);
        heif_bits_put_golomb(&bits, options.tiles_a_side - 1);
    }
    end_unit(made, &bits);
}

/* From `address` on, a number of 5 bits; from 0 it is the first one of a picture. */
static void put_slice(fixture *made, unsigned type, uint32_t address, bool dependent_slices) {
    heif_bits bits = begin_unit(type);
    heif_bits_put(&bits, address == 0, 1);
    heif_bits_put(&bits, 0, type >= 16 ? 1 : 0);
    heif_bits_put(&bits, 1, 1); /* Set number 0. */
    heif_bits_put(&bits, 1, address > 0 && dependent_slices ? 1 : 0);
    heif_bits_put(&bits, address, address == 0 ? 0 : 5);
    end_unit(made, &bits);
}

/* A picture of one slice that depends on nothing. */
static void begin(fixture *made, heif_hevc_sequence sequence, picture_options picture) {
    imx_buffer_clear(&made->stream);
    heif_put_hevc_sequence(&made->stream, &sequence, 4);
    put_picture_set(made, picture);
    put_slice(made, IDR, 0, false);
}

static bool measure(fixture *made) {
    made->pictures = (imx_coded_pictures){0};
    return imx_hevc_measure(&made->pictures, made->stream.bytes, made->stream.size);
}

/* Of them `kept` take memory until the end. */
static void expect_kept(fixture *made, uint64_t pixels, uint64_t kept) {
    assert_true(measure(made));
    assert_int_equal(made->pictures.width, WIDTH);
    assert_int_equal(made->pictures.height, HEIGHT);
    assert_int_equal(made->pictures.more_pixels, pixels);
    assert_int_equal(made->pictures.kept_pixels, kept);
}

static void expect_more(fixture *made, uint64_t pixels) { expect_kept(made, pixels, pixels); }

/* A slice that goes over the picture again takes time only. */
static void expect_time(fixture *made, uint64_t pixels) { expect_kept(made, pixels, 0); }

static void test_a_plain_picture_counts_once(void **state) {
    fixture *made = *state;
    begin(made, plain, (picture_options){false});
    expect_more(made, 0);
    assert_int_equal(made->pictures.count, 1);
    begin(made, plain, (picture_options){.rows_apart = true});
    expect_more(made, 0);
    begin(made, plain, (picture_options){.tiles_a_side = 4});
    expect_more(made, 0);
}

/* Each has tables of a whole picture. Cameras write one twice. */
static void test_picture_sets_count(void **state) {
    fixture *made = *state;
    begin(made, plain, (picture_options){false});
    put_picture_set(made, (picture_options){false});
    expect_more(made, 0);
    for (int i = 0; i < 9; i++) {
        put_picture_set(made, (picture_options){false});
    }
    expect_more(made, 9 * PIXELS);
}

/* A slice is decoded up to the picture's end, unless it says that it ends before. */
static void test_slices_count_to_the_end(void **state) {
    fixture *made = *state;
    for (int dependent = 0; dependent < 2; dependent++) {
        begin(made, plain, (picture_options){.dependent_slices = dependent != 0});
        put_slice(made, IDR, 16, dependent != 0);
        expect_time(made, PIXELS / 2);
        put_slice(made, IDR, 24, dependent != 0);
        put_slice(made, IDR, 24, dependent != 0);
        expect_time(made, PIXELS);
        heif_put_hevc_sequence(&made->stream, &plain, 4);
        put_picture_set(made, (picture_options){.dependent_slices = dependent != 0});
        put_slice(made, IDR, 24, dependent != 0);
        expect_time(made, PIXELS + PIXELS / 4);
    }
}

/* Then all of the picture counts. */
static void test_sets_that_number_slices_in_other_ways(void **state) {
    fixture *made = *state;
    heif_hevc_sequence small_blocks = plain;
    small_blocks.block_side_bits = 4;
    begin(made, plain, (picture_options){false});
    heif_put_hevc_sequence(&made->stream, &small_blocks, 4);
    put_slice(made, IDR, 24, false);
    expect_time(made, PIXELS);
    begin(made, plain, (picture_options){false});
    put_picture_set(made, (picture_options){.dependent_slices = true});
    put_slice(made, IDR, 24, false);
    expect_time(made, PIXELS);
    begin(made, plain, (picture_options){false});
    put_slice(made, IDR, 31, false);
    made->stream.bytes[made->stream.size - 2] &= 0xE0; /* From the first block on, */
    expect_time(made, PIXELS);                         /* though it says that it is not. */
}

static void test_rows_and_tiles_of_slices_count(void **state) {
    fixture *made = *state;
    begin(made, plain, (picture_options){.rows_apart = true});
    put_slice(made, IDR, 16, false);
    expect_kept(made, PIXELS / 2 + (uint64_t)ROWS * PART_PIXELS, (uint64_t)ROWS * PART_PIXELS);
    begin(made, plain, (picture_options){.tiles_a_side = 5});
    put_slice(made, IDR, 16, false);
    expect_kept(made, PIXELS / 2 + (uint64_t)25 * PART_PIXELS, (uint64_t)25 * PART_PIXELS);
    /* A set that ends before it says so may have any number. */
    imx_buffer_clear(&made->stream);
    heif_put_hevc_sequence(&made->stream, &plain, 4);
    heif_bits cut = begin_unit(PICTURE);
    heif_bits_put(&cut, 6, 3); /* Number 0, of sequence 0. */
    end_unit(made, &cut);
    put_slice(made, IDR, 0, false);
    put_slice(made, IDR, 16, false);
    expect_kept(made, PIXELS / 2 + (uint64_t)MOST_TILES * PART_PIXELS,
                (uint64_t)MOST_TILES * PART_PIXELS);
}

/* Those that are missing are made up: as many as there are buffers, or one more for each set. */
static void test_references_count(void **state) {
    fixture *made = *state;
    static const struct {
        heif_hevc_sequence sequence;
        uint32_t references;
    } cases[] = {
        {{SIZE, .block_side_bits = 6, .buffers = 1}, 1},
        {{SIZE, .block_side_bits = 6, .buffers = 5, .reference_sets = 3}, 8},
        {{SIZE, .block_side_bits = 6, .buffers = 5, .reference_sets = 3, .pcm = true}, 8},
        {{SIZE, .block_side_bits = 6, .buffers = 16}, 16},
        {{SIZE, .block_side_bits = 6, .buffers = 1, .reference_sets = 64}, 16},
        {{SIZE, .block_side_bits = 6, .buffers = 1, .scaling_lists = true}, 16},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        begin(made, cases[i].sequence, (picture_options){false});
        expect_more(made, 0);
        put_slice(made, i % 2 == 0 ? CRA : TRAILING, 0, false);
        expect_more(made, cases[i].references * PIXELS);
        assert_int_equal(made->pictures.count, 2);
    }
}

/* HEVC has blocks of 16, 32 and 64 pixels a side. */
static void test_sides_of_blocks(void **state) {
    fixture *made = *state;
    for (uint32_t bits = 3; bits < 9; bits++) {
        heif_hevc_sequence sequence = plain;
        sequence.block_side_bits = bits;
        begin(made, sequence, (picture_options){false});
        assert_true(measure(made) == (bits >= 4 && bits <= 6));
    }
}

/* They take more memory, whichever of the colours it is, and most where chroma is as large. */
static void test_more_than_8_bits_are_told(void **state) {
    fixture *made = *state;
    for (uint32_t i = 0; i < 4; i++) {
        heif_hevc_sequence sequence = plain;
        sequence.more_luma_bits = (i & 1) != 0 ? 2 : 0;
        sequence.more_chroma_bits = (i & 2) != 0 ? 2 : 0;
        begin(made, sequence, (picture_options){false});
        assert_true(measure(made));
        assert_int_equal(made->pictures.deep, i > 0);
    }
    for (uint32_t chroma = 0; chroma < 4; chroma++) {
        heif_hevc_sequence sequence = plain;
        sequence.chroma = chroma;
        begin(made, sequence, (picture_options){false});
        assert_true(measure(made));
        assert_int_equal(made->pictures.dense, chroma > 1);
        assert_false(made->pictures.deep);
    }
}

/* Each block of a picture that is made of nothing but itself takes a bit at least: libde265 would
 * show what memory held for the rest. Half of that is asked for, and nothing where it is not known
 * how many blocks there are, or whether they are copied from another picture. */
static void test_data_that_cannot_be_a_picture(void **state) {
    fixture *made = *state;
    const heif_hevc_sequence large = {
        .width = 8192, .height = 8192, .block_side_bits = 6, .buffers = 1};
    const uint32_t least = 128 * 128 / 16;
    for (unsigned i = 0; i < 5; i++) {
        begin(made, large, (picture_options){false});
        assert_true(measure(made) && imx_hevc_lacks_data(&made->pictures));
        size_t there = made->pictures.slice_bytes;
        if (i == 3) {
            put_slice(made, TRAILING, 0, false);
        } else if (i == 4) {
            heif_put_hevc_sequence(&made->stream, &plain, 4);
        } else { /* One more slice, last of a layer that decoders leave out. */
            size_t size = least - there - (i == 0);
            put_number(&made->stream, 2 + size, 4, true);
            put_number(&made->stream, (uint64_t)IDR << 9 | (i == 2 ? 9 : 1), 2, true);
            put_zeros(&made->stream, size);
        }
        assert_true(measure(made));
        assert_int_equal(imx_hevc_lacks_data(&made->pictures), i == 0 || i == 2);
    }
}

/* Append a unit that has no byte that keeps start codes out of it, behind its size in four bytes,
 * with all of them. Returns how many there are. */
static unsigned put_escaped(imx_buffer *out, const uint8_t *unit, size_t size) {
    unsigned zeros = 0;
    unsigned escapes = 0;
    size_t start = out->size;
    put_number(out, 0, 4, true);
    for (size_t i = 0; i < size; i++) {
        if (zeros == 2 && unit[i] <= 3) {
            put_number(out, 3, 1, true);
            zeros = 0;
            escapes++;
        }
        put(out, &unit[i], 1);
        zeros = unit[i] == 0 ? zeros + 1 : 0;
    }
    out->bytes[start + 3] = (uint8_t)(size + escapes);
    return escapes;
}

/* A parameter set reads the same with the bytes that keep start codes out of it: in the profile,
 * where all encoders have them, and between two sides that are powers of two. */
static void test_escaped_sets_read_as_they_are(void **state) {
    fixture *made = *state;
    static const uint32_t sides[][2] = {{65535, 65535}, {32767, 65535}, {512, 256}, {4032, 3024}};
    imx_buffer escaped;
    imx_buffer_init(&escaped, 4096);
    for (size_t i = 0; i < sizeof sides / sizeof *sides; i++) {
        heif_hevc_sequence sequence = plain;
        sequence.width = sides[i][0];
        sequence.height = sides[i][1];
        begin(made, sequence, (picture_options){.tiles_a_side = 16, .rows_apart = true});
        memset(made->stream.bytes + 7, 0, 12); /* The profile. */
        put_slice(made, IDR, 16, false);
        assert_true(measure(made));
        imx_coded_pictures direct = made->pictures;
        assert_int_equal(direct.width, sides[i][0]);

        imx_buffer_clear(&escaped);
        unsigned escapes = 0;
        for (size_t at = 0; at < made->stream.size; at += 4 + made->stream.bytes[at + 3]) {
            escapes +=
                put_escaped(&escaped, made->stream.bytes + at + 4, made->stream.bytes[at + 3]);
        }
        assert_int_equal(escapes, i < 2 ? 6 : 5);
        made->pictures = (imx_coded_pictures){0};
        assert_true(imx_hevc_measure(&made->pictures, escaped.bytes, escaped.size));
        assert_true(made->pictures.work > direct.work); /* They have to be taken out. */
        made->pictures.work = direct.work;
        made->pictures.slice_bytes = direct.slice_bytes;
        assert_memory_equal(&made->pictures, &direct, sizeof direct);
    }
    imx_buffer_free(&escaped);
}

static void test_separate_planes_are_told(void **state) {
    fixture *made = *state;
    begin(made, plain, (picture_options){false});
    assert_true(measure(made) && !made->pictures.separate_planes);
    heif_hevc_sequence separate = plain;
    separate.separate_planes = true;
    begin(made, separate, (picture_options){false});
    assert_true(measure(made) && made->pictures.separate_planes);
}

#define WITH_FIXTURE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        WITH_FIXTURE(test_a_plain_picture_counts_once),
        WITH_FIXTURE(test_picture_sets_count),
        WITH_FIXTURE(test_slices_count_to_the_end),
        WITH_FIXTURE(test_sets_that_number_slices_in_other_ways),
        WITH_FIXTURE(test_rows_and_tiles_of_slices_count),
        WITH_FIXTURE(test_references_count),
        WITH_FIXTURE(test_sides_of_blocks),
        WITH_FIXTURE(test_more_than_8_bits_are_told),
        WITH_FIXTURE(test_data_that_cannot_be_a_picture),
        WITH_FIXTURE(test_escaped_sets_read_as_they_are),
        WITH_FIXTURE(test_separate_planes_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
