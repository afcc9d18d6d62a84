/* The JPEG or WebP inside a strip or tile decides by itself how much a decoder allocates: it has to
 * be there, to say how long it is, and to fit the directory. What is sound passes. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/file.h"
#include "image/tiff_layout.h"
#include "made_files/bytes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_BYTES (64u << 20)
#define PLACES 8u   /* Two numbers of four bytes come first: where the tile is, and its size. */
enum { YCBCR = 6 }; /* Among the colours. */
enum { UNCOMPRESSED = 1, FAX = 4, OLD_JPEG = 6, JPEG = 7, DEFLATE = 8, WEBP = 50001 };

typedef struct fixture {
    imx_buffer file;
    imx_tiff_layout layout; /* One tile of 48 x 32 pixels. */
    imgmatch_limits limits;
    double deadline_ms;
} fixture;

static int set_up(void **state) {
    static fixture made;
    imx_buffer_init(&made.file, MOST_BYTES);
    made.limits = (imgmatch_limits)IMGMATCH_LIMITS_INIT;
    made.deadline_ms = imx_clock_ms() + 600000;
    *state = &made;
    return 0;
}

static int tear_down(void **state) {
    fixture *made = *state;
    imx_buffer_free(&made->file);
    return 0;
}

static void set_little(uint8_t *out, size_t value) {
    for (unsigned i = 0; i < 4; i++) {
        out[i] = (uint8_t)(value >> (8 * i));
    }
}

/* The tile is these bytes, behind the two numbers. */
static void write_tile(fixture *made, unsigned compression, const void *bytes, size_t size) {
    imx_buffer_clear(&made->file);
    put_number(&made->file, PLACES, 4, false);
    put_number(&made->file, size, 4, false);
    put(&made->file, bytes, size);
    made->layout = (imx_tiff_layout){.width = 48,
                                     .height = 32,
                                     .bits = 8,
                                     .samples = 3,
                                     .compression = compression,
                                     .colours = compression == JPEG ? YCBCR : 2,
                                     .tiled = true,
                                     .unit_width = 48,
                                     .unit_height = 32,
                                     .offsets = {0, 1, 4},
                                     .sizes = {4, 1, 4}};
}

/* A photo of 40 x 30 pixels of the corpus is the tile. */
static void write_photo(fixture *made, unsigned compression, const char *name) {
    char path[512];
    uint8_t *bytes;
    size_t size;
    (void)snprintf(path, sizeof path, "%s/%s", IMX_TEST_CORPUS, name);
    assert_int_equal(imx_file_read(&bytes, &size, path, MOST_BYTES, NULL), IMGMATCH_OK);
    write_tile(made, compression, bytes, size);
    free(bytes);
}

static void expect(const fixture *made, imgmatch_reason reason, const char *what) {
    imx_tiff_file tiff = {.data = made->file.bytes, .size = made->file.size};
    imx_raster raster = {.deadline_ms = made->deadline_ms};
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    imgmatch_status status =
        imx_tiff_check_layout(&tiff, &made->layout, &raster, &made->limits, &diag);
    if (diag.reason != reason || (status == IMGMATCH_OK) != (reason == IMGMATCH_REASON_NONE)) {
        fail_msg("%s: %s: %s", what, imgmatch_reason_code(diag.reason), diag.message);
    }
}

static const struct {
    unsigned compression;
    const char *name;
} photos[] = {
    {JPEG, "image_jpeg/baseline"},
    {WEBP, "image_webp/lossy"},
    {WEBP, "image_webp/lossless"},
};
#define PHOTO_COUNT (sizeof photos / sizeof *photos)

static void test_sound_tiles_pass(void **state) {
    fixture *made = *state;
    for (size_t i = 0; i < PHOTO_COUNT; i++) {
        write_photo(made, photos[i].compression, photos[i].name);
        expect(made, IMGMATCH_REASON_NONE, photos[i].name);
        made->layout.tiled = false;
        expect(made, IMGMATCH_REASON_NONE, photos[i].name);
    }
}

