/* Bytes of made-up files, appended one field at a time; a failing append fails the test. */
#ifndef BOMB_BYTES_H
#define BOMB_BYTES_H

#include "base/buffer.h"

void put(imx_buffer *out, const void *bytes, size_t size);

/* Bytes of `value`, most significant first when `big`. */
void put_number(imx_buffer *out, uint64_t value, unsigned bytes, bool big);

void put_zeros(imx_buffer *out, size_t count);

/* A JPEG of `side` x `side` grey pixels with `components`, of which its first scan has three at
 * most; with more scans it is progressive, and each has the first component. `segments` or NULL
 * come before all else. */
void put_jpeg(imx_buffer *out, unsigned side, unsigned components, unsigned more_scans,
              const imx_buffer *segments);

#endif
