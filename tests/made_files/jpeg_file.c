#include "made_files/jpeg_file.h"

#include "made_files/bytes.h"

static void put_scan(imx_buffer *out, unsigned components, unsigned first, unsigned last) {
    put(out, "\xFF\xDA", 2);
    put_number(out, 6 + 2 * components, 2, true);
    put_number(out, components, 1, true);
    for (unsigned i = 0; i < components; i++) {
        put_number(out, i + 1, 1, true);
        put_number(out, 0, 1, true);
    }
    put_number(out, first, 1, true);
    put_number(out, last, 1, true);
    put_number(out, 0, 1, true);
}

void put_jpeg(imx_buffer *out, unsigned side, unsigned components, unsigned more_scans,
              const imx_buffer *segments) {
    /* One code of one bit in each table: no difference (DC), end of block (AC). */
    static const uint8_t codes[] = {0xFF, 0xC4, 0, 20, 0, 1, 0, 0, 0, 0, 0,
                                    0,    0,    0, 0,  0, 0, 0, 0, 0, 0, 0};
    put(out, "\xFF\xD8", 2);
    if (segments != NULL) {
        put(out, segments->bytes, segments->size);
    }
    put(out, "\xFF\xDB\0\x43\0", 5);
    for (int i = 0; i < 64; i++) {
        put_number(out, 1, 1, true);
    }
    put(out, codes, sizeof codes);
    put(out, codes, 4);
    put_number(out, 0x10, 1, true);
    put(out, codes + 5, sizeof codes - 5);
    bool progressive = more_scans > 0;
    put(out, progressive ? "\xFF\xC2" : "\xFF\xC0", 2);
    put_number(out, 8 + 3 * components, 2, true);
    put_number(out, 8, 1, true);
    put_number(out, side, 2, true);
    put_number(out, side, 2, true);
    put_number(out, components, 1, true);
    for (unsigned i = 0; i < components; i++) {
        put_number(out, i + 1, 1, true);
        put(out, "\x11\0", 2);
    }
    size_t blocks = (size_t)((side + 7) / 8) * ((side + 7) / 8);
    unsigned in_scan = components < 3 ? components : 3;
    put_scan(out, in_scan, 0, progressive ? 0 : 63);
    put_zeros(out, (blocks * in_scan * (progressive ? 1 : 2) + 7) / 8);
    for (unsigned i = 0; i < more_scans; i++) {
        put_scan(out, 1, 1, 63);
        put_zeros(out, (blocks + 7) / 8);
    }
    put(out, "\xFF\xD9", 2);
}