/* libtiff makes up what the file does not say: the rest of the file, or all of it. */
static void test_tiles_say_their_size(void **state) {
    fixture *made = *state;
    for (size_t i = 0; i < 2 * PHOTO_COUNT; i++) {
        const char *name = photos[i / 2].name;
        write_photo(made, photos[i / 2].compression, name);
        made->layout.tiled = i % 2 == 0;
        made->layout.sizes.count = 0;
        expect(made, IMGMATCH_REASON_CORRUPT, name);
        made->layout.sizes.count = 1;
        set_little(made->file.bytes + 4, 0);
        expect(made, IMGMATCH_REASON_CORRUPT, name);
    }
    write_tile(made, UNCOMPRESSED, "", 0);
    expect(made, IMGMATCH_REASON_NONE, "no picture in a tile without compression");
}

static void test_tiles_lie_in_the_file(void **state) {
    fixture *made = *state;
    for (size_t i = 0; i < PHOTO_COUNT; i++) {
        write_photo(made, photos[i].compression, photos[i].name);
        set_little(made->file.bytes + 4, made->file.size - PLACES + 1);
        expect(made, IMGMATCH_REASON_TRUNCATED, photos[i].name);
        set_little(made->file.bytes, 0xFFFFFFFFu);
        expect(made, IMGMATCH_REASON_TRUNCATED, photos[i].name);
    }
}

static void test_pictures_fit_their_tile(void **state) {
    fixture *made = *state;
    for (size_t i = 0; i < PHOTO_COUNT; i++) {
        write_photo(made, photos[i].compression, photos[i].name);
        made->layout.width = made->layout.unit_width = 39;
        expect(made, IMGMATCH_REASON_CORRUPT, photos[i].name);
        write_photo(made, photos[i].compression, photos[i].name);
        made->layout.height = made->layout.unit_height = 29;
        expect(made, IMGMATCH_REASON_CORRUPT, photos[i].name);
    }
    write_photo(made, JPEG, "image_jpeg/grey");
    expect(made, IMGMATCH_REASON_CORRUPT, "grey in colours");
}

/* The tile is that WebP with another chunk at its end. */
static void write_webp_with(fixture *made, const char *name, const uint8_t *chunk, size_t size) {
    write_photo(made, WEBP, name);
    imx_buffer webp;
    imx_buffer_init(&webp, MOST_BYTES);
    put(&webp, made->file.bytes + PLACES, made->file.size - PLACES);
    put(&webp, chunk, size);
    set_little(webp.bytes + 4, webp.size - 8);
    write_tile(made, WEBP, webp.bytes, webp.size);
    imx_buffer_free(&webp);
}

/* libwebp reads the first chunk as a bare picture when it knows no name for it; of two pictures
 * either may be the one. */
static void test_a_webp_begins_with_its_picture(void **state) {
    fixture *made = *state;
    static const uint8_t small[] = {'V', 'P', '8', 'L', 6, 0, 0, 0, 0x2F, 15, 0, 0, 0, 0};
    static const uint8_t large[] = {'V', 'P',  '8',  'L',  6,    0,    0,
                                    0,   0x2F, 0xFE, 0xFF, 0xFF, 0x0F, 0};
    write_webp_with(made, "image_webp/lossy", small, sizeof small);
    expect(made, IMGMATCH_REASON_NONE, "and a small picture");
    write_webp_with(made, "image_webp/lossy", large, sizeof large);
    expect(made, IMGMATCH_REASON_CORRUPT, "and a picture of 16383 x 16384 pixels");
    write_webp_with(made, "image_webp/lossless", small, sizeof small);
    made->file.bytes[PLACES + 12] = 0x2F; /* The signature of a lossless picture. */
    expect(made, IMGMATCH_REASON_CORRUPT, "bare, and a small picture");
    write_photo(made, WEBP, "image_webp/alpha");
    expect(made, IMGMATCH_REASON_CORRUPT, "an extended chunk is the first");
}

