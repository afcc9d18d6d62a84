#include "image/jpeg_outline.h"

#include "base/byte_order.h"

#include <stdbool.h>
#include <string.h>

#define FIRST_FRAME 0xC0u
#define START_OF_SCAN 0xDAu
#define APP1 0xE1u
#define APP2 0xE2u

/* Stuffing, fill bytes, restarts, the start and the end have no length. Codes under 0xC0 are no
 * markers: where a restart is missing libjpeg goes on right behind them, so the walk does too. */
static bool is_bare(uint8_t code) {
    return code < FIRST_FRAME || code == 0xFF || (code >= 0xD0 && code <= 0xD9);
}

/* 0xC4, 0xC8 and 0xCC lie among the frames' codes but define tables, or nothing. */
static bool is_frame(uint8_t code) {
    return code >= FIRST_FRAME && code <= 0xCF && code != 0xC4 && code != 0xC8 && code != 0xCC;
}

imx_jpeg_outline imx_jpeg_outline_read(const uint8_t *data, size_t size) {
    imx_jpeg_outline outline = {0};
    for (size_t at = 2; at + 4 <= size;) {
        const uint8_t *mark = memchr(data + at, 0xFF, size - at - 3);
        if (mark == NULL) {
            break;
        }
        at = (size_t)(mark - data) + 1;
        uint8_t code = data[at];
        if (is_bare(code)) {
            at += code != 0xFF;
            continue;
        }
        if (is_frame(code) && outline.components == 0 && size - at >= 9) {
            outline.bits = data[at + 3];
            outline.height = imx_big16(data + at + 4);
            outline.width = imx_big16(data + at + 6);
            outline.components = data[at + 8];
        }
        outline.scans += code == START_OF_SCAN;
        outline.metadata += code == APP1 || code == APP2;
        at += 1 + (size_t)imx_big16(data + at + 1);
    }
    return outline;
}
