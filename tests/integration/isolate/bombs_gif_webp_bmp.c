#include "bombs_made.h"

#include "made_files/bytes.h"

void make_gif_of_many_frames(imx_buffer *out) {
    static const uint8_t frame[] = {0x2C, 0, 0, 0, 0, 64, 0, 64, 0, 0, 2, 2, 0x4C, 1, 0};
    put(out, "GIF89a\x40\0\x40\0\x80\0\0\0\0\0\xFF\xFF\xFF", 19);
    for (int i = 0; i < 1000000; i++) {
        put(out, frame, sizeof frame);
    }
    put(out, ";", 1);
}

void make_huge_gif(imx_buffer *out) {
    put(out, "GIF89a\xFF\xFF\xFF\xFF\x80\0\0\0\0\0\xFF\xFF\xFF", 19);
    put(out, "\x2C\0\0\0\0\xFF\xFF\xFF\xFF\0\x02\x02\x4C\x01\0;", 16);
}

void make_webp_animation(imx_buffer *out) {
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

void make_webp_canvas(imx_buffer *out) {
    put(out, "RIFF", 4);
    put_number(out, 4 + 18 + 14 + 24, 4, false);
    put(out, "WEBPVP8X\x0A\0\0\0\x02\0\0\0\xFF\xFF\xFF\xFF\xFF\xFF", 22);
    put(out, "ANIM\x06\0\0\0\0\0\0\0\0\0", 14);
    put(out, "ANMF\x10\0\0\0", 8);
    put_zeros(out, 16);
}

/* The decoder notes each chunk that it does not know. */
void make_webp_of_many_chunks(imx_buffer *out) {
    const int chunks = 1000000;
    put(out, "RIFF", 4);
    put_number(out, 4 + 18 + (uint64_t)chunks * 8, 4, false);
    put(out, "WEBPVP8X\x0A\0\0\0\0\0\0\0\x3F\0\0\x3F\0\0", 22);
    for (int i = 0; i < chunks; i++) {
        put(out, "junk\0\0\0\0", 8);
    }
}

void make_huge_bmp(imx_buffer *out) {
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
