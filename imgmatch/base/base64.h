/* Base64 (RFC 4648, section 4: with padding, without line ends). */
#ifndef IMX_BASE_BASE64_H
#define IMX_BASE_BASE64_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes of the text for `size` bytes, with its NUL. */
#define IMX_BASE64_TEXT_BYTES(size) (((size) + 2) / 3 * 4 + 1)

/* `out` has room for IMX_BASE64_TEXT_BYTES(size). */
void imx_base64_encode(char *out, const uint8_t *bytes, size_t size);

/* False when the text is anything else, or more than `capacity` bytes. */
bool imx_base64_decode(uint8_t *out, size_t *size, size_t capacity, const char *text);

#endif
