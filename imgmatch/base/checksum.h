/* XXH3, 64 bits: finds damage in our own files, no protection against forgery (the one place that
 * includes xxHash). */
#ifndef IMX_BASE_CHECKSUM_H
#define IMX_BASE_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

uint64_t imx_checksum(const void *bytes, size_t size);

/* The same over pieces. */
typedef struct imx_checksum_state imx_checksum_state;
imx_checksum_state *imx_checksum_new(void); /* NULL when out of memory. */
void imx_checksum_free(imx_checksum_state *state);
void imx_checksum_update(imx_checksum_state *state, const void *bytes, size_t size);
uint64_t imx_checksum_digest(const imx_checksum_state *state);

#endif
