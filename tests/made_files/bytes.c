#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "made_files/bytes.h"

void put(imx_buffer *out, const void *bytes, size_t size) {
    assert_true(imx_buffer_append(out, bytes, size));
}

void put_number(imx_buffer *out, uint64_t value, unsigned bytes, bool big) {
    for (unsigned i = 0; i < bytes; i++) {
        unsigned at = big ? bytes - 1 - i : i;
        assert_true(imx_buffer_append_byte(out, (uint8_t)(value >> (8 * at))));
    }
}

void put_zeros(imx_buffer *out, size_t count) {
    static const uint8_t zeros[4096];
    for (; count > 0; count -= count < sizeof zeros ? count : sizeof zeros) {
        put(out, zeros, count < sizeof zeros ? count : sizeof zeros);
    }
}