/* Blank tiles share their bytes, but not so that little is read over and over. */
static void test_tiles_that_share_their_bytes(void **state) {
    fixture *made = *state;
    enum { TILES = 64, SHARED = 1 << 20 };
    imx_buffer file;
    imx_buffer_init(&file, MOST_BYTES);
    for (size_t i = 0; i < 2 * TILES; i++) {
        put_number(&file, i < TILES ? 8 * TILES : SHARED, 4, false);
    }
    put_zeros(&file, SHARED);
    write_tile(made, UNCOMPRESSED, file.bytes, file.size);
    made->layout.offsets = (imx_tiff_array){PLACES, TILES, 4};
    made->layout.sizes = (imx_tiff_array){PLACES + 4 * TILES, TILES, 4};
    made->layout.width = made->layout.unit_width * TILES;
    imx_buffer_free(&file);
    expect(made, IMGMATCH_REASON_TOO_COMPLEX, "64 times a megabyte");
    made->layout.width = made->layout.unit_width * 16;
    expect(made, IMGMATCH_REASON_NONE, "16 times a megabyte");
}

/* libvips reads them anew for each tile. */
static void test_tables_of_jpeg_count_for_each_tile(void **state) {
    fixture *made = *state;
    enum { TILES = 200, TABLE_BYTES = 100000 };
    write_photo(made, JPEG, "image_jpeg/baseline");
    size_t size = made->file.size - PLACES;
    size_t places = made->file.size;
    for (size_t i = 0; i < 2 * TILES; i++) {
        put_number(&made->file, i < TILES ? PLACES : size, 4, false);
    }
    put_zeros(&made->file, TABLE_BYTES);
    made->layout.offsets = (imx_tiff_array){places, TILES, 4};
    made->layout.sizes = (imx_tiff_array){places + 4 * TILES, TILES, 4};
    made->layout.width = made->layout.unit_width * TILES;
    made->layout.jpeg_tables = (imx_tiff_array){PLACES, 600, 1};
    expect(made, IMGMATCH_REASON_NONE, "tables of the usual size");
    made->layout.jpeg_tables.count = TABLE_BYTES;
    expect(made, IMGMATCH_REASON_TOO_COMPLEX, "large tables");
    made->layout.tiled = false;
    made->layout.width = 48;
    made->layout.height = made->layout.unit_height * TILES;
    expect(made, IMGMATCH_REASON_NONE, "strips: they are read once");
}

/* BigTIFF counts with 64 bits: what wraps would count as little, or take away from what tiles
 * have. */
static void test_tables_of_jpeg_lie_in_the_file(void **state) {
    fixture *made = *state;
    write_photo(made, JPEG, "image_jpeg/baseline");
    uint64_t size = made->file.size;
    const struct {
        imx_tiff_array tables;
        imgmatch_reason reason;
    } cases[] = {
        {{PLACES, size - PLACES, 1}, IMGMATCH_REASON_NONE},
        {{size, 0, 8}, IMGMATCH_REASON_NONE},
        {{PLACES, UINT64_MAX, 0}, IMGMATCH_REASON_NONE}, /* Of a type that nobody reads. */
        {{PLACES, size - PLACES + 1, 1}, IMGMATCH_REASON_TRUNCATED},
        {{PLACES, 0 - (size - PLACES), 1}, IMGMATCH_REASON_TRUNCATED},
        {{PLACES, (UINT64_MAX >> 3) + 2, 8}, IMGMATCH_REASON_TRUNCATED}, /* 8 bytes, it seems. */
        {{UINT64_MAX, 1, 1}, IMGMATCH_REASON_TRUNCATED},
        {{size + 1, 0, 1}, IMGMATCH_REASON_TRUNCATED},
    };
    for (size_t i = 0; i < 2 * (sizeof cases / sizeof *cases); i++) {
        char what[32];
        (void)snprintf(what, sizeof what, "tables %zu", i);
        made->layout.tiled = i % 2 == 0;
        made->layout.jpeg_tables = cases[i / 2].tables;
        expect(made, cases[i / 2].reason, what);
    }
    made->layout.compression = UNCOMPRESSED;
    made->layout.colours = 2;
    made->layout.jpeg_tables.count = UINT64_MAX;
    expect(made, IMGMATCH_REASON_NONE, "tables of no JPEG");
}

