/* UTF-8 as Unicode's table 3-7 has it: no overlong forms, no surrogates, nothing past U+10FFFF. */
#ifndef IMX_BASE_UTF8_H
#define IMX_BASE_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* Bytes (1..4) of the character at the start of `bytes`; 0 when there is no valid one. */
static inline size_t imx_utf8_size(const uint8_t *bytes, size_t size) {
    if (size == 0) {
        return 0;
    }
    uint8_t first = bytes[0];
    if (first < 0x80) {
        return 1;
    }
    size_t wanted = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    if (first < 0xc2 || first > 0xf4 || size < wanted) {
        return 0;
    }
    /* The second byte's range excludes overlong forms, surrogates and numbers past the end. */
    uint8_t low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
    uint8_t high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
    if (bytes[1] < low || bytes[1] > high) {
        return 0;
    }
    for (size_t i = 2; i < wanted; i++) {
        if ((bytes[i] & 0xc0) != 0x80) {
            return 0;
        }
    }
    return wanted;
}

#endif
