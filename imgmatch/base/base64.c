#include "base/base64.h"

#include <string.h>

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void imx_base64_encode(char *out, const uint8_t *bytes, size_t size) {
    for (size_t i = 0; i < size; i += 3) {
        size_t left = size - i;
        uint32_t group = (uint32_t)bytes[i] << 16;
        group |= left > 1 ? (uint32_t)bytes[i + 1] << 8 : 0;
        group |= left > 2 ? bytes[i + 2] : 0;
        *out++ = digits[group >> 18];
        *out++ = digits[group >> 12 & 63];
        *out++ = left > 1 ? digits[group >> 6 & 63] : '=';
        *out++ = left > 2 ? digits[group & 63] : '=';
    }
    *out = '\0';
}

/* 0..63; 64 for what is no digit. */
static uint32_t value_of(char c) {
    const char *place = c == '\0' ? NULL : strchr(digits, c);
    return place == NULL ? 64 : (uint32_t)(place - digits);
}

bool imx_base64_decode(uint8_t *out, size_t *size, size_t capacity, const char *text) {
    size_t length = strlen(text);
    *size = 0;
    if (length % 4 != 0) {
        return false;
    }
    for (size_t i = 0; i < length; i += 4) {
        bool last = i + 4 == length;
        size_t padding = !last || text[i + 3] != '=' ? 0 : text[i + 2] == '=' ? 2 : 1;
        uint32_t group = 0;
        for (size_t k = 0; k < 4; k++) {
            uint32_t value = k >= 4 - padding ? 0 : value_of(text[i + k]);
            if (value > 63) {
                return false;
            }
            group = group << 6 | value;
        }
        /* Bits that no byte takes up have to be zero: one text for the same bytes. */
        if ((group & ((1u << 8 * padding) - 1)) != 0 || *size + 3 - padding > capacity) {
            return false;
        }
        for (size_t k = 0; k < 3 - padding; k++) {
            out[(*size)++] = (uint8_t)(group >> (16 - 8 * k));
        }
    }
    return true;
}
