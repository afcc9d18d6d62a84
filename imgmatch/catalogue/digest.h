/* The checksum of a row: XXH3 over the checksums and sizes of its columns, in their order. */
#ifndef IMX_CATALOGUE_DIGEST_H
#define IMX_CATALOGUE_DIGEST_H

#include "base/checksum.h"

#include <string.h>

#define IMX_DIGEST_COLUMNS 20

typedef struct imx_digest {
    uint64_t parts[2 * IMX_DIGEST_COLUMNS];
    size_t count;
} imx_digest;

static inline void imx_digest_bytes(imx_digest *digest, const void *bytes, size_t size) {
    digest->parts[digest->count++] = imx_checksum(bytes, size);
    digest->parts[digest->count++] = size;
}

static inline void imx_digest_text(imx_digest *digest, const char *text) {
    imx_digest_bytes(digest, text, strlen(text));
}

static inline void imx_digest_int(imx_digest *digest, uint64_t value) {
    digest->parts[digest->count++] = value;
}

/* As SQLite stores it: a signed number of 64 bits. */
static inline int64_t imx_digest_finish(const imx_digest *digest) {
    uint64_t checksum = imx_checksum(digest->parts, digest->count * sizeof digest->parts[0]);
    int64_t value;
    memcpy(&value, &checksum, sizeof value);
    return value;
}

#endif
