/* The public calls on PDQ hashes; the hash itself is made in pdq.c. */
#include "base/diag.h"
#include "fingerprint/pdq.h"

#include <stdbool.h>
#include <string.h>

const char *imgmatch_orientation_name(imgmatch_orientation orientation) {
    static const char *const names[IMGMATCH_ORIENT_COUNT] = {
        "none",    "rotated_90", "rotated_180", "rotated_270",
        "flipped", "mirrored",   "transposed",  "transversed"};
    unsigned index = (unsigned)orientation;
    return index < IMGMATCH_ORIENT_COUNT ? names[index] : "unknown";
}

imgmatch_status imgmatch_pdq_compute(imgmatch_pdq out[IMGMATCH_ORIENT_COUNT],
                                     const imgmatch_image *image, imgmatch_diag *diag) {
    if (out == NULL) {
        return imx_fail(diag, IMGMATCH_ERR_ARGUMENT, "out is NULL");
    }
    if (image == NULL) {
        memset(out, 0, IMGMATCH_ORIENT_COUNT * sizeof *out);
        return imx_fail(diag, IMGMATCH_ERR_ARGUMENT, "image is NULL");
    }
    const imgmatch_image_info *info = imgmatch_image_get_info(image);
    imx_pixels picture = {imgmatch_image_pixels(image), info->width, info->height,
                          3 * (size_t)info->width};
    return imx_pdq_compute(out, picture, diag);
}

int imgmatch_pdq_distance(const imgmatch_pdq *a, const imgmatch_pdq *b) {
    if (a == NULL || b == NULL) {
        return 8 * IMGMATCH_PDQ_BYTES;
    }
    int distance = 0;
    for (size_t i = 0; i < IMGMATCH_PDQ_BYTES; i += sizeof(uint64_t)) {
        uint64_t x;
        uint64_t y;
        memcpy(&x, a->hash + i, sizeof x);
        memcpy(&y, b->hash + i, sizeof y);
        distance += __builtin_popcountll(x ^ y);
    }
    return distance;
}

void imgmatch_pdq_to_hex(char out[IMGMATCH_PDQ_HEX_BYTES], const imgmatch_pdq *pdq) {
    static const char digits[] = "0123456789abcdef";
    if (out == NULL || pdq == NULL) {
        if (out != NULL) {
            out[0] = '\0';
        }
        return;
    }
    for (size_t i = 0; i < IMGMATCH_PDQ_BYTES; i++) {
        out[2 * i] = digits[pdq->hash[i] >> 4];
        out[2 * i + 1] = digits[pdq->hash[i] & 15];
    }
    out[IMGMATCH_PDQ_HEX_BYTES - 1] = '\0';
}

/* The value of a hexadecimal digit, or -1; isxdigit() would ask the locale. */
static int digit_value(char digit) {
    if (digit >= '0' && digit <= '9') {
        return digit - '0';
    }
    if (digit >= 'a' && digit <= 'f') {
        return digit - 'a' + 10;
    }
    if (digit >= 'A' && digit <= 'F') {
        return digit - 'A' + 10;
    }
    return -1;
}

imgmatch_status imgmatch_pdq_from_hex(imgmatch_pdq *out, const char *hex, imgmatch_diag *diag) {
    if (out == NULL) {
        return imx_fail(diag, IMGMATCH_ERR_ARGUMENT, "out is NULL");
    }
    memset(out, 0, sizeof *out);
    if (hex == NULL) {
        return imx_fail(diag, IMGMATCH_ERR_ARGUMENT, "hex is NULL");
    }
    imgmatch_pdq read = {.quality = 100};
    for (size_t i = 0; i < IMGMATCH_PDQ_HEX_BYTES - 1; i++) {
        int value = digit_value(hex[i]);
        if (value < 0) {
            return imx_fail(diag, IMGMATCH_ERR_SYNTAX,
                            "a PDQ hash is 64 hexadecimal digits; character %zu is none", i + 1);
        }
        read.hash[i / 2] = (uint8_t)(read.hash[i / 2] << 4 | value);
    }
    if (hex[IMGMATCH_PDQ_HEX_BYTES - 1] != '\0') {
        return imx_fail(diag, IMGMATCH_ERR_SYNTAX, "a PDQ hash is no longer than 64 digits");
    }
    *out = read;
    return IMGMATCH_OK;
}
