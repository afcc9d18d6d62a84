/*
 * Small files that are much work: each is refused with its reason, or read without that work, in
 * this process and in a worker. The files are made here, byte by byte, as an attacker would.
 *
 * With --measure: milliseconds and peak memory of each one, each in a process of its own.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "integration/isolate/sanitized.h"
#include "made_files/bytes.h"
#include "made_files/heif_file.h"
#include "made_files/jpeg_file.h"

#include "bombs_tiff.h"

#include <imgmatch/decoder_pool.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define MOST_BYTES (64u << 20)

static uint32_t png_checksum(const uint8_t *bytes, size_t size) {
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < size; i++) {
        crc ^= bytes[i];
        for (int bit = 0; bit < 8; bit++) {
            crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xEDB88320u : 0);
        }
    }
    return ~crc;
}

static void put_png_chunk(imx_buffer *out, const char *type, const void *data, size_t size) {
    put_number(out, size, 4, true);
    size_t from = out->size;
    put(out, type, 4);
    put(out, data, size);
    put_number(out, png_checksum(out->bytes + from, out->size - from), 4, true);
}

static void put_png_header(imx_buffer *out, uint32_t width, uint32_t height) {
    imx_buffer header;
    imx_buffer_init(&header, 64);
    put_number(&header, width, 4, true);
    put_number(&header, height, 4, true);
    put(&header, "\x08\x02\0\0\0", 5);
    put(out, "\x89PNG\r\n\x1A\n", 8);
    put_png_chunk(out, "IHDR", header.bytes, header.size);
    imx_buffer_free(&header);
}

static void make_huge_png(imx_buffer *out) {
    put_png_header(out, 50000, 50000);
    put_png_chunk(out, "IDAT", "\x78\x9C\x63\x00\x00\x00\x01\x00\x01", 9);
    put_png_chunk(out, "IEND", "", 0);
}

static void make_png_of_many_chunks(imx_buffer *out) {
    put_png_header(out, 64, 64);
    for (int i = 0; i < 200000; i++) {
        put_png_chunk(out, "tEXt", "a\0b", 3);
    }
    put_png_chunk(out, "IDAT", "\x78\x9C\x63\x00\x00\x00\x01\x00\x01", 9);
    put_png_chunk(out, "IEND", "", 0);
}

/* A profile of many megabytes of zeros in some kilobytes: one stored deflate run, copied from
 * itself over and over. `length` 258 at distance 1 is 0x118 in fixed codes: one bit of length
 * symbol 285. */
static void put_zeros_deflated(imx_buffer *out, size_t runs) {
    uint32_t bits = 0;
    unsigned count = 0;
    put(out, "\x78\x9C", 2);
    /* Final block, fixed codes, literal 0 (00110000), then `runs` times (285 = 11000101, 00000). */
#define PUT_BITS(value, length)                                                                    \
    do {                                                                                           \
        for (int k = (length)-1; k >= 0; k--) {                                                    \
            bits |= (((uint32_t)(value) >> k) & 1u) << count++;                                    \
            if (count == 8) {                                                                      \
                put_number(out, bits, 1, false);                                                   \
                bits = count = 0;                                                                  \
            }                                                                                      \
        }                                                                                          \
    } while (0)
    PUT_BITS(1, 1);
    PUT_BITS(2, 2); /* Type 01, least significant bit first. */
    PUT_BITS(0x30, 8);
    for (size_t i = 0; i < runs; i++) {
        PUT_BITS(0xC5, 8);
        PUT_BITS(0, 5);
    }
    PUT_BITS(0, 7);
    PUT_BITS(0, 7);
#undef PUT_BITS
    put_zeros(out, 4); /* A wrong checksum comes too late to matter. */
}

static void make_png_of_huge_profile(imx_buffer *out) {
    imx_buffer profile;
    imx_buffer_init(&profile, MOST_BYTES);
    put(&profile, "icc\0\0", 5);
    put_zeros_deflated(&profile, 2000000); /* Half a gigabyte. */
    put_png_header(out, 64, 64);
    put_png_chunk(out, "iCCP", profile.bytes, profile.size);
    put_png_chunk(out, "IDAT", "\x78\x9C\x63\x00\x00\x00\x01\x00\x01", 9);
    put_png_chunk(out, "IEND", "", 0);
    imx_buffer_free(&profile);
}

