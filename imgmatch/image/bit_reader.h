/* The numbers of coded pictures' headers, bit by bit, most significant first. */
#ifndef IMX_IMAGE_BIT_READER_H
#define IMX_IMAGE_BIT_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Behind the end come zeros, and `failed` is set. */
typedef struct imx_bit_reader {
    const uint8_t *data;
    size_t size_bytes;
    size_t at_bit;
    bool failed;
} imx_bit_reader;

/* At most 32 bits; of 0 bits the number is 0. */
uint32_t imx_bits_take(imx_bit_reader *bits, unsigned count);

static inline bool imx_bits_flag(imx_bit_reader *bits) { return imx_bits_take(bits, 1) != 0; }

static inline void imx_bits_skip(imx_bit_reader *bits, unsigned count) {
    (void)imx_bits_take(bits, count);
}

/* An unsigned number as AV1 and HEVC write numbers of any size (Exp-Golomb): n zeros, a one, n
 * bits. AV1's uvlc() and HEVC's ue(v) are alike up to 31 bits; longer ones fail. */
uint32_t imx_bits_golomb(imx_bit_reader *bits);

#endif
