#include "base/sha256.h"

#include "base/diag.h"

#include <openssl/evp.h>
#include <string.h>

imgmatch_status imx_sha256_hex(char out[65], const void *bytes, size_t size, imgmatch_diag *diag) {
    static const char digits[] = "0123456789abcdef";
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int digest_size = 0;
    out[0] = '\0';
    if (EVP_Digest(bytes, size, digest, &digest_size, EVP_sha256(), NULL) != 1 ||
        digest_size != 32) {
        return imx_fail_memory(diag);
    }
    for (unsigned int i = 0; i < 32; i++) {
        out[2 * i] = digits[digest[i] >> 4];
        out[2 * i + 1] = digits[digest[i] & 15];
    }
    out[64] = '\0';
    return IMGMATCH_OK;
}

bool imx_sha256_is_hex(const char *text) {
    return strlen(text) == 64 && strspn(text, "0123456789abcdef") == 64;
}