/* `count` strips of 48 x 8 pixels, which are the same 64 bytes. */
static void write_strips(fixture *made, unsigned compression, uint32_t count) {
    write_tile(made, compression, "", 0);
    imx_tiff_layout *layout = &made->layout;
    layout->tiled = false;
    layout->unit_height = 8;
    layout->height = 8 * count;
    layout->offsets = (imx_tiff_array){PLACES, count, 4};
    layout->sizes = (imx_tiff_array){PLACES + 4 * count, count, 4};
    for (size_t i = 0; i < 2 * count; i++) {
        put_number(&made->file, i < count ? PLACES + 8 * count : 64, 4, false);
    }
    put_zeros(&made->file, 64);
}

/* libtiff takes places and sizes that are not there for 0, and shows the file's first bytes. */
static void test_strips_are_all_there(void **state) {
    fixture *made = *state;
    static const unsigned compressions[] = {UNCOMPRESSED, FAX, DEFLATE};
    static const struct {
        uint32_t offsets;
        uint32_t sizes;
        bool planes; /* Three, each of two strips. */
        imgmatch_reason reason;
        const char *what;
    } cases[] = {
        {6, 6, false, IMGMATCH_REASON_NONE, "six strips"},
        {6, 6, true, IMGMATCH_REASON_NONE, "six strips in planes"},
        {5, 6, false, IMGMATCH_REASON_CORRUPT, "five places"},
        {6, 5, false, IMGMATCH_REASON_CORRUPT, "five sizes"},
        {1, 6, false, IMGMATCH_REASON_CORRUPT, "a place"},
        {0, 6, false, IMGMATCH_REASON_CORRUPT, "no places"},
        {6, 0, false, IMGMATCH_REASON_CORRUPT, "no sizes"},
        {2, 6, true, IMGMATCH_REASON_CORRUPT, "places for a plane"},
        {6, 2, true, IMGMATCH_REASON_CORRUPT, "sizes for a plane"},
        {6, 0, true, IMGMATCH_REASON_CORRUPT, "no sizes in planes"},
    };
    for (size_t i = 0; i < 3 * (sizeof cases / sizeof *cases); i++) {
        write_strips(made, compressions[i % 3], 6);
        made->layout.offsets.count = cases[i / 3].offsets;
        made->layout.sizes.count = cases[i / 3].sizes;
        made->layout.separate = cases[i / 3].planes;
        made->layout.height /= cases[i / 3].planes ? 3 : 1;
        expect(made, cases[i / 3].reason, cases[i / 3].what);
    }
    write_strips(made, DEFLATE, 6);
    made->layout.height = 33;
    expect(made, IMGMATCH_REASON_NONE, "one more than are needed");
}

/* Old files do not tell the size of one strip. It has to be somewhere, all the same. */
static void test_one_strip_without_a_size(void **state) {
    fixture *made = *state;
    write_strips(made, UNCOMPRESSED, 3);
    made->layout.sizes = (imx_tiff_array){0};
    made->layout.height = made->layout.unit_height = 16;
    expect(made, IMGMATCH_REASON_NONE, "one strip");
    made->layout.separate = true;
    expect(made, IMGMATCH_REASON_NONE, "a strip in each plane");
    set_little(made->file.bytes + PLACES + 8, made->file.size + 1);
    expect(made, IMGMATCH_REASON_TRUNCATED, "the last one is outside of the file");
    made->layout.separate = false;
    made->layout.height = 17;
    expect(made, IMGMATCH_REASON_CORRUPT, "two strips");
}

/* libvips would make wrong colours of them, and say nothing. */
static void test_colours_that_are_not_converted(void **state) {
    fixture *made = *state;
    write_strips(made, OLD_JPEG, 3);
    expect(made, IMGMATCH_REASON_UNSUPPORTED, "JPEG of old");
    write_strips(made, UNCOMPRESSED, 3);
    made->layout.colours = YCBCR;
    expect(made, IMGMATCH_REASON_UNSUPPORTED, "YCbCr");
    write_photo(made, JPEG, "image_jpeg/baseline");
    assert_int_equal(made->layout.colours, YCBCR);
    expect(made, IMGMATCH_REASON_NONE, "YCbCr in JPEG");
}

