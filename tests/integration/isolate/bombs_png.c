#include "bombs_made.h"

#include "made_files/bytes.h"

#define MOST_BYTES (64u << 20)
#define MEGABYTES UINT64_C(1000000)

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

typedef struct bit_writer {
    imx_buffer *out;
    uint32_t bits; /* `count` of them, of a byte that is not there yet. */
    unsigned count;
} bit_writer;

/* Least significant first. */
static void put_bits(bit_writer *to, uint32_t value, unsigned count) {
    for (unsigned i = 0; i < count; i++) {
        to->bits |= ((value >> i) & 1) << to->count;
        if (++to->count == 8) {
            put_number(to->out, to->bits, 1, false);
            to->bits = to->count = 0;
        }
    }
}

/* The last block: `zeros` of them, 258 for every two bits. Its codes are 0 for a copy of 258 bytes
 * (285), 10 for a zero and 11 for the end; the codes of their lengths 0 for a run of nothing (18),
 * 10 for a length of 1 and 11 for one of 2. */
static void put_block_of_zeros(imx_buffer *out, uint64_t zeros) {
    bit_writer to = {out, 0, 0};
    uint64_t copies = (zeros - 1) / 258;
    put_bits(&to, 1 | 2 << 1 | 29 << 3 | 14 << 13, 17);
    for (unsigned i = 0; i < 18; i++) {
        put_bits(&to, i == 2 ? 1 : i == 15 || i == 17 ? 2 : 0, 3);
    }
    put_bits(&to, 3 | 127 << 3, 10);      /* 0, and 138 of the 255 that are not used. */
    put_bits(&to, 106 << 1 | 3 << 8, 10); /* The other 117, and 256. */
    put_bits(&to, 17 << 1 | 1 << 8, 10);  /* 28 that are not used, and 285. */
    put_bits(&to, 1, 2);                  /* The only distance, 1. */
    for (uint64_t i = 0; i < zeros - 258 * copies; i++) {
        put_bits(&to, 1, 2);
    }
    put_bits(&to, 0, 2 * (unsigned)(copies % 4));
    if (copies >= 4) {
        put_bits(&to, 0, 8);
        put_zeros(out, (size_t)(copies / 4 - 1));
    }
    put_bits(&to, 3, 2);
    put_bits(&to, 0, 7);
}

/* As zlib does, with its checksum: `head`, of less than 64 KiB, as it is, then many zeros. */
static void put_deflated(imx_buffer *out, const imx_buffer *head, uint64_t zeros) {
    enum { PRIME = 65521 };
    uint32_t low = 1;
    uint64_t high = 0;
    put(out, "\x78\x9C\0", 3);
    put_number(out, head->size, 2, false);
    put_number(out, ~head->size, 2, false);
    put(out, head->bytes, head->size);
    for (size_t i = 0; i < head->size; i++) {
        low = (low + head->bytes[i]) % PRIME;
        high += low;
    }
    put_block_of_zeros(out, zeros);
    put_number(out, (high + zeros % PRIME * low) % PRIME << 16 | low, 4, true);
}

static void put_zeros_deflated(imx_buffer *out, uint64_t zeros) {
    imx_buffer nothing;
    imx_buffer_init(&nothing, 1);
    put(&nothing, "", 1);
    put_deflated(out, &nothing, zeros - 1);
    imx_buffer_free(&nothing);
}

/* A sound file: all of its rows are there. */
void make_huge_png(imx_buffer *out) {
    const uint64_t side = 50000;
    imx_buffer rows;
    imx_buffer_init(&rows, MOST_BYTES);
    put_zeros_deflated(&rows, side * (1 + 3 * side));
    put_png_header(out, (uint32_t)side, (uint32_t)side);
    put_png_chunk(out, "IDAT", rows.bytes, rows.size);
    put_png_chunk(out, "IEND", "", 0);
    imx_buffer_free(&rows);
}

void make_png_of_many_chunks(imx_buffer *out) {
    put_png_header(out, 64, 64);
    for (int i = 0; i < 200000; i++) {
        put_png_chunk(out, "tEXt", "a\0b", 3);
    }
    put_png_chunk(out, "IDAT", "\x78\x9C\x63\x00\x00\x00\x01\x00\x01", 9);
    put_png_chunk(out, "IEND", "", 0);
}

/* Within the limits by its header. */
void make_hollow_png(imx_buffer *out) {
    put_png_header(out, 9900, 9900);
    put_png_chunk(out, "IDAT", "\x78\x9C\x63\x00\x00\x00\x01\x00\x01", 9);
    put_png_chunk(out, "IEND", "", 0);
}

/* `profile` and that many zeros behind it. */
static void put_png_with_profile(imx_buffer *out, const imx_buffer *profile, uint64_t zeros) {
    imx_buffer chunk, pixels, rows;
    imx_buffer_init(&chunk, MOST_BYTES);
    imx_buffer_init(&pixels, MOST_BYTES);
    imx_buffer_init(&rows, MOST_BYTES);
    put(&chunk, "icc\0\0", 5);
    put_deflated(&chunk, profile, zeros);
    /* No two pixels are the same: lcms does not convert one that is like the one before. */
    for (uint32_t y = 0; y < 64; y++) {
        put_number(&pixels, 0, 1, true);
        for (uint32_t x = 0; x < 64; x++) {
            put_number(&pixels, 4 * x << 16 | 4 * y << 8 | (x ^ y), 3, true);
        }
    }
    put_deflated(&rows, &pixels, 1);
    put_png_header(out, 64, 64);
    put_png_chunk(out, "iCCP", chunk.bytes, chunk.size);
    put_png_chunk(out, "IDAT", rows.bytes, rows.size);
    put_png_chunk(out, "IEND", "", 0);
    imx_buffer_free(&rows);
    imx_buffer_free(&pixels);
    imx_buffer_free(&chunk);
}

void make_png_of_huge_profile(imx_buffer *out) {
    imx_buffer head;
    imx_buffer_init(&head, 1);
    put(&head, "", 1);
    put_png_with_profile(out, &head, 500 * MEGABYTES);
    imx_buffer_free(&head);
}

void make_png_of_nested_tables(imx_buffer *out) {
    imx_buffer profile;
    imx_buffer_init(&profile, UINT16_MAX);
    size_t zeros = put_profile_of_nested_tables(&profile);
    put_png_with_profile(out, &profile, zeros);
    imx_buffer_free(&profile);
}

/* Half a gigabyte behind the last row. */
void make_png_of_long_rows(imx_buffer *out) {
    imx_buffer rows;
    imx_buffer_init(&rows, MOST_BYTES);
    put_zeros_deflated(&rows, 500 * MEGABYTES);
    put_png_header(out, 64, 64);
    put_png_chunk(out, "IDAT", rows.bytes, rows.size);
    put_png_chunk(out, "IEND", "", 0);
    imx_buffer_free(&rows);
}
