#include "base/buffer.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

void imx_buffer_init(imx_buffer *buffer, size_t max_bytes) {
    *buffer = (imx_buffer){.max_bytes = max_bytes};
}

void imx_buffer_free(imx_buffer *buffer) {
    free(buffer->bytes);
    *buffer = (imx_buffer){.max_bytes = buffer->max_bytes};
}

void imx_buffer_clear(imx_buffer *buffer) {
    buffer->size = 0;
    buffer->failed = false;
}

/* Room for `extra` more bytes and a NUL, which `max_bytes` does not count. */
static bool make_room(imx_buffer *buffer, size_t extra) {
    size_t wanted;
    if (!imx_add_size(&wanted, buffer->size, extra) || wanted > buffer->max_bytes ||
        !imx_add_size(&wanted, wanted, 1)) {
        return false;
    }
    if (wanted <= buffer->capacity) {
        return true;
    }
    size_t capacity = buffer->capacity < 64 ? 64 : buffer->capacity;
    while (capacity < wanted) {
        if (!imx_mul_size(&capacity, capacity, 2)) {
            return false;
        }
    }
    uint8_t *bytes = imx_resize_array(buffer->bytes, capacity, 1);
    if (bytes == NULL) {
        return false;
    }
    buffer->bytes = bytes;
    buffer->capacity = capacity;
    return true;
}

bool imx_buffer_append(imx_buffer *buffer, const void *bytes, size_t size) {
    if (buffer->failed || !make_room(buffer, size)) {
        buffer->failed = true;
        return false;
    }
    if (size > 0) {
        memcpy(buffer->bytes + buffer->size, bytes, size);
        buffer->size += size;
    }
    return true;
}

bool imx_buffer_append_text(imx_buffer *buffer, const char *text) {
    return imx_buffer_append(buffer, text, strlen(text));
}

bool imx_buffer_append_byte(imx_buffer *buffer, uint8_t byte) {
    return imx_buffer_append(buffer, &byte, 1);
}

uint8_t *imx_buffer_take(imx_buffer *buffer, size_t *size) {
    *size = 0;
    if (buffer->failed || !make_room(buffer, 0)) {
        return NULL;
    }
    uint8_t *bytes = buffer->bytes;
    bytes[buffer->size] = 0;
    *size = buffer->size;
    *buffer = (imx_buffer){.max_bytes = buffer->max_bytes};
    return bytes;
}
