#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "bombs_made.h"

#include "made_files/bytes.h"
#include "made_files/jpeg_file.h"

#include <string.h>

#define MOST_BYTES (64u << 20)

/* libjpeg walks the list of all kept segments for every new one. */
void make_jpeg_of_many_segments(imx_buffer *out) {
    imx_buffer segments;
    imx_buffer_init(&segments, MOST_BYTES);
    for (int i = 0; i < 250000; i++) {
        put(&segments, "\xFF\xE1\0\x02", 4);
    }
    put_jpeg(out, 64, 1, 0, &segments);
    imx_buffer_free(&segments);
}

/* A progressive JPEG whose scans refine one coefficient again and again. */
void make_jpeg_of_many_scans(imx_buffer *out) {
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
        put_number(out, 1, 1, false);
    }
    put(out, first, sizeof first);
    put_zeros(out, 128 * 128 / 8);
    for (int i = 0; i < 5000; i++) {
        put(out, scan, sizeof scan);
        put_zeros(out, 128 * 128 / 8);
    }
    put(out, "\xFF\xD9", 2);
}

/* As many pixels as are allowed, and data for a few of them. */
void make_hollow_jpeg(imx_buffer *out) {
    static const uint8_t head[] = {0xFF, 0xC0, 0, 17, 8, 0, 64, 0, 64};
    put_jpeg(out, 64, 3, 0, NULL);
    uint8_t *at = memmem(out->bytes, out->size, head, sizeof head);
    assert_non_null(at);
    memcpy(at + 5, "\x26\xAC\x26\xAC", 4);
}