/* Half a gigabyte behind the last row. */
static void make_png_of_long_rows(imx_buffer *out) {
    imx_buffer rows;
    imx_buffer_init(&rows, MOST_BYTES);
    put_zeros_deflated(&rows, 2000000);
    put_png_header(out, 64, 64);
    put_png_chunk(out, "IDAT", rows.bytes, rows.size);
    put_png_chunk(out, "IEND", "", 0);
    imx_buffer_free(&rows);
}

/* libjpeg walks the list of all kept segments for every new one. */
static void make_jpeg_of_many_segments(imx_buffer *out) {
    imx_buffer segments;
    imx_buffer_init(&segments, MOST_BYTES);
    for (int i = 0; i < 250000; i++) {
        put(&segments, "\xFF\xE1\0\x02", 4);
    }
    put_jpeg(out, 64, 1, 0, &segments);
    imx_buffer_free(&segments);
}

static void put_profile_tag(imx_buffer *out, const char *name, uint32_t at, size_t size) {
    put(out, name, 4);
    put_number(out, at, 4, true);
    put_number(out, size, 4, true);
}

/* An RGB profile that has, beside its primaries, a D2B1 of 4,000 times the same matrix. */
static void put_costly_profile(imx_buffer *out) {
    enum { ELEMENTS = 4000, TAGS = 8, COLOURS_AT = 132 + 12 * TAGS, CURVE_AT = COLOURS_AT + 60 };
    enum { COSTLY_AT = CURVE_AT + 16, MATRIX_AT = 16 + 8 * ELEMENTS, MATRIX_BYTES = 60 };
    static const uint16_t primaries[3][3] = {
        {0x6FA2, 0x38F5, 0x0390}, {0x6299, 0xB785, 0x18DA}, {0x24A0, 0x0F84, 0xB6CF}};
    put_number(out, COSTLY_AT + MATRIX_AT + MATRIX_BYTES, 4, true);
    put(out, "test\x04\x30\0\0mntrRGB XYZ ", 20);
    put_zeros(out, 12);
    put(out, "acsp", 4);
    put_zeros(out, 28);
    put(out, "\0\0\xF6\xD6\0\1\0\0\0\0\xD3\x2D", 12);
    put_zeros(out, 48);
    put_number(out, TAGS, 4, true);
    put_profile_tag(out, "rXYZ", COLOURS_AT, 20);
    put_profile_tag(out, "gXYZ", COLOURS_AT + 20, 20);
    put_profile_tag(out, "bXYZ", COLOURS_AT + 40, 20);
    put_profile_tag(out, "wtpt", COLOURS_AT, 20);
    put_profile_tag(out, "rTRC", CURVE_AT, 16);
    put_profile_tag(out, "gTRC", CURVE_AT, 16);
    put_profile_tag(out, "bTRC", CURVE_AT, 16);
    put_profile_tag(out, "D2B1", COSTLY_AT, MATRIX_AT + MATRIX_BYTES);
    for (int i = 0; i < 3; i++) {
        put(out, "XYZ \0\0\0\0", 8);
        for (int k = 0; k < 3; k++) {
            put_number(out, primaries[i][k], 4, true);
        }
    }
    put(out, "para\0\0\0\0\0\0\0\0\0\2\0\0", 16);
    put(out, "mpet\0\0\0\0\0\3\0\3", 12);
    put_number(out, ELEMENTS, 4, true);
    for (int i = 0; i < ELEMENTS; i++) {
        put_number(out, MATRIX_AT, 4, true);
        put_number(out, MATRIX_BYTES, 4, true);
    }
    put(out, "matf\0\0\0\0\0\3\0\3", 12);
    put_zeros(out, 48);
}

static void make_jpeg_of_costly_profile(imx_buffer *out) {
    imx_buffer profile;
    imx_buffer_init(&profile, UINT16_MAX);
    put_costly_profile(&profile);
    imx_buffer segments;
    imx_buffer_init(&segments, UINT16_MAX);
    put(&segments, "\xFF\xE2", 2);
    put_number(&segments, profile.size + 16, 2, true);
    put(&segments, "ICC_PROFILE\0\1\1", 14);
    put(&segments, profile.bytes, profile.size);
    put_jpeg(out, 64, 3, 0, &segments);
    imx_buffer_free(&segments);
    imx_buffer_free(&profile);
}

