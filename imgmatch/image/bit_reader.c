#include "image/bit_reader.h"

uint32_t imx_bits_take(imx_bit_reader *bits, unsigned count) {
    uint32_t value = 0;
    for (unsigned i = 0; i < count; i++) {
        size_t byte = bits->at_bit / 8;
        bool inside = byte < bits->size_bytes;
        bits->failed = bits->failed || !inside;
        uint32_t bit = inside ? bits->data[byte] >> (7 - bits->at_bit % 8) & 1u : 0;
        value = value << 1 | bit;
        bits->at_bit += inside;
    }
    return value;
}

uint32_t imx_bits_golomb(imx_bit_reader *bits) {
    unsigned zeros = 0;
    while (!imx_bits_flag(bits) && !bits->failed) {
        zeros++;
    }
    if (zeros > 31) {
        bits->failed = true;
        return 0;
    }
    return (1u << zeros) - 1 + imx_bits_take(bits, zeros);
}
