/* Numbers out of bytes in either order. The bytes have to be there. */
#ifndef IMX_BASE_BYTE_ORDER_H
#define IMX_BASE_BYTE_ORDER_H

#include <stdint.h>

static inline uint32_t imx_big16(const uint8_t *at) { return (uint32_t)at[0] << 8 | at[1]; }

static inline uint32_t imx_big32(const uint8_t *at) {
    return imx_big16(at) << 16 | imx_big16(at + 2);
}

static inline uint32_t imx_little16(const uint8_t *at) { return at[0] | (uint32_t)at[1] << 8; }

static inline uint32_t imx_little24(const uint8_t *at) {
    return imx_little16(at) | (uint32_t)at[2] << 16;
}

static inline uint32_t imx_little32(const uint8_t *at) {
    return imx_little16(at) | imx_little16(at + 2) << 16;
}

#endif