/* A progressive JPEG whose scans refine one coefficient again and again. */
static void make_jpeg_of_many_scans(imx_buffer *out) {
    static const uint8_t tables[] = {
        0xFF, 0xD8, 0xFF, 0xC2, 0,    11, 8, 4, 0, 4, 0, 1, 1, 0x11, 0, /* 1024 x 1024, grey */
        0xFF, 0xC4, 0,    20,   0,    1,  0, 0, 0, 0, 0, 0, 0, 0,    0, 0, 0, 0, 0, 0, 0, 0,
        0xFF, 0xC4, 0,    20,   0x10, 1,  0, 0, 0, 0, 0, 0, 0, 0,    0, 0, 0, 0, 0, 0, 0, 0,
    };
    static const uint8_t quantisers[] = {0xFF, 0xDB, 0, 67, 0};
    static const uint8_t first[] = {0xFF, 0xDA, 0, 8, 1, 1, 0, 0, 0, 0};
    static const uint8_t scan[] = {0xFF, 0xDA, 0, 8, 1, 1, 0, 1, 63, 0};
    put(out, tables, sizeof tables);
    put(out, quantisers, sizeof quantisers);
    for (int i = 0; i < 64; i++) {
        assert_true(imx_buffer_append_byte(out, 1));
    }
    put(out, first, sizeof first);
    put_zeros(out, 128 * 128 / 8);
    for (int i = 0; i < 5000; i++) {
        put(out, scan, sizeof scan);
        put_zeros(out, 128 * 128 / 8);
    }
    put(out, "\xFF\xD9", 2);
}

static void make_gif_of_many_frames(imx_buffer *out) {
    static const uint8_t frame[] = {0x2C, 0, 0, 0, 0, 64, 0, 64, 0, 0, 2, 2, 0x4C, 1, 0};
    put(out, "GIF89a\x40\0\x40\0\x80\0\0\0\0\0\xFF\xFF\xFF", 19);
    for (int i = 0; i < 1000000; i++) {
        put(out, frame, sizeof frame);
    }
    put(out, ";", 1);
}

static void make_huge_gif(imx_buffer *out) {
    put(out, "GIF89a\xFF\xFF\xFF\xFF\x80\0\0\0\0\0\xFF\xFF\xFF", 19);
    put(out, "\x2C\0\0\0\0\xFF\xFF\xFF\xFF\0\x02\x02\x4C\x01\0;", 16);
}

static void make_webp_animation(imx_buffer *out) {
    const int frames = 100000;
    put(out, "RIFF", 4);
    put_number(out, 4 + 18 + 14 + (uint64_t)frames * 24, 4, false);
    put(out, "WEBPVP8X\x0A\0\0\0\x02\0\0\0\x3F\0\0\x3F\0\0", 22);
    put(out, "ANIM\x06\0\0\0\0\0\0\0\0\0", 14);
    for (int i = 0; i < frames; i++) {
        put(out, "ANMF\x10\0\0\0", 8);
        put_zeros(out, 16);
    }
}

static void make_webp_canvas(imx_buffer *out) {
    put(out, "RIFF", 4);
    put_number(out, 4 + 18 + 14 + 24, 4, false);
    put(out, "WEBPVP8X\x0A\0\0\0\x02\0\0\0\xFF\xFF\xFF\xFF\xFF\xFF", 22);
    put(out, "ANIM\x06\0\0\0\0\0\0\0\0\0", 14);
    put(out, "ANMF\x10\0\0\0", 8);
    put_zeros(out, 16);
}

/* The decoder notes each chunk that it does not know. */
static void make_webp_of_many_chunks(imx_buffer *out) {
    const int chunks = 1000000;
    put(out, "RIFF", 4);
    put_number(out, 4 + 18 + (uint64_t)chunks * 8, 4, false);
    put(out, "WEBPVP8X\x0A\0\0\0\0\0\0\0\x3F\0\0\x3F\0\0", 22);
    for (int i = 0; i < chunks; i++) {
        put(out, "junk\0\0\0\0", 8);
    }
}

static void make_huge_bmp(imx_buffer *out) {
    put(out, "BM", 2);
    put_number(out, 54 + 100, 4, false);
    put_number(out, 0, 4, false);
    put_number(out, 54, 4, false);
    put_number(out, 40, 4, false);
    put_number(out, 50000, 4, false);
    put_number(out, 50000, 4, false);
    put(out, "\x01\0\x18\0", 4);
    put_zeros(out, 24 + 100);
}

