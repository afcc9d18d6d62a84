/*
 * Small files that are much work: each is refused with its reason, in this process and in a worker.
 * The files are made here, byte by byte, as an attacker would.
 *
 * With --measure: milliseconds and peak memory of refusing each one, each in a process of its own.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "unit/heif_file.h"

#include <imgmatch/decoder_pool.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define MOST_BYTES (64u << 20)

static void put(imx_buffer *out, const void *bytes, size_t size) {
    assert_true(imx_buffer_append(out, bytes, size));
}

/* Bytes of `value`, most significant first when `big`. */
static void put_number(imx_buffer *out, uint64_t value, unsigned bytes, bool big) {
    for (unsigned i = 0; i < bytes; i++) {
        unsigned at = big ? bytes - 1 - i : i;
        assert_true(imx_buffer_append_byte(out, (uint8_t)(value >> (8 * at))));
    }
}

static void put_zeros(imx_buffer *out, size_t count) {
    static const uint8_t zeros[4096];
    for (; count > 0; count -= count < sizeof zeros ? count : sizeof zeros) {
        put(out, zeros, count < sizeof zeros ? count : sizeof zeros);
    }
}

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

static void put_tiff_entry(imx_buffer *out, unsigned tag, unsigned type, uint32_t value) {
    put_number(out, tag, 2, false);
    put_number(out, type, 2, false);
    put_number(out, 1, 4, false);
    put_number(out, value, 4, false);
}

/* One deflated strip that says it holds the whole of a picture of `side` pixels. */
static void make_tiff(imx_buffer *out, uint32_t side) {
    put(out, "II*\0\x08\0\0\0", 8);
    put_number(out, 9, 2, false);
    put_tiff_entry(out, 256, 4, side);
    put_tiff_entry(out, 257, 4, side);
    put_tiff_entry(out, 258, 3, 8);
    put_tiff_entry(out, 259, 3, 8);
    put_tiff_entry(out, 262, 3, 1);
    put_tiff_entry(out, 273, 4, 8 + 2 + 9 * 12 + 4);
    put_tiff_entry(out, 277, 3, 1);
    put_tiff_entry(out, 278, 4, side);
    put_tiff_entry(out, 279, 4, 9);
    put_number(out, 0, 4, false);
    put(out, "\x78\x9C\x63\x00\x00\x00\x01\x00\x01", 9);
}

static void make_tiff_of_huge_strip(imx_buffer *out) { make_tiff(out, 50000); }

/* Within the limits by its header, but the strip breaks off at once. */
static void make_tiff_of_hollow_strip(imx_buffer *out) { make_tiff(out, 9900); }

/* Directories that point to one another without end. */
static void make_tiff_of_endless_pages(imx_buffer *out) {
    put(out, "II*\0\x08\0\0\0", 8);
    put_number(out, 1, 2, false);
    put_tiff_entry(out, 256, 4, 64);
    put_number(out, 8, 4, false);
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
    heif_file_write(out, &(heif_file){&item, 1, &size, 1, NULL, 0});
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
    heif_file_write(out, &(heif_file){items, 2, &size, 1, &tiles, 1});
    imx_buffer_free(&coded);
}

/* Two pictures, each of which is the other one. */
static void make_endless_heif(imx_buffer *out) {
    const heif_file_item items[] = {{1, "iden", "", 0, {1, 2}}, {2, "iden", "", 0, {1, 2}}};
    const heif_file_property properties[] = {{"ispe", "\0\0\0\0\0\0\0\x40\0\0\0\x40", 12},
                                             {"av1C", "\x81\0\x0C\0", 4}};
    const heif_file_link links[] = {{"dimg", 1, 2, 1}, {"dimg", 2, 1, 1}};
    heif_file_write(out, &(heif_file){items, 2, properties, 2, links, 2});
}

typedef struct bomb {
    const char *name;
    void (*make)(imx_buffer *out);
    imgmatch_reason reason;
} bomb;