/* JPEGs are walked to their end, and there may be thousands. */
static void test_time_is_looked_at(void **state) {
    fixture *made = *state;
    made->deadline_ms = imx_clock_ms() - 1;
    write_photo(made, JPEG, "image_jpeg/baseline");
    expect(made, IMGMATCH_REASON_DECODER_TIMEOUT, "a JPEG");
    write_strips(made, DEFLATE, 6);
    expect(made, IMGMATCH_REASON_DECODER_TIMEOUT, "strips");
}

/* Limits may be as high as their types allow. */
static void test_sides_of_32_bits(void **state) {
    fixture *made = *state;
    made->limits.max_pixels = UINT64_MAX;
    made->limits.max_side = UINT32_MAX;
    write_strips(made, UNCOMPRESSED, 1);
    made->layout.width = made->layout.unit_width = made->layout.height = UINT32_MAX;
    made->layout.samples = 16;
    expect(made, IMGMATCH_REASON_TOO_LARGE, "16 million megapixels");
}

static void test_numbers_of_the_layout_are_there(void **state) {
    fixture *made = *state;
    write_photo(made, JPEG, "image_jpeg/baseline");
    imx_tiff_file tiff = {.data = made->file.bytes, .size = made->file.size, .failed = true};
    imx_raster raster = {.deadline_ms = made->deadline_ms};
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    made->layout.width = 0; /* As a number that lies outside the file is read. */
    assert_int_equal(imx_tiff_check_layout(&tiff, &made->layout, &raster, &made->limits, &diag),
                     IMGMATCH_ERR_PHOTO);
    assert_int_equal(diag.reason, IMGMATCH_REASON_TRUNCATED);
}

/* Strips of many rows are read row by row, but some codecs have room for all of them. */
static void test_strips_that_codecs_hold_count(void **state) {
    fixture *made = *state;
    enum { PIXAR_LOG = 32909, LOG_LUV = 34676, LERC = 34887, SIDE = 9984 };
    static const struct {
        unsigned compression;
        uint32_t samples;
        uint32_t bits;
        imgmatch_reason reason;
        const char *what;
    } cases[] = {
        {DEFLATE, 4, 32, IMGMATCH_REASON_NONE, "four floats, row by row"},
        {LERC, 3, 8, IMGMATCH_REASON_NONE, "LERC of three bytes"},
        {LERC, 1, 32, IMGMATCH_REASON_NONE, "LERC of a float"},
        {LERC, 3, 32, IMGMATCH_REASON_TOO_COMPLEX, "LERC of three floats"},
        {PIXAR_LOG, 4, 8, IMGMATCH_REASON_NONE, "PixarLog of four bytes"},
        {PIXAR_LOG, 5, 8, IMGMATCH_REASON_TOO_COMPLEX, "PixarLog of five bytes"},
        {PIXAR_LOG, 5, 16, IMGMATCH_REASON_TOO_COMPLEX, "PixarLog of five times two bytes"},
        {LOG_LUV, 3, 16, IMGMATCH_REASON_NONE, "LogLuv"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        write_tile(made, cases[i].compression, "", 0);
        imx_tiff_layout *layout = &made->layout;
        layout->tiled = false;
        layout->width = layout->height = layout->unit_width = layout->unit_height = SIDE;
        layout->samples = cases[i].samples;
        layout->bits = cases[i].bits;
        expect(made, cases[i].reason, cases[i].what);
    }
}

static void test_samples_have_bits(void **state) {
    fixture *made = *state;
    write_tile(made, UNCOMPRESSED, "", 0);
    made->layout.bits = 0;
    expect(made, IMGMATCH_REASON_CORRUPT, "samples of no bits");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_sound_tiles_pass, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_tiles_say_their_size, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_tiles_lie_in_the_file, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_pictures_fit_their_tile, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_webp_begins_with_its_picture, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_tiles_that_share_their_bytes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_tables_of_jpeg_count_for_each_tile, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_tables_of_jpeg_lie_in_the_file, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_strips_are_all_there, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_one_strip_without_a_size, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_colours_that_are_not_converted, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_time_is_looked_at, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_sides_of_32_bits, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_numbers_of_the_layout_are_there, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_strips_that_codecs_hold_count, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_samples_have_bits, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