/* 64 x 64 pixels by the index, 900 megapixels by the coded picture. */
static void make_avif_of_another_size(imx_buffer *out) {
    imx_buffer coded;
    imx_buffer_init(&coded, MOST_BYTES);
    heif_put_av1(&coded, 30000, 30000);
    const heif_file_item item = {1, "av01", coded.bytes, coded.size, {1}};
    const heif_file_property size = {"ispe", "\0\0\0\0\0\0\0\x40\0\0\0\x40", 12};
    heif_file_write(out, &(heif_file){&item, 1, &size, 1, NULL, 0, NULL});
    imx_buffer_free(&coded);
}

/* Nine pictures of 40 megapixels in one item, which are kept for each other. */
static void make_avif_of_many_pictures(imx_buffer *out) {
    imx_buffer coded;
    imx_buffer_init(&coded, MOST_BYTES);
    for (int i = 0; i < 9; i++) {
        heif_put_av1(&coded, 6300, 6300);
    }
    const heif_file_item item = {1, "av01", coded.bytes, coded.size, {1}};
    const heif_file_property size = {"ispe", "\0\0\0\0\0\0\x18\x9C\0\0\x18\x9C", 12};
    heif_file_write(out, &(heif_file){&item, 1, &size, 1, NULL, 0, NULL});
    imx_buffer_free(&coded);
}

/* Three tiles of 96 megapixels, decoded at once. */
static void make_avif_of_huge_tiles(imx_buffer *out) {
    imx_buffer coded;
    imx_buffer_init(&coded, MOST_BYTES);
    heif_put_av1(&coded, 8000, 12000);
    const heif_file_item items[] = {{1, "grid", "\0\0\0\2\x3F\xAC\0\x40", 8, {1}},
                                    {2, "av01", coded.bytes, coded.size, {2}}};
    const heif_file_property sizes[] = {{"ispe", "\0\0\0\0\0\0\x3F\xAC\0\0\0\x40", 12},
                                        {"ispe", "\0\0\0\0\0\0\x1F\x40\0\0\x2E\xE0", 12}};
    const heif_file_link tiles = {"dimg", 1, 2, 3};
    heif_file_write(out, &(heif_file){items, 2, sizes, 2, &tiles, 1, NULL});
    imx_buffer_free(&coded);
}

/* A grid of 65025 tiles, all of them the same one. */
static void make_heif_of_many_tiles(imx_buffer *out) {
    imx_buffer coded;
    imx_buffer_init(&coded, MOST_BYTES);
    heif_put_av1(&coded, 64, 64);
    const heif_file_item items[] = {{1, "grid", "\0\0\xFE\xFE\x3F\xC0\x3F\xC0", 8, {1}},
                                    {2, "av01", coded.bytes, coded.size, {1}}};
    const heif_file_property size = {"ispe", "\0\0\0\0\0\0\0\x40\0\0\0\x40", 12};
    const heif_file_link tiles = {"dimg", 1, 2, 65025};
    heif_file_write(out, &(heif_file){items, 2, &size, 1, &tiles, 1, NULL});
    imx_buffer_free(&coded);
}

/* Two pictures, each of which is the other one. */
static void make_endless_heif(imx_buffer *out) {
    const heif_file_item items[] = {{1, "iden", "", 0, {1, 2}}, {2, "iden", "", 0, {1, 2}}};
    const heif_file_property properties[] = {{"ispe", "\0\0\0\0\0\0\0\x40\0\0\0\x40", 12},
                                             {"av1C", "\x81\0\x0C\0", 4}};
    const heif_file_link links[] = {{"dimg", 1, 2, 1}, {"dimg", 2, 1, 1}};
    heif_file_write(out, &(heif_file){items, 2, properties, 2, links, 2, NULL});
}

typedef struct bomb {
    const char *name;
    void (*make)(imx_buffer *out);
    imgmatch_reason reason; /* NONE: read, at the cost of its picture. */
} bomb;

