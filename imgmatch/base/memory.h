/* Allocation with checked sizes. Everything comes from malloc and is freed with free. */
#ifndef IMX_BASE_MEMORY_H
#define IMX_BASE_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

/* Zeroed room for `count` objects of `size` bytes; NULL when out of memory or on overflow. */
void *imx_new_array(size_t count, size_t size);

/* Room for `count` objects of `size` bytes, not zeroed. What is not used of a large one takes no
 * memory, also in a worker. */
void *imx_new_array_raw(size_t count, size_t size);

/* To be called before there are threads, where malloc fills what it gives out. */
void imx_memory_is_filled(void);

/* Resize; the old block stays valid when NULL comes back. */
void *imx_resize_array(void *block, size_t count, size_t size);

/* Make room behind the first `count` of *capacity objects: the block as it is, or a larger one. The
 * old block and *capacity stay valid when NULL comes back. */
void *imx_grow_array(void *block, size_t *capacity, size_t count, size_t size);

/* A copy of a text; NULL counts as "". NULL only when out of memory. */
char *imx_copy_text(const char *text);

/* A copy of the first `size` bytes with a NUL behind them. */
char *imx_copy_bytes(const void *bytes, size_t size);

static inline bool imx_mul_size(size_t *out, size_t a, size_t b) {
    return !__builtin_mul_overflow(a, b, out);
}

static inline bool imx_add_size(size_t *out, size_t a, size_t b) {
    return !__builtin_add_overflow(a, b, out);
}

#endif
