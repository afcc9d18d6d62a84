/* A growing run of bytes that cannot be made without a maximum. Once an append fails, the buffer
 * is `failed` and takes no more, so a caller may append many times and check once. */
#ifndef IMX_BASE_BUFFER_H
#define IMX_BASE_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct imx_buffer {
    uint8_t *bytes;
    size_t size;
    size_t capacity;
    size_t max_bytes;
    bool failed; /* Out of memory or over max_bytes. */
} imx_buffer;

void imx_buffer_init(imx_buffer *buffer, size_t max_bytes);
void imx_buffer_free(imx_buffer *buffer);
void imx_buffer_clear(imx_buffer *buffer); /* Keeps the memory, takes back `failed`. */
bool imx_buffer_append(imx_buffer *buffer, const void *bytes, size_t size);
bool imx_buffer_append_text(imx_buffer *buffer, const char *text);
bool imx_buffer_append_byte(imx_buffer *buffer, uint8_t byte);

/* Hand the bytes over, with a NUL behind them that `size` does not count; NULL if `failed`. */
uint8_t *imx_buffer_take(imx_buffer *buffer, size_t *size);

#endif