static const bomb bombs[] = {
    {"PNG of 50000 x 50000 pixels", make_huge_png, IMGMATCH_REASON_TOO_LARGE},
    {"PNG of 200000 chunks", make_png_of_many_chunks, IMGMATCH_REASON_TOO_COMPLEX},
    {"PNG with an ICC profile of 500 MB", make_png_of_huge_profile, IMGMATCH_REASON_CORRUPT},
    {"JPEG of 5001 scans", make_jpeg_of_many_scans, IMGMATCH_REASON_TOO_COMPLEX},
    {"PNG of 500 MB behind its rows", make_png_of_long_rows, IMGMATCH_REASON_TOO_COMPLEX},
    {"JPEG of 250000 segments", make_jpeg_of_many_segments, IMGMATCH_REASON_TOO_COMPLEX},
    {"JPEG with a profile of 4000 elements", make_jpeg_of_costly_profile, IMGMATCH_REASON_NONE},
    {"GIF of 1000000 frames", make_gif_of_many_frames, IMGMATCH_REASON_TOO_COMPLEX},
    {"GIF of 65535 x 65535 pixels", make_huge_gif, IMGMATCH_REASON_TOO_LARGE},
    {"TIFF with a strip of 2.5 GB", make_tiff_of_huge_strip, IMGMATCH_REASON_TOO_LARGE},
    {"TIFF with a hollow strip of 98 MB", make_tiff_of_hollow_strip, IMGMATCH_REASON_CORRUPT},
    {"TIFF of endless pages", make_tiff_of_endless_pages, IMGMATCH_REASON_TOO_COMPLEX},
    {"TIFF of 3900 tags of 1 MB", make_tiff_of_many_tags, IMGMATCH_REASON_NONE},
    {"TIFF of 2000 pages of 100 MB", make_tiff_of_many_pages, IMGMATCH_REASON_NONE},
    {"TIFF of 9999 samples", make_tiff_of_many_samples, IMGMATCH_REASON_UNSUPPORTED},
    {"TIFF with a tile of 100 MB", make_tiff_of_huge_tile, IMGMATCH_REASON_TOO_COMPLEX},
    {"TIFF with tiles as high as it", make_tiff_of_tall_tiles, IMGMATCH_REASON_TOO_COMPLEX},
    {"TIFF of 1000000 tiles", make_tiff_of_tiny_tiles, IMGMATCH_REASON_TOO_COMPLEX},
    {"TIFF of tiles in one place", make_tiff_of_shared_tiles, IMGMATCH_REASON_TOO_COMPLEX},
    {"BigTIFF of JPEGs in one place", make_big_tiff_of_shared_jpegs, IMGMATCH_REASON_TRUNCATED},
    {"TIFF of missing strips", make_tiff_of_missing_strips, IMGMATCH_REASON_CORRUPT},
    {"TIFF with a JPEG of ten colours", make_tiff_with_jpeg_of_ten_colours,
     IMGMATCH_REASON_CORRUPT},
    {"TIFF with a larger JPEG in it", make_tiff_with_huge_jpeg, IMGMATCH_REASON_CORRUPT},
    {"TIFF with a JPEG of 5001 scans", make_tiff_with_jpeg_of_many_scans,
     IMGMATCH_REASON_TOO_COMPLEX},
    {"TIFF with a larger JBIG in it", make_tiff_with_huge_jbig, IMGMATCH_REASON_UNSUPPORTED},
    {"WebP of 100000 frames", make_webp_animation, IMGMATCH_REASON_TOO_COMPLEX},
    {"WebP of 16777216 x 16777216 pixels", make_webp_canvas, IMGMATCH_REASON_TOO_LARGE},
    {"WebP of 1000000 chunks", make_webp_of_many_chunks, IMGMATCH_REASON_TOO_COMPLEX},
    {"BMP of 50000 x 50000 pixels", make_huge_bmp, IMGMATCH_REASON_TOO_LARGE},
    {"AVIF of 64 x 64 and 30000 x 30000 pixels", make_avif_of_another_size,
     IMGMATCH_REASON_TOO_LARGE},
    {"AVIF of nine pictures of 40 MP in one", make_avif_of_many_pictures,
     IMGMATCH_REASON_TOO_COMPLEX},
    {"AVIF of three tiles of 96 MP", make_avif_of_huge_tiles, IMGMATCH_REASON_TOO_COMPLEX},
    {"HEIF of 65025 tiles", make_heif_of_many_tiles, IMGMATCH_REASON_TOO_COMPLEX},
    {"HEIF of two pictures that are each other", make_endless_heif, IMGMATCH_REASON_TOO_COMPLEX},
};

#define BOMB_COUNT (sizeof bombs / sizeof *bombs)

