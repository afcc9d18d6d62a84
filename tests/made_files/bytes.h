/* Bytes of made-up files, appended one field at a time; a failing append fails the test. */
#ifndef TESTS_MADE_FILES_BYTES_H
#define TESTS_MADE_FILES_BYTES_H

#include "base/buffer.h"

void put(imx_buffer *out, const void *bytes, size_t size);

/* Bytes of `value`, most significant first when `big`. */
void put_number(imx_buffer *out, uint64_t value, unsigned bytes, bool big);

void put_zeros(imx_buffer *out, size_t count);

#endif