static const bomb bombs[] = {
    {"PNG of 50000 x 50000 pixels", make_huge_png, IMGMATCH_REASON_TOO_LARGE},
    {"PNG of 200000 chunks", make_png_of_many_chunks, IMGMATCH_REASON_TOO_COMPLEX},
    {"PNG with an ICC profile of 500 MB", make_png_of_huge_profile, IMGMATCH_REASON_CORRUPT},
    {"JPEG of 5001 scans", make_jpeg_of_many_scans, IMGMATCH_REASON_TOO_COMPLEX},
    {"GIF of 1000000 frames", make_gif_of_many_frames, IMGMATCH_REASON_TOO_COMPLEX},
    {"GIF of 65535 x 65535 pixels", make_huge_gif, IMGMATCH_REASON_TOO_LARGE},
    {"TIFF with a strip of 2.5 GB", make_tiff_of_huge_strip, IMGMATCH_REASON_TOO_LARGE},
    {"TIFF with a hollow strip of 98 MB", make_tiff_of_hollow_strip, IMGMATCH_REASON_CORRUPT},
    {"TIFF of endless pages", make_tiff_of_endless_pages, IMGMATCH_REASON_TOO_COMPLEX},
    {"WebP of 100000 frames", make_webp_animation, IMGMATCH_REASON_TOO_COMPLEX},
    {"WebP of 16777216 x 16777216 pixels", make_webp_canvas, IMGMATCH_REASON_CORRUPT},
    {"BMP of 50000 x 50000 pixels", make_huge_bmp, IMGMATCH_REASON_TOO_LARGE},
    {"AVIF of 64 x 64 and 30000 x 30000 pixels", make_avif_of_another_size,
     IMGMATCH_REASON_TOO_LARGE},
    {"HEIF of 65025 tiles", make_heif_of_many_tiles, IMGMATCH_REASON_TOO_COMPLEX},
    {"HEIF of two pictures that are each other", make_endless_heif, IMGMATCH_REASON_TOO_COMPLEX},
};

#define BOMB_COUNT (sizeof bombs / sizeof *bombs)

static void expect_refused(const bomb *what, const imx_buffer *file, imgmatch_decoder_pool *pool) {
    imgmatch_image *image = NULL;
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    imgmatch_status status =
        pool == NULL
            ? imgmatch_image_decode(&image, file->bytes, file->size, NULL, &diag)
            : imgmatch_decoder_pool_decode(&image, pool, file->bytes, file->size, NULL, &diag);
    assert_null(image);
    if (status != IMGMATCH_ERR_PHOTO || diag.reason != what->reason) {
        fail_msg("%s%s: %s: %s", what->name, pool == NULL ? "" : " (isolated)",
                 imgmatch_reason_code(diag.reason), diag.message);
    }
}

static imgmatch_decoder_pool *new_pool(void) {
    imgmatch_decoder_pool_options options = IMGMATCH_DECODER_POOL_OPTIONS_INIT;
    imgmatch_decoder_pool *pool = NULL;
    options.worker = IMX_TEST_WORKER;
    options.max_workers = 1;
    assert_int_equal(imgmatch_decoder_pool_new(&pool, &options, NULL), IMGMATCH_OK);
    return pool;
}

static void test_bombs_are_refused(void **state) {
    (void)state;
    imgmatch_decoder_pool *pool = new_pool();
    for (size_t i = 0; i < BOMB_COUNT; i++) {
        imx_buffer file;
        imx_buffer_init(&file, MOST_BYTES);
        bombs[i].make(&file);
        expect_refused(&bombs[i], &file, NULL);
        expect_refused(&bombs[i], &file, pool);
        imx_buffer_free(&file);
    }
    imgmatch_decoder_pool_stat stat;
    imgmatch_decoder_pool_get_stat(&stat, pool);
    assert_int_equal(stat.refused, BOMB_COUNT);
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
            assert_int_equal(status, IMGMATCH_ERR_PHOTO);
        }
        printf("%-36s %8zu KiB of file %8.1f ms %7.1f MiB at most\n", what->name, file.size / 1024,
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
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_bombs_are_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
