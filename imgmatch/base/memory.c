#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

/* In a worker malloc fills what it gives out (M_PERTURB), whether it is used or not: 300 MB for a
 * photo of a hundred bytes. What realloc adds to a block that has a mapping of its own is new
 * memory, which glibc leaves to the kernel. It never takes blocks beyond 32 MiB from its heap. */
#define SURELY_MAPPED ((size_t)33 << 20)
#define MOST_FILLED ((size_t)40 << 20)

/* Set before there are threads. */
static bool is_filled;

void imx_memory_is_filled(void) { is_filled = true; }

void *imx_new_array(size_t count, size_t size) {
    /* calloc checks the product; a size of 0 still gives a block that can be freed. */
    return calloc(count == 0 ? 1 : count, size == 0 ? 1 : size);
}

void *imx_new_array_raw(size_t count, size_t size) {
    size_t bytes;
    if (!is_filled || !imx_mul_size(&bytes, count, size) || bytes <= MOST_FILLED) {
        return imx_resize_array(NULL, count, size);
    }
    void *start = malloc(SURELY_MAPPED);
    void *block = start == NULL ? NULL : realloc(start, bytes);
    if (block == NULL) {
        free(start);
    }
    return block;
}

void *imx_resize_array(void *block, size_t count, size_t size) {
    size_t bytes;
    if (!imx_mul_size(&bytes, count, size)) {
        return NULL;
    }
    return realloc(block, bytes == 0 ? 1 : bytes);
}

void *imx_grow_array(void *block, size_t *capacity, size_t count, size_t size) {
    size_t larger = 0;
    if (count < *capacity) {
        return block;
    }
    if (!imx_add_size(&larger, *capacity, *capacity / 2) || !imx_add_size(&larger, larger, 64)) {
        return NULL;
    }
    void *grown = imx_resize_array(block, larger, size);
    *capacity = grown != NULL ? larger : *capacity;
    return grown;
}

char *imx_copy_text(const char *text) {
    return text == NULL ? imx_copy_bytes("", 0) : imx_copy_bytes(text, strlen(text));
}

char *imx_copy_bytes(const void *bytes, size_t size) {
    size_t room;
    if (!imx_add_size(&room, size, 1)) {
        return NULL;
    }
    char *copy = malloc(room);
    if (copy != NULL) {
        memcpy(copy, bytes, size);
        copy[size] = '\0';
    }
    return copy;
}