static void expect_reason(const bomb *what, const imx_buffer *file, imgmatch_decoder_pool *pool) {
    imgmatch_image *image = NULL;
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    imgmatch_status status =
        pool == NULL
            ? imgmatch_image_decode(&image, file->bytes, file->size, NULL, &diag)
            : imgmatch_decoder_pool_decode(&image, pool, file->bytes, file->size, NULL, &diag);
    bool refused = what->reason != IMGMATCH_REASON_NONE;
    assert_true((image == NULL) == (status != IMGMATCH_OK));
    if (status != (refused ? IMGMATCH_ERR_PHOTO : IMGMATCH_OK) || diag.reason != what->reason) {
        fail_msg("%s%s: %s: %s", what->name, pool == NULL ? "" : " (isolated)",
                 imgmatch_reason_code(diag.reason), diag.message);
    }
    imgmatch_image_free(image);
}

static imgmatch_decoder_pool *new_pool(void) {
    imgmatch_decoder_pool_options options = IMGMATCH_DECODER_POOL_OPTIONS_INIT;
    imgmatch_decoder_pool *pool = NULL;
    options.worker = IMX_TEST_WORKER;
    options.max_workers = 1;
    assert_int_equal(imgmatch_decoder_pool_new(&pool, &options, NULL), IMGMATCH_OK);
    return pool;
}

#define MOST_SECONDS 2.0 /* Of processor time, with all that libraries do at first. */
#define MOST_MIB 160     /* With the file. */

/* Decoded in a process of its own. */
static void expect_little_cost(const bomb *what, const imx_buffer *file) {
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        imgmatch_image *image = NULL;
        imgmatch_status status = imgmatch_image_decode(&image, file->bytes, file->size, NULL, NULL);
        imgmatch_image_free(image);
        _exit((status == IMGMATCH_OK) == (what->reason == IMGMATCH_REASON_NONE) ? 0 : 1);
    }
    int status;
    struct rusage usage;
    assert_int_equal(wait4(child, &status, 0, &usage), child);
    double seconds = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
                     1e-6 * (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
    long mib = usage.ru_maxrss / 1024;
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0 || seconds > MOST_SECONDS ||
        (!IS_SANITIZED && mib > MOST_MIB)) {
        fail_msg("%s: status %d, %.2f s, %ld MiB", what->name, status, seconds, mib);
    }
}

static void test_bombs_cost_little(void **state) {
    (void)state;
    imgmatch_decoder_pool *pool = new_pool();
    size_t refused = 0;
    for (size_t i = 0; i < BOMB_COUNT; i++) {
        imx_buffer file;
        imx_buffer_init(&file, MOST_BYTES);
        bombs[i].make(&file);
        expect_little_cost(&bombs[i], &file);
        expect_reason(&bombs[i], &file, NULL);
        expect_reason(&bombs[i], &file, pool);
        imx_buffer_free(&file);
        refused += bombs[i].reason != IMGMATCH_REASON_NONE;
    }
    imgmatch_decoder_pool_stat stat;
    imgmatch_decoder_pool_get_stat(&stat, pool);
    assert_int_equal(stat.refused, refused);
    assert_int_equal(stat.replaced, 0); /* It is our limits that refuse them. */
    imgmatch_decoder_pool_free(pool);
}

static long peak_kib(void) {
    struct rusage usage;
    (void)getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
}

/* In a child of its own, so that peaks do not add up; the peak is the child's whole memory, with
 * the file. The time is that of the second try, when all libraries are loaded. */
static void measure(const bomb *what) {
    imx_buffer file;
    imx_buffer_init(&file, MOST_BYTES);
    what->make(&file);
    (void)fflush(stdout);
    if (fork() == 0) {
        double milliseconds = 0;
        for (int i = 0; i < 2; i++) {
            imgmatch_image *image = NULL;
            double start = imx_clock_ms();
            imgmatch_status status =
                imgmatch_image_decode(&image, file.bytes, file.size, NULL, NULL);
            milliseconds = imx_clock_ms() - start;
            assert_true((status == IMGMATCH_OK) == (what->reason == IMGMATCH_REASON_NONE));
            imgmatch_image_free(image);
        }
        printf("%-41s %8zu KiB of file %8.1f ms %7.1f MiB at most\n", what->name, file.size / 1024,
               milliseconds, (double)peak_kib() / 1024);
        (void)fflush(stdout);
        _exit(0);
    }
    (void)wait(NULL);
    imx_buffer_free(&file);
}

int main(int argc, char **argv) {
    if (argc > 1 && strcmp(argv[1], "--measure") == 0) {
        for (size_t i = 0; i < BOMB_COUNT; i++) {
            measure(&bombs[i]);
        }
        return 0;
    }
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_bombs_cost_little)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
